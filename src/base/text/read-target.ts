/* What is to be read, as people and models write it. */
import { HaypileError } from "../errors.ts";

export interface Target {
  path: string;
  /** Line, from 1. */
  first?: number | undefined;
  last?: number | undefined;
  symbol?: string | undefined;
}

/** "a/b.ts", "a/b.ts:10", "a/b.ts:10-40", "a/b.ts#Name". @throws HaypileError HAYPILE_USAGE */
export function parseTarget(target: string): Target {
  const lines = /^(.*?):(\d{1,9})(?:-(\d{1,9}))?$/su.exec(target);
  if (lines?.[1] !== undefined && lines[1] !== "") {
    const first = Math.max(1, Number(lines[2]));
    const last = lines[3] === undefined ? first : Number(lines[3]);
    if (last < first) {
      throw new HaypileError(
        "HAYPILE_USAGE",
        `Expected a span like 10-40 but got ${lines[2]}-${lines[3]}: it ends before it begins.`,
      );
    }
    return { path: lines[1], first, last };
  }
  const at = target.indexOf("#");
  if (at > 0 && at < target.length - 1)
    return { path: target.slice(0, at), symbol: target.slice(at + 1) };
  return { path: target };
}
