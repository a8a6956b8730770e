/* The index runs that calls of this process have begun, so that somebody else can end them. */

export class Runs {
  readonly #stops = new Set<AbortController>();

  /** @param signal of the caller; stop() ends the run as well */
  async with<T>(
    signal: AbortSignal | undefined,
    run: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const own = new AbortController();
    this.#stops.add(own);
    try {
      return await run(signal === undefined ? own.signal : AbortSignal.any([signal, own.signal]));
    } finally {
      this.#stops.delete(own);
    }
  }

  /** @returns how many were at work */
  stop(): number {
    for (const one of this.#stops) one.abort();
    return this.#stops.size;
  }
}
