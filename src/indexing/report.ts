import type { IndexTimes } from "../ports/answers/index-run.ts";

/** Adds up the time of one phase. */
export class Stopwatch {
  readonly times: IndexTimes = {
    walk: 0,
    parse: 0,
    static: 0,
    read: 0,
    chunk: 0,
    store: 0,
    scip: 0,
    embedWait: 0,
    vectorWrite: 0,
    total: 0,
  };

  async wait<T>(phase: keyof IndexTimes, work: Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work;
    } finally {
      this.times[phase] += performance.now() - start;
    }
  }

  run<T>(phase: keyof IndexTimes, work: () => T): T {
    const start = performance.now();
    try {
      return work();
    } finally {
      this.times[phase] += performance.now() - start;
    }
  }
}
