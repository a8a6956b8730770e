/*
 * What differs between two lists of lines: the shortest script of lines that go and come (Myers, 1986), within a bound
 * of work. Lists that differ in too much are taken for one that goes and one that comes, after what both begin and end
 * with.
 */

/** Lines from..to of the old list stand in the place of lines of the new one; both 0-based, `to` is not of it. */
export interface Hunk {
  oldFrom: number;
  oldTo: number;
  newFrom: number;
  newTo: number;
}

/** Steps of the script that are looked for: its length times the lines is the work. */
const mostSteps = 2_000;
const mostWork = 40_000_000;

/** In the order of the lines; none for equal lists. */
export function diffLines(old: readonly string[], now: readonly string[]): Hunk[] {
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let oldEnd = old.length;
  let newEnd = now.length;
  while (oldEnd > start && newEnd > start && old[oldEnd - 1] === now[newEnd - 1]) {
    oldEnd -= 1;
    newEnd -= 1;
  }
  if (start === oldEnd && start === newEnd) return [];
  const whole = [{ oldFrom: start, oldTo: oldEnd, newFrom: start, newTo: newEnd }];
  if (start === oldEnd || start === newEnd) return whole;
  const kept = keptLines(old.slice(start, oldEnd), now.slice(start, newEnd));
  return kept === undefined ? whole : hunksBetween(kept, start, oldEnd, newEnd);
}

/** Pairs of lines that stay, in order; undefined: the lists differ in too much. */
function keptLines(old: readonly string[], now: readonly string[]): [number, number][] | undefined {
  const most = Math.min(old.length + now.length, mostSteps);
  const width = 2 * most + 3;
  const reach = new Int32Array(width).fill(-1);
  const middle = most + 1;
  reach[middle + 1] = 0;
  const trail: Int32Array[] = [];
  let work = 0;
  for (let steps = 0; steps <= most; steps += 1) {
    // What the step before had reached, around the middle.
    trail.push(reach.slice(middle - steps - 1, middle + steps + 2));
    work += 2 * steps + 3;
    for (let k = -steps; k <= steps; k += 2) {
      const isDown =
        k === -steps || (k !== steps && at(reach, middle + k - 1) < at(reach, middle + k + 1));
      let x = isDown ? at(reach, middle + k + 1) : at(reach, middle + k - 1) + 1;
      const from = x;
      while (x < old.length && x - k < now.length && old[x] === now[x - k]) x += 1;
      work += x - from;
      reach[middle + k] = x;
      if (x >= old.length && x - k >= now.length)
        return walkBack(trail, steps, old.length, now.length);
    }
    if (work > mostWork) return undefined;
  }
  return undefined;
}

function walkBack(
  trail: readonly Int32Array[],
  steps: number,
  oldLength: number,
  newLength: number,
): [number, number][] {
  const kept: [number, number][] = [];
  let x = oldLength;
  let y = newLength;
  for (let step = steps; step >= 0; step -= 1) {
    const before = trail[step] as Int32Array;
    const middle = step + 1;
    const k = x - y;
    const isDown =
      k === -step || (k !== step && at(before, middle + k - 1) < at(before, middle + k + 1));
    const fromK = isDown ? k + 1 : k - 1;
    const fromX = at(before, middle + fromK);
    const fromY = fromX - fromK;
    const afterX = isDown ? fromX : fromX + 1;
    while (x > Math.max(afterX, 0) && y > 0 && x - 1 >= afterX) {
      x -= 1;
      y -= 1;
      kept.push([x, y]);
    }
    x = fromX;
    y = fromY;
  }
  return kept.reverse();
}

function at(list: Int32Array, index: number): number {
  return list[index] as number;
}

function hunksBetween(
  kept: readonly [number, number][],
  start: number,
  oldEnd: number,
  newEnd: number,
): Hunk[] {
  const hunks: Hunk[] = [];
  let oldAt = start;
  let newAt = start;
  for (const [x, y] of [...kept, [oldEnd - start, newEnd - start]] as [number, number][]) {
    if (x + start > oldAt || y + start > newAt) {
      hunks.push({ oldFrom: oldAt, oldTo: x + start, newFrom: newAt, newTo: y + start });
    }
    oldAt = x + start + 1;
    newAt = y + start + 1;
  }
  return hunks;
}

export interface ShownDiff {
  /** Lines that came and went, all of them. */
  added: number;
  removed: number;
  /** "-" went, "+" came, " " stands around it, "@" names the line where a part begins ("@12"). */
  lines: string[];
  /** Lines of it that are not shown. */
  leftOut: number;
}

/** Lines shown around what differs. */
const around = 1;
const longestLine = 200;

/**
 * As people read it.
 * @param firstLine number of the first new line in its file
 * @param mostLines of the whole; what is beyond is counted
 */
export function showDiff(
  old: readonly string[],
  now: readonly string[],
  firstLine: number,
  mostLines: number,
): ShownDiff {
  const hunks = diffLines(old, now);
  const lines: string[] = [];
  let added = 0;
  let removed = 0;
  let shownTo = -1;
  for (const { oldFrom, oldTo, newFrom, newTo } of hunks) {
    removed += oldTo - oldFrom;
    added += newTo - newFrom;
    const from = Math.max(newFrom - around, shownTo, 0);
    if (shownTo < 0 || from > shownTo) lines.push(`@${firstLine + from}`);
    for (const line of now.slice(from, newFrom)) lines.push(` ${line}`);
    for (const line of old.slice(oldFrom, oldTo)) lines.push(`-${line}`);
    for (const line of now.slice(newFrom, newTo)) lines.push(`+${line}`);
    const next = hunks.find(
      (one) => one.newFrom >= newTo && one.oldFrom >= oldTo && one.newFrom > newFrom,
    );
    shownTo = Math.min(newTo + around, next?.newFrom ?? now.length);
    for (const line of now.slice(newTo, shownTo)) lines.push(` ${line}`);
  }
  const shown = lines.slice(0, mostLines).map(shortened);
  return { added, removed, lines: shown, leftOut: lines.length - shown.length };
}

function shortened(line: string): string {
  return line.length > longestLine ? `${line.slice(0, longestLine)}…` : line;
}

/** How much of two lists of lines is the same, 0 to 1. */
export function sharedLines(old: readonly string[], now: readonly string[]): number {
  const longer = Math.max(old.length, now.length);
  if (longer === 0) return 1;
  let changed = 0;
  for (const { oldFrom, oldTo, newFrom, newTo } of diffLines(old, now)) {
    changed += Math.max(oldTo - oldFrom, newTo - newFrom);
  }
  return Math.max(0, 1 - changed / longer);
}
