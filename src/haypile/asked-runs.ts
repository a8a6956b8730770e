/* Index runs that were asked for and are not over, so that somebody else can end them: also those that wait or open their index. */
import type { StoppedRuns } from "../ports/answers/left-out.ts";

interface Asked {
  /** Of which index it is: asked only when somebody wants to stop one. */
  index: () => Promise<string>;
  stop: () => void;
  /** Of the caller, or of stop. */
  signal: AbortSignal;
}

export class AskedRuns {
  readonly #asked = new Set<Asked>();

  /**
   * @param index names the index of the run
   * @param signal of the caller; stop() ends the run as well
   */
  async with<T>(
    index: () => Promise<string>,
    signal: AbortSignal | undefined,
    run: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const own = new AbortController();
    const both = AbortSignal.any([own.signal, ...(signal === undefined ? [] : [signal])]);
    const asked = { index, stop: () => own.abort(), signal: both };
    this.#asked.add(asked);
    try {
      return await run(both);
    } finally {
      this.#asked.delete(asked);
    }
  }

  /** As stop(), with those that the answer of the index itself tells of. */
  async stopAll(
    index: () => Promise<string>,
    ofIndex: () => Promise<unknown>,
  ): Promise<StoppedRuns> {
    const own = await this.stop(index);
    const { stopped } = (await ofIndex()) as StoppedRuns;
    return { stopped: own + stopped };
  }

  /**
   * Ends the runs of an index.
   * @param index named as the runs name theirs; not asked where nothing runs
   * @returns how many; one that was stopped before is not counted again
   */
  async stop(index: () => Promise<string>): Promise<number> {
    const asked = [...this.#asked].filter(({ signal }) => !signal.aborted);
    if (asked.length === 0) return 0;
    const wanted = await index();
    const ended = asked.map(async (one) => {
      // What cannot be opened ends by itself.
      const own = await one.index().catch(() => undefined);
      const isIt = own === wanted && this.#asked.has(one) && !one.signal.aborted;
      if (isIt) one.stop();
      return isIt;
    });
    return (await Promise.all(ended)).filter(Boolean).length;
  }
}

/** The signal among the options of a call. */
export function signalOf(args: readonly unknown[]): AbortSignal | undefined {
  for (const arg of args) {
    if (typeof arg === "object" && arg !== null && "signal" in arg) {
      const { signal } = arg;
      if (signal instanceof AbortSignal) return signal;
    }
  }
  return undefined;
}

/** @param args of a call whose first are its options */
export function withSignal([options, ...rest]: readonly unknown[], signal: AbortSignal): unknown[] {
  return [{ ...(options as object | undefined), signal }, ...rest];
}
