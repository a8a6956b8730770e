/*
 * Gives memory back some time after the last work. A model that is unloaded does so itself; this is for work
 * that needed none: files without changes, searches whose vectors were known.
 */
export class IdleRelief {
  #idleMs: number;
  readonly #relieve: () => void;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** @param idleMs milliseconds after the last work; 0: never */
  constructor(idleMs: number, relieve: () => void) {
    this.#idleMs = idleMs;
    this.#relieve = relieve;
  }

  /** Milliseconds after the last work, from the next work on; 0: never. */
  set idleMs(ms: number) {
    this.#idleMs = ms;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Work has ended. Should other work outlast the time, giving back in its midst costs it little. */
  worked(): void {
    if (this.#idleMs === 0 || this.#isClosed) return;
    // One timer that is set back, so that many searches make no garbage.
    if (this.#timer !== undefined) {
      this.#timer.refresh();
      return;
    }
    this.#timer = setTimeout(this.#relieve, this.#idleMs);
    this.#timer.unref();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }
}
