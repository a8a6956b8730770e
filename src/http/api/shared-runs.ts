/*
 * Runs that several wait for: who asks for what is at work already waits for that, and is told how far it is. It is stopped
 * when nobody waits for it any more, unless it was begun to go on.
 */
import { HaypileError } from "../../base/errors.ts";

interface Run {
  result: Promise<unknown>;
  stop: AbortController;
  waiting: Set<(progress: unknown) => void>;
  goesOn: boolean;
}

export class SharedRuns {
  readonly #runs = new Map<string, Run>();

  /**
   * Begins the run, or joins it, and sees to it that it goes on when nobody waits for it.
   * @param key as run()'s
   */
  keep(
    key: string,
    work: (signal: AbortSignal, onProgress: (progress: unknown) => void) => Promise<unknown>,
  ): void {
    const run = this.#runs.get(key) ?? this.#begin(key, work);
    run.goesOn = true;
  }

  /**
   * @param key the same for what is the same run
   * @param signal ends the waiting of this one
   * @throws HaypileError HAYPILE_ABORTED when this one's signal was aborted, and what the run throws
   */
  async run(
    key: string,
    work: (signal: AbortSignal, onProgress: (progress: unknown) => void) => Promise<unknown>,
    signal: AbortSignal,
    onProgress: (progress: unknown) => void = () => undefined,
  ): Promise<unknown> {
    const run = this.#runs.get(key) ?? this.#begin(key, work);
    // One that asks twice is two.
    const told = (progress: unknown): void => onProgress(progress);
    run.waiting.add(told);
    const gone = Promise.withResolvers<never>();
    const leave = (): void =>
      gone.reject(new HaypileError("HAYPILE_ABORTED", "The client went away."));
    if (signal.aborted) leave();
    signal.addEventListener("abort", leave, { once: true });
    try {
      return await Promise.race([run.result, gone.promise]);
    } finally {
      signal.removeEventListener("abort", leave);
      run.waiting.delete(told);
      if (run.waiting.size === 0 && !run.goesOn) {
        // The next one begins anew.
        if (this.#runs.get(key) === run) this.#runs.delete(key);
        run.stop.abort();
      }
    }
  }

  #begin(
    key: string,
    work: (signal: AbortSignal, onProgress: (progress: unknown) => void) => Promise<unknown>,
  ): Run {
    const stop = new AbortController();
    const waiting = new Set<(progress: unknown) => void>();
    const onProgress = (progress: unknown): void => {
      for (const tell of [...waiting]) tell(progress);
    };
    const result = work(stop.signal, onProgress);
    // Who waits hears of it; that nobody does is no failure of the process.
    result.catch(() => undefined);
    const run: Run = { result, stop, waiting, goesOn: false };
    this.#runs.set(key, run);
    const forget = (): void => {
      if (this.#runs.get(key) === run) this.#runs.delete(key);
    };
    result.then(forget, forget);
    return run;
  }
}
