/* Puts a mark on all that an answer says of files which have changed since they were indexed. */

/** More files of one answer are not compared, nor any after so many milliseconds: what matters most comes first. */
const mostCompared = 200;
const longestMs = 150;
const deepest = 6;

/**
 * The same answer, where each record that has a path has `stale: true` if that file has changed.
 * @param hasChanged asked once for each path
 */
export function markChanged<T>(answer: T, hasChanged: (path: string) => boolean): T {
  const known = new Map<string, boolean>();
  const end = performance.now() + longestMs;
  const isStale = (path: string): boolean => {
    let stale = known.get(path);
    if (stale === undefined) {
      const isInBounds = known.size < mostCompared && performance.now() < end;
      stale = isInBounds && hasChanged(path);
      known.set(path, stale);
    }
    return stale;
  };
  mark(answer, isStale, deepest);
  return answer;
}

function mark(value: unknown, isStale: (path: string) => boolean, depth: number): void {
  if (typeof value !== "object" || value === null || depth === 0) return;
  if (Array.isArray(value)) {
    for (const one of value) mark(one, isStale, depth - 1);
    return;
  }
  const record = value as Record<string, unknown>;
  if (typeof record.path === "string" && isStale(record.path)) record.stale = true;
  for (const inner of Object.values(record)) mark(inner, isStale, depth - 1);
}
