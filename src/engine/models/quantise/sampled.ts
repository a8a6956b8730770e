/* So many of any number of texts, from all over them, without keeping more. */

/** Takes every one, and where there are twice as many as wanted, every second of these and of those to come. */
export class Sampled {
  readonly #most: number;
  #kept: string[] = [];
  #step = 1;
  #seen = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(text: string): void {
    if (this.#seen % this.#step === 0) this.#kept.push(text);
    this.#seen += 1;
    if (this.#kept.length < 2 * this.#most) return;
    this.#kept = this.#kept.filter((_, at) => at % 2 === 0);
    this.#step *= 2;
  }

  /** At most so many, evenly spread. */
  texts(): string[] {
    const count = Math.min(this.#most, this.#kept.length);
    return Array.from(
      { length: count },
      (_, at) => this.#kept[Math.floor((at * this.#kept.length) / count)] as string,
    );
  }
}
