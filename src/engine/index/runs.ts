/* The index runs that calls of this process have begun, so that somebody else can end them. */

export class Runs {
  readonly #runs = new Set<{ stop: () => void; signal: AbortSignal }>();

  /** @param signal of the caller; stop() ends the run as well */
  async with<T>(
    signal: AbortSignal | undefined,
    run: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const own = new AbortController();
    const both = AbortSignal.any([own.signal, ...(signal === undefined ? [] : [signal])]);
    const one = { stop: () => own.abort(), signal: both };
    this.#runs.add(one);
    try {
      return await run(both);
    } finally {
      this.#runs.delete(one);
    }
  }

  /** @returns how many were at work; one that was stopped already is not counted */
  stop(): number {
    const going = [...this.#runs].filter(({ signal }) => !signal.aborted);
    for (const { stop } of going) stop();
    return going.length;
  }
}
