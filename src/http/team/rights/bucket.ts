/* A bucket of turns that fills by the minute: as many may come at once as come in a minute. */

export class Bucket {
  #left: number;
  #atMs: number;

  /** Full. @param nowMs of a clock that only goes on */
  constructor(perMinute: number, nowMs: number) {
    this.#left = perMinute;
    this.#atMs = nowMs;
  }

  /** @returns 0: one is taken; else how long until there is one, whole seconds of at least 1 */
  take(perMinute: number, nowMs: number): number {
    const perMs = perMinute / 60_000;
    this.#left = Math.min(perMinute, this.#left + (nowMs - this.#atMs) * perMs);
    this.#atMs = nowMs;
    if (this.#left < 1) return Math.ceil((1 - this.#left) / perMs / 1000);
    this.#left -= 1;
    return 0;
  }

  /** What was taken counts for nothing. */
  giveBack(): void {
    this.#left += 1;
  }
}
