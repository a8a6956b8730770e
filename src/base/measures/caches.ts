/* Caches of this process, and how often they were right. */

export interface CacheFigures {
  /** "query vectors", "search results", "vectors on disk". */
  owner: string;
  hits: number;
  misses: number;
  entries?: number | undefined;
  bytes?: number | undefined;
}

export interface CacheGroup {
  /** The folder of an index, or "memories". */
  of: string;
  caches: CacheFigures[];
}

const groups = new Map<object, () => CacheGroup>();
/** By owner, of those that have left. */
const gone = new Map<string, { hits: number; misses: number }>();

/** @returns takes them out; what they counted goes on in the totals */
export function enterCaches(read: () => CacheGroup): () => void {
  const key = {};
  groups.set(key, read);
  return () => {
    if (!groups.delete(key)) return;
    for (const { owner, hits, misses } of read().caches) addTo(gone, owner, hits, misses);
  };
}

export function cacheGroups(): CacheGroup[] {
  return [...groups.values()].map((read) => read());
}

/** By owner, of all that ever were; these never go back. */
export function cacheTotals(): Map<string, { hits: number; misses: number }> {
  const totals = new Map([...gone].map(([owner, counts]) => [owner, { ...counts }]));
  for (const { caches } of cacheGroups()) {
    for (const { owner, hits, misses } of caches) addTo(totals, owner, hits, misses);
  }
  return totals;
}

function addTo(
  totals: Map<string, { hits: number; misses: number }>,
  owner: string,
  hits: number,
  misses: number,
): void {
  const before = totals.get(owner) ?? { hits: 0, misses: 0 };
  totals.set(owner, { hits: before.hits + hits, misses: before.misses + misses });
}
