/*
 * Times counted in buckets whose bounds grow by the same factor, eight of them each time a time doubles. So a percentile
 * is right to 5 % whatever the times are, adding one costs a logarithm, and no time is kept.
 */

const perDoubling = 8;
/** Bucket 0 takes what was at most this, milliseconds. */
const firstMs = 0.001;
/** 2^27 µs: 134 s; what took longer is in the last bucket. */
const doublings = 27;
const buckets = doublings * perDoubling + 2;

export interface TimeSummary {
  count: number;
  /** Milliseconds; 0 where nothing was counted. */
  meanMs: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  mostMs: number;
}

/** Upper bounds of what bounds() counts, seconds: each four times the one before, 16 µs to 17 s. */
export const boundSeconds: readonly number[] = Array.from(
  { length: 11 },
  (_, at) => 4 ** (at + 2) / 1e6,
);

export class TimeHistogram {
  readonly #counts = new Uint32Array(buckets);
  #count = 0;
  #sumMs = 0;
  #mostMs = 0;

  /** @param ms 0 or more; what is less counts as 0 */
  add(ms: number): void {
    const at = bucketOf(ms);
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#count += 1;
    this.#sumMs += Math.max(0, ms);
    this.#mostMs = Math.max(this.#mostMs, ms);
  }

  get count(): number {
    return this.#count;
  }

  get sumMs(): number {
    return this.#sumMs;
  }

  /** The time that `share` of all were at most, to 5 %. @param share above 0, at most 1 */
  percentile(share: number): number {
    if (this.#count === 0) return 0;
    const rank = Math.max(1, Math.ceil(share * this.#count));
    let at = 0;
    let seen = this.#counts[0] ?? 0;
    while (seen < rank && at < buckets - 1) {
      at += 1;
      seen += this.#counts[at] ?? 0;
    }
    return Math.min(middleOf(at), this.#mostMs);
  }

  summary(): TimeSummary {
    return {
      count: this.#count,
      meanMs: toMicroseconds(this.#count === 0 ? 0 : this.#sumMs / this.#count),
      p50Ms: toMicroseconds(this.percentile(0.5)),
      p95Ms: toMicroseconds(this.percentile(0.95)),
      p99Ms: toMicroseconds(this.percentile(0.99)),
      mostMs: toMicroseconds(this.#mostMs),
    };
  }

  /** How many were at most each of boundSeconds. */
  bounds(): number[] {
    let sum = this.#counts[0] ?? 0;
    let at = 1;
    return boundSeconds.map((_, bound) => {
      const last = (bound + 2) * 2 * perDoubling;
      for (; at <= last; at += 1) sum += this.#counts[at] ?? 0;
      return sum;
    });
  }

  copy(): TimeHistogram {
    const copy = new TimeHistogram();
    copy.#counts.set(this.#counts);
    copy.#count = this.#count;
    copy.#sumMs = this.#sumMs;
    copy.#mostMs = this.#mostMs;
    return copy;
  }

  /** What was added since `earlier` was copied of this. Its longest time is known to its bucket only. */
  since(earlier: TimeHistogram | undefined): TimeHistogram {
    if (earlier === undefined) return this.copy();
    const later = new TimeHistogram();
    let last = 0;
    for (let at = 0; at < buckets; at += 1) {
      const added = (this.#counts[at] ?? 0) - (earlier.#counts[at] ?? 0);
      later.#counts[at] = added;
      if (added > 0) last = at;
    }
    later.#count = this.#count - earlier.#count;
    later.#sumMs = this.#sumMs - earlier.#sumMs;
    later.#mostMs = later.#count === 0 ? 0 : Math.min(this.#mostMs, upperOf(last));
    return later;
  }
}

function bucketOf(ms: number): number {
  if (!(ms > firstMs)) return 0;
  return Math.min(buckets - 1, 1 + Math.floor(Math.log2(ms / firstMs) * perDoubling));
}

function upperOf(bucket: number): number {
  return firstMs * 2 ** (bucket / perDoubling);
}

/** What a time in the bucket is taken for: no further from its lower bound than from its upper one. */
function middleOf(bucket: number): number {
  return bucket === 0 ? firstMs : firstMs * 2 ** ((bucket - 0.5) / perDoubling);
}

/** No clock of ours says more. */
function toMicroseconds(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
