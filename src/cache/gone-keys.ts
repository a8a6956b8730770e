/*
 * Keys that went for want of room not long ago, without values: when one of them is asked for, a larger
 * budget might have had it. As many as the budget's bytes again would hold, so the misses counted here are at
 * most what twice the bytes would save.
 */

/** Some 200 kB, whatever the budget. */
const mostKeys = 4096;

export class GoneKeys {
  readonly #weights = new Map<number, number>();
  #bytes = 0;

  /** A key went. @param maxBytes weights of all keys kept here together */
  add(hash: number, weight: number, maxBytes: number): void {
    this.take(hash);
    this.#weights.set(hash, weight);
    this.#bytes += weight;
    for (const oldest of this.#weights.keys()) {
      if (this.#bytes <= maxBytes && this.#weights.size <= mostKeys) break;
      this.take(oldest);
    }
  }

  /** Takes a key out. @returns whether it was here */
  take(hash: number): boolean {
    const weight = this.#weights.get(hash);
    if (weight === undefined) return false;
    this.#weights.delete(hash);
    this.#bytes -= weight;
    return true;
  }

  clear(): void {
    this.#weights.clear();
    this.#bytes = 0;
  }
}
