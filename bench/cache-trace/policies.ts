/* Hit rates of one trace at one number of bytes: W-TinyLFU as it is built in, LRU, and the best there can be. */
import { CacheBudget } from "../../src/cache/cache-budget.ts";

export interface Trace {
  name: string;
  /** One key after the other. */
  keys: string[];
  /** Bytes of a key's entry, everything counted; the same each time. */
  weightOf: (key: string) => number;
}

/** What an entry of a cache of ours takes beside its value and its key's characters. */
const overhead = 240 + 16;

/** Bytes with which an entry must be put, so that it weighs `weight` in all. */
function valueBytes(key: string, weight: number): number {
  const left = weight - overhead - 2 * key.length;
  if (left < 0) throw new Error(`an entry of ${weight} bytes is too light to be one of ours`);
  return left;
}

/** For each use whether it was a hit. */
export type Hits = Uint8Array;

export function rateOf(hits: Hits): number {
  return hits.reduce((sum, hit) => sum + hit, 0) / hits.length;
}

/**
 * By how many deviations the first had more hits than the second: each use that only one of them had is taken
 * as the throw of a coin. Within 2 they are as good as each other.
 */
export function deviations(first: Hits, second: Hits): number {
  let won = 0;
  let lost = 0;
  for (const [at, hit] of first.entries()) {
    if (hit === second[at]) continue;
    if (hit === 1) won += 1;
    else lost += 1;
  }
  return (won - lost) / Math.sqrt(Math.max(1, won + lost));
}

export function tinyLfu({ keys, weightOf }: Trace, maxBytes: number, windowShare?: number): Hits {
  const budget = new CacheBudget({ maxBytes, ...(windowShare !== undefined && { windowShare }) });
  const cache = budget.owner<number>("trace", { weigh: (bytes) => bytes });
  const hits = new Uint8Array(keys.length);
  for (const [at, key] of keys.entries()) {
    if (cache.get(key) === undefined) cache.set(key, valueBytes(key, weightOf(key)));
    else hits[at] = 1;
    if (budget.bytes > maxBytes) throw new Error("above the budget");
  }
  return hits;
}

/** A Map keeps the order in which keys were put: the first is the longest unused. */
export function lru({ keys, weightOf }: Trace, maxBytes: number): Hits {
  const kept = new Map<string, number>();
  let bytes = 0;
  const hits = new Uint8Array(keys.length);
  for (const [at, key] of keys.entries()) {
    const weight = weightOf(key);
    if (kept.delete(key)) hits[at] = 1;
    else bytes += weight;
    kept.set(key, weight);
    for (const [oldest, oldWeight] of kept) {
      if (bytes <= maxBytes) break;
      kept.delete(oldest);
      bytes -= oldWeight;
    }
  }
  return hits;
}

/** The keys asked for most by their bytes, known beforehand and always kept: no policy that cannot see ahead does better on Zipf. */
export function favourites({ keys, weightOf }: Trace, maxBytes: number): number {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  const byWorth = [...counts].sort(
    (a, b) => (b[1] - 1) / weightOf(b[0]) - (a[1] - 1) / weightOf(a[0]),
  );
  let left = maxBytes;
  let hits = 0;
  for (const [key, count] of byWorth) {
    if (weightOf(key) > left) continue;
    left -= weightOf(key);
    hits += count - 1;
  }
  return hits / keys.length;
}

/** For each use, when the key is used next; Infinity for the last. */
function nextUses(keys: readonly string[]): Float64Array {
  const next = new Float64Array(keys.length).fill(Number.POSITIVE_INFINITY);
  const seen = new Map<string, number>();
  for (let at = keys.length - 1; at >= 0; at -= 1) {
    const key = keys[at] as string;
    next[at] = seen.get(key) ?? Number.POSITIVE_INFINITY;
    seen.set(key, at);
  }
  return next;
}

/**
 * The offline optimum. Entries of one weight: Belady's rule with the choice of not taking an entry in, which
 * is exact. Of several weights, where the optimum cannot be computed, a bound from above: each use that
 * comes again would hold its bytes until then, and the cheapest of these are taken until the bytes times
 * the length of the trace are spent (Berger, Beckmann and Harchol-Balter, "Practical bounds on optimal
 * caching with variable object sizes", 2018).
 */
export function optimum(trace: Trace, maxBytes: number): { rate: number; isExact: boolean } {
  const { keys, weightOf } = trace;
  const weights = new Set(keys.map(weightOf));
  const next = nextUses(keys);
  if (weights.size === 1) {
    const room = Math.floor(maxBytes / ([...weights][0] as number));
    return { rate: belady(keys, next, room) / keys.length, isExact: true };
  }
  const costs = [...next]
    .map((at, now) => (at - now) * weightOf(keys[now] as string))
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  let left = maxBytes * keys.length;
  let hits = 0;
  for (const cost of costs) {
    left -= cost;
    if (left < 0) break;
    hits += 1;
  }
  return { rate: hits / keys.length, isExact: false };
}

/** Always lets go what is used last of all, be it the one that came now. */
function belady(keys: readonly string[], next: Float64Array, room: number): number {
  const kept = new Map<string, number>();
  // Entries by next use, the latest on top; one that is no longer true is passed over.
  const heap: { at: number; key: string }[] = [];
  let hits = 0;
  for (const [now, key] of keys.entries()) {
    const at = next[now] as number;
    if (kept.has(key)) hits += 1;
    if (at === Number.POSITIVE_INFINITY) {
      kept.delete(key);
      continue;
    }
    kept.set(key, at);
    push(heap, { at, key });
    while (kept.size > room) {
      const latest = pop(heap);
      if (latest === undefined) break;
      if (kept.get(latest.key) === latest.at) kept.delete(latest.key);
    }
  }
  return hits;
}

interface Due {
  at: number;
  key: string;
}

function push(heap: Due[], one: Due): void {
  let at = heap.length;
  heap.push(one);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if ((heap[parent] as Due).at >= one.at) break;
    heap[at] = heap[parent] as Due;
    at = parent;
  }
  heap[at] = one;
}

function pop(heap: Due[]): Due | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return top;
  let at = 0;
  for (;;) {
    let child = at * 2 + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && (heap[child + 1] as Due).at > (heap[child] as Due).at) {
      child += 1;
    }
    if ((heap[child] as Due).at <= last.at) break;
    heap[at] = heap[child] as Due;
    at = child;
  }
  heap[at] = last;
  return top;
}
