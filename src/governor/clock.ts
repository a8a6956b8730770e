import type { Clock } from "../ports/footprint.ts";

/** Time that never goes back, whatever is done to the clock on the wall. */
export const steadyClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener("abort", done);
      if (signal?.aborted === true) done();
    }),
};
