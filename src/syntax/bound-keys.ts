/* Files of data have more keys than anyone looks up. */

interface Ranged {
  kind: string;
  start: number;
  end: number;
}

/** More keys than this of one file are data: the deepest are left out, then the last. */
const mostKeys = 2_000;

/** Takes out keys of a file that has too many. */
export function boundKeys<T extends Ranged>(found: T[]): void {
  const keys = found.filter(({ kind }) => kind === "key");
  if (keys.length <= mostKeys) return;
  keys.sort((a, b) => a.start - b.start || b.end - a.end);
  const open: T[] = [];
  const depths = new Map<T, number>();
  const counts: number[] = [];
  for (const key of keys) {
    while (open.length > 0 && (open.at(-1) as T).end <= key.start) open.pop();
    depths.set(key, open.length);
    counts[open.length] = (counts[open.length] ?? 0) + 1;
    open.push(key);
  }
  let deepest = 0;
  let kept = counts[0] ?? 0;
  for (; kept + (counts[deepest + 1] ?? mostKeys + 1) <= mostKeys; deepest += 1) {
    kept += counts[deepest + 1] as number;
  }
  let left = mostKeys;
  const isKept = (one: T): boolean => {
    const depth = depths.get(one);
    if (depth === undefined) return true;
    left -= depth <= deepest ? 1 : 0;
    return depth <= deepest && left >= 0;
  };
  const rest = found.filter(isKept);
  found.length = 0;
  found.push(...rest);
}
