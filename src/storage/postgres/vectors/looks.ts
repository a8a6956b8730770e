/*
 * When a client that searches looks whether graphs that are due are there. What it finds may change: others exchange vectors,
 * and whoever makes a graph may end before it is done. So it looks again and again, seldom where all was well, and sooner where
 * it was not. It counts searches and not time: who does not search needs no graph.
 */

/** Searches between two looks: after one that found all graphs, or made them. */
const mostBetween = 4_096;
/** After one that failed, or found another at it; twice as many after each further one. */
const fewestBetween = 16;

export class Looks {
  #left = 0;
  #between = fewestBetween;
  #isLooking = false;

  /** For each search: whether it is time to look. */
  isDue(): boolean {
    if (this.#isLooking) return false;
    if (this.#left === 0) return true;
    this.#left -= 1;
    return false;
  }

  /** @param found whether all is there; it never rejects */
  async note(found: Promise<boolean>): Promise<void> {
    this.#isLooking = true;
    const isWell = await found;
    this.#isLooking = false;
    this.#left = isWell ? mostBetween : this.#between;
    this.#between = isWell ? fewestBetween : Math.min(mostBetween, 2 * this.#between);
  }
}
