/** Whole numbers that grow at the end, in one block: millions of them are held for one question. */
export class Numbers {
  length = 0;
  #data = new Int32Array(1024);

  push(value: number): number {
    if (this.length === this.#data.length) {
      const larger = new Int32Array(this.length * 2);
      larger.set(this.#data);
      this.#data = larger;
    }
    this.#data[this.length] = value;
    return this.length++;
  }

  at(index: number): number {
    return this.#data[index] as number;
  }

  set(index: number, value: number): void {
    this.#data[index] = value;
  }

  /** What is there, without a copy. */
  get all(): Int32Array {
    return this.#data.subarray(0, this.length);
  }
}
