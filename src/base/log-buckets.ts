/*
 * Percentiles of times from counts: each bucket ends 8 % above the one before, and a percentile is the geometric middle of
 * the bucket it falls into, so that it is at most 3.93 % off (what is below 10 µs or above two minutes is told as these).
 * However many times were noted, they take the same few bytes.
 */

const ratio = 1.08;
const leastMs = 0.01;
const mostMs = 120_000;
const perLog = 1 / Math.log(ratio);

const bucketCount = Math.ceil(Math.log(mostMs / leastMs) * perLog) + 1;

/** Which bucket a time falls into, 0 to bucketCount - 1. */
export function bucketOf(ms: number): number {
  if (!(ms > leastMs)) return 0;
  return Math.min(bucketCount - 1, Math.floor(Math.log(ms / leastMs) * perLog));
}

/** The middle of a bucket, milliseconds. */
function msOf(bucket: number): number {
  return leastMs * ratio ** (bucket + 0.5);
}

export class LogBuckets {
  readonly #counts = new Uint32Array(bucketCount);
  #total = 0;

  add(ms: number): void {
    this.addTo(bucketOf(ms), 1);
  }

  addTo(bucket: number, count: number): void {
    if (!(bucket >= 0 && bucket < bucketCount)) return;
    this.#counts[bucket] = (this.#counts[bucket] as number) + count;
    this.#total += count;
  }

  /** Times that were noted. */
  get count(): number {
    return this.#total;
  }

  merge(other: LogBuckets): void {
    for (const [bucket, count] of other.#counts.entries()) if (count > 0) this.addTo(bucket, count);
  }

  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
  }

  /** @param share 0 to 1 @returns milliseconds; undefined where nothing was noted */
  percentile(share: number): number | undefined {
    if (this.#total === 0) return undefined;
    // The nearest rank: the smallest time that so many are not above.
    let left = Math.max(1, Math.ceil(this.#total * share));
    for (const [bucket, count] of this.#counts.entries()) {
      left -= count;
      if (left <= 0) return msOf(bucket);
    }
    return msOf(bucketCount - 1);
  }

  /** The buckets that have any, by number. */
  sparse(): Record<string, number> {
    const found: Record<string, number> = {};
    for (const [bucket, count] of this.#counts.entries()) if (count > 0) found[bucket] = count;
    return found;
  }
}

/** The three that people look at, milliseconds. */
export interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
}

/** Undefined where nothing was noted. */
export function percentilesOf(buckets: LogBuckets): Percentiles | undefined {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => buckets.percentile(share));
  if (p50 === undefined || p95 === undefined || p99 === undefined) return undefined;
  return { p50, p95, p99 };
}
