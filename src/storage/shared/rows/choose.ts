/*
 * The first of many in an order, without sorting all of them: the rest is only parted around them, so that a page costs
 * the same wherever it stands.
 */

/** Ranks and row ids side by side; equal ranks stand by row id, the newer or the older first. */
export interface Ranked {
  ranks: Float64Array;
  rowIds: Uint32Array;
  isOlderFirst: boolean;
}

/** Whether the one at `a` stands before that at `b`. */
function isBefore(ranked: Ranked, a: number, b: number): boolean {
  const { ranks, rowIds, isOlderFirst } = ranked;
  const one = ranks[a] as number;
  const other = ranks[b] as number;
  if (one !== other) return one < other;
  const id = rowIds[a] as number;
  const otherId = rowIds[b] as number;
  return isOlderFirst ? id < otherId : id > otherId;
}

/** Places `skip` up to `skip + limit` in the order. */
export function chooseFrom(ranked: Ranked, skip: number, limit: number): number[] {
  const { length } = ranked.ranks;
  const end = Math.min(length, skip + limit);
  if (skip >= end) return [];
  const places = new Uint32Array(length);
  for (let at = 0; at < length; at += 1) places[at] = at;
  part(ranked, places, 0, skip);
  part(ranked, places, skip, end);
  return [...places.subarray(skip, end)].sort((a, b) => (isBefore(ranked, a, b) ? -1 : 1));
}

/** Moves what stands first among those from `from` on before the place `at`, and all else behind it. */
function part(ranked: Ranked, places: Uint32Array, from: number, at: number): void {
  let low = from;
  let high = places.length - 1;
  while (low < high && at > low && at <= high) {
    const pivot = middleOf(ranked, places, low, high);
    let left = low;
    let right = high;
    while (left <= right) {
      while (isBefore(ranked, places[left] as number, pivot)) left += 1;
      while (isBefore(ranked, pivot, places[right] as number)) right -= 1;
      if (left > right) break;
      const kept = places[left] as number;
      places[left] = places[right] as number;
      places[right] = kept;
      left += 1;
      right -= 1;
    }
    if (at <= right) high = right;
    else if (at >= left) low = left;
    else return;
  }
}

/** The middle one of three. */
function middleOf(ranked: Ranked, places: Uint32Array, low: number, high: number): number {
  const a = places[low] as number;
  const b = places[(low + high) >>> 1] as number;
  const c = places[high] as number;
  if (isBefore(ranked, a, b)) {
    if (isBefore(ranked, b, c)) return b;
    return isBefore(ranked, a, c) ? c : a;
  }
  if (isBefore(ranked, a, c)) return a;
  return isBefore(ranked, b, c) ? c : b;
}
