/* Counts calls by method, with how long they took. */

export interface CallCounts {
  method: string;
  ok: number;
  failed: number;
  totalMs: number;
  /** Calls that took at most the bucket's milliseconds; not cumulative. */
  buckets: readonly number[];
}

/** Upper bounds, milliseconds; all that took longer are in one more bucket. */
export const bucketMs: readonly number[] = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000];

/** Counts calls by method. Methods are those of a table, so there are never many. */
export class Meter {
  readonly #calls = new Map<
    string,
    { ok: number; failed: number; totalMs: number; buckets: number[] }
  >();

  async measure<T>(method: string, run: () => Promise<T>): Promise<T> {
    const began = performance.now();
    let isOk = false;
    try {
      const result = await run();
      isOk = true;
      return result;
    } finally {
      this.#note(method, isOk, performance.now() - began);
    }
  }

  calls(): CallCounts[] {
    return [...this.#calls]
      .map(([method, counts]) => ({ method, ...counts, buckets: [...counts.buckets] }))
      .sort((a, b) => (a.method < b.method ? -1 : 1));
  }

  /** Of all methods together. */
  totals(): { ok: number; failed: number } {
    let ok = 0;
    let failed = 0;
    for (const counts of this.#calls.values()) {
      ok += counts.ok;
      failed += counts.failed;
    }
    return { ok, failed };
  }

  #note(method: string, isOk: boolean, ms: number): void {
    let counts = this.#calls.get(method);
    if (counts === undefined) {
      const buckets = new Array<number>(bucketMs.length + 1).fill(0);
      counts = { ok: 0, failed: 0, totalMs: 0, buckets };
      this.#calls.set(method, counts);
    }
    if (isOk) counts.ok += 1;
    else counts.failed += 1;
    counts.totalMs += ms;
    const at = bucketMs.findIndex((most) => ms <= most);
    const bucket = at < 0 ? bucketMs.length : at;
    counts.buckets[bucket] = (counts.buckets[bucket] ?? 0) + 1;
  }
}
