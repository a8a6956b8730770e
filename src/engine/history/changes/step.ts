/* One step back: what a part of a version was in the version before, and what that makes of it. */
import type { HistoryChange, HistoryEntry, HistoryPlace } from "../../../ports/answers/history.ts";
import { fullNameOf, isSameBody, type Version } from "./bodies.ts";
import type { Touch } from "./file-log.ts";
import { diffLines, showDiff } from "./line-diff.ts";
import { pairDefinitions } from "./pairs.ts";
import { linesOf, locate, type Part, partOf, type Tracked, wholePart } from "./tracked.ts";

/** What it was in one of the versions before. */
export interface Origin {
  /** Undefined: it was not there. */
  part: Part | undefined;
  /** It was the same, under the same name and in the same file. */
  isSame: boolean;
  /** Only where it is gone now and was there: the definition it has become. */
  became?: Part | undefined;
}

/**
 * @param part undefined: it is not in `now`
 * @returns undefined: the version before could not be taken apart
 */
export function originIn(
  old: Version,
  now: Version,
  part: Part | undefined,
  tracked: Tracked,
): Origin | undefined {
  if (old.kind === "file" && old.lack !== undefined && tracked.what !== "file") return undefined;
  if (part === undefined) {
    const then = locate(old, tracked);
    if (then === undefined) return { part: undefined, isSame: true };
    return { part: then, isSame: false, became: whatBecame(old, then, now) };
  }
  if (tracked.what === "file") {
    const isThere = old.kind !== "none";
    return { part: isThere ? wholePart(old) : undefined, isSame: false };
  }
  if (tracked.what === "lines") return linesBefore(old, now, part);
  const { definition } = part;
  const then = definition && pairDefinitions(old, now).get(definition);
  if (definition === undefined || then === undefined) return { part: undefined, isSame: false };
  return {
    part: partOf(old, then),
    isSame: isSameBody(old, then, now, definition) && fullNameOf(then) === fullNameOf(definition),
  };
}

function whatBecame(old: Version, { definition }: Part, now: Version): Part | undefined {
  if (definition === undefined || now.kind !== "file") return undefined;
  for (const [one, then] of pairDefinitions(old, now)) {
    if (then === definition) return partOf(now, one);
  }
  return undefined;
}

/** Lines go back with what stands before them; those that came with one piece of text were not there. */
function linesBefore(old: Version, now: Version, { from, to }: Part): Origin {
  if (old.kind !== "file") return { part: undefined, isSame: false };
  let shiftFrom = 0;
  let shiftTo = 0;
  let oldFrom: number | undefined;
  let oldTo: number | undefined;
  let isSame = true;
  for (const hunk of diffLines(old.lines, now.lines)) {
    const shift = hunk.oldTo - hunk.newTo;
    // Lines that went from between two others touch both; at the edge they touch nothing here.
    const isInside =
      hunk.newFrom === hunk.newTo
        ? hunk.newFrom > from && hunk.newFrom < to
        : hunk.newFrom < to && hunk.newTo > from;
    if (isInside) isSame = false;
    if (hunk.newTo <= from) shiftFrom = shift;
    else if (hunk.newFrom <= from) oldFrom = hunk.oldFrom;
    if (
      hunk.newTo < to ||
      (hunk.newTo === to && hunk.newFrom < hunk.newTo && hunk.newFrom < from)
    ) {
      shiftTo = shift;
    } else if (hunk.newFrom < to) oldTo = hunk.oldTo;
  }
  const first = oldFrom ?? from + shiftFrom;
  const last = oldTo ?? to + shiftTo;
  if (last <= first) return { part: undefined, isSame: false };
  return { part: { version: old, from: first, to: last }, isSame };
}

/** A commit, or what is not committed yet. */
export type By = Pick<Touch, "commit" | "author" | "email" | "date" | "committed" | "subject">;

export interface Told {
  by: By | undefined;
  change: HistoryChange;
  now: Part | undefined;
  before: Part | undefined;
  /** The version that does not have it any more, or does not have it yet. */
  other: Version;
  after?: Part | undefined;
  /** From a path of the repository to one of the index. */
  shown: (path: string) => string;
  diffLines: number;
}

export function entryOf(told: Told): HistoryEntry {
  const { by, change, now, before, shown, after } = told;
  const here = now ?? before;
  const place = now === undefined ? goneFrom(told) : placeOf(now, shown);
  const diff = showDiff(
    before === undefined ? [] : linesOf(before),
    now === undefined ? [] : linesOf(now),
    (here?.from ?? 0) + 1,
    told.diffLines,
  );
  const was = before && placeOf(before, shown);
  const isElsewhere = was !== undefined && (was.path !== place.path || was.name !== place.name);
  const gone = after && placeOf(after, shown);
  return {
    change,
    commit: by?.commit,
    author: by?.author ?? "",
    email: by?.email ?? "",
    date: by?.date ?? "",
    committed: by === undefined ? "" : new Date(by.committed * 1_000).toISOString(),
    subject: by?.subject ?? "",
    ...place,
    before: isElsewhere && now !== undefined ? was : undefined,
    after: gone && { path: gone.path, name: gone.name },
    added: diff.added,
    removed: diff.removed,
    diff: diff.lines,
    diffLeftOut: diff.leftOut,
    note: noteOf(told),
  };
}

export function placeOf(
  { version, from, to, definition }: Part,
  shown: Told["shown"],
): HistoryPlace {
  if (definition === undefined) {
    return { path: shown(version.path), line: Math.min(from + 1, to), endLine: to };
  }
  return {
    path: shown(version.path),
    name: fullNameOf(definition),
    line: definition.headLine,
    endLine: definition.endLine,
    signature: definition.signature,
  };
}

function goneFrom({ before, other, shown }: Told): HistoryPlace {
  const name = before?.definition && fullNameOf(before.definition);
  return { path: shown(other.path), name, line: 0, endLine: 0 };
}

function noteOf({ now, before, other }: Told): string | undefined {
  const then = before?.version ?? (now === undefined ? undefined : other);
  if (now === undefined) {
    if (other.kind === "link" || other.kind === "submodule")
      return `a ${other.kind} stands there now`;
    return undefined;
  }
  const was = then?.kind;
  const is = now.version.kind;
  if (is !== "file" && is !== was) return `it is a ${is} here`;
  if ((was === "link" || was === "submodule") && is === "file") return `it was a ${was} before`;
  if (now.version.lack === "it is no text") return "it is no text";
  const isSame =
    before !== undefined &&
    now.definition === undefined &&
    then?.lack === undefined &&
    linesOf(before).join("\n") === linesOf(now).join("\n");
  return isSame && then?.path === now.version.path
    ? "its lines are the same: line ends, encoding or mode"
    : undefined;
}
