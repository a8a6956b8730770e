/*
 * Finds the share of the window by hill climbing: after each sample of uses the share is moved on while
 * the hit rate rises, and back when it falls, by smaller and smaller steps; a large change of the hit
 * rate begins anew. Work that favours what came last wants a large window, steady favourites a small
 * one. (Einziger, Eytan, Friedman and Manes, "Adaptive software cache management", 2018.)
 */

const firstShare = 0.01;
const leastShare = 0.01;
const mostShare = 0.8;
const firstStep = 0.0625;
/** Each step is so much smaller than the one before. */
const decay = 0.98;
/** A hit rate that changes by more is another kind of work. */
const anewAt = 0.05;

export class WindowClimber {
  /** Of all bytes, those of the window. */
  share = firstShare;
  #step = firstStep;
  #rateBefore: number | undefined;
  #hits = 0;
  #uses = 0;

  /** Notes a use. @returns true when the share has changed */
  note(isHit: boolean, sampleSize: number): boolean {
    this.#uses += 1;
    if (isHit) this.#hits += 1;
    if (this.#uses < sampleSize) return false;
    const rate = this.#hits / this.#uses;
    this.#hits = 0;
    this.#uses = 0;
    const change = rate - (this.#rateBefore ?? rate);
    this.#rateBefore = rate;
    if (change < 0) this.#step = -this.#step;
    const before = this.share;
    this.share = Math.min(mostShare, Math.max(leastShare, before + this.#step));
    this.#step =
      Math.abs(change) >= anewAt ? Math.sign(this.#step) * firstStep : this.#step * decay;
    return this.share !== before;
  }
}
