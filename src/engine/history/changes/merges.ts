/*
 * What a merge did itself. Lines that one of the parents has came with it; a merge did something where it has a line
 * that none of them has, or lacks one that all of them have. It is what "git log --cc" shows.
 */
import { diffLines } from "./line-diff.ts";
import type { Origin } from "./step.ts";
import { linesOf, type Part } from "./tracked.ts";

/** @param origins what the parents have, in none of which it is the same */
export function isOwnWork(part: Part, origins: readonly (Origin | undefined)[]): boolean {
  const parents = origins.flatMap((origin) => (origin?.part === undefined ? [] : [origin.part]));
  if (parents.length < 2) return true;
  const now = plain(part);
  let added: Set<number> | undefined;
  let lost: Map<string, number> | undefined;
  for (const parent of parents) {
    const old = plain(parent);
    const came = new Set<number>();
    const went = new Map<string, number>();
    for (const { oldFrom, oldTo, newFrom, newTo } of diffLines(old, now)) {
      for (let at = newFrom; at < newTo; at += 1) came.add(at);
      for (const line of old.slice(oldFrom, oldTo)) went.set(line, (went.get(line) ?? 0) + 1);
    }
    added = added === undefined ? came : new Set([...added].filter((at) => came.has(at)));
    lost =
      lost === undefined
        ? went
        : new Map(
            [...lost].flatMap(([line, count]) => {
              const both = Math.min(count, went.get(line) ?? 0);
              return both === 0 ? [] : [[line, both]];
            }),
          );
  }
  return (added?.size ?? 0) > 0 || (lost?.size ?? 0) > 0;
}

function plain(part: Part): string[] {
  return linesOf(part).map((line) => line.replace(/\s+/gu, " ").trim());
}
