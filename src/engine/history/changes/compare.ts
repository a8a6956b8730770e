/* What one commit did to what is followed: compared with each of its parents, and told. */
import { isSecretPath } from "../../../base/paths/secret-paths.ts";
import type { HistoryChange, HistoryEntry } from "../../../ports/answers/time/history.ts";
import { fullNameOf, type Version } from "./bodies.ts";
import { cameFrom, type FileMove } from "./elsewhere.ts";
import { diffLines } from "./line-diff.ts";
import { type By, entryOf, type Origin, originIn, type Told } from "./step.ts";
import { linesOf, type Part, type Tracked, wholePart } from "./tracked.ts";
import type { Versions } from "./versions.ts";

export interface Compared {
  /** Undefined: it did nothing that counts. */
  entry: HistoryEntry | undefined;
  /** What it was in each parent. */
  origins: readonly (Origin | undefined)[];
  /** The parents in which its history goes on. */
  which: readonly number[];
}

export interface ToCompare {
  /** Undefined: what is not committed yet. */
  by: By | undefined;
  tracked: Tracked;
  now: Version;
  part: Part | undefined;
  old: readonly Version[];
  /** Files that differ from a parent, for what is not in its file there. */
  movesOf: (parent: number) => Promise<readonly FileMove[]>;
}

export class Comparing {
  readonly #versions: Versions;
  readonly #shown: Told["shown"];
  readonly #diffLines: number;

  constructor(versions: Versions, shown: Told["shown"], diffLines: number) {
    this.#versions = versions;
    this.#shown = shown;
    this.#diffLines = diffLines;
  }

  /** @throws GitRefusal */
  async with(asked: ToCompare): Promise<Compared> {
    const { now, part, old, tracked } = asked;
    const origins = old.map((one) => originIn(one, now, part, tracked));
    const same = origins.findIndex((origin) => origin?.isSame === true);
    if (same >= 0) return { entry: undefined, origins, which: [same] };
    if (origins.every((origin) => origin === undefined)) {
      // It is compared with the next version that can be taken apart.
      return { entry: undefined, origins: [{ part, isSame: true }], which: [0] };
    }
    return part === undefined
      ? await this.#gone(asked, origins)
      : await this.#there(asked, part, origins);
  }

  async #gone(
    { by, tracked, now, old, movesOf }: ToCompare,
    origins: readonly (Origin | undefined)[],
  ): Promise<Compared> {
    const which = having(origins);
    const isAgain = tracked.what === "symbol" && tracked.isAgain === true;
    const [parent = 0] = which;
    const before = origins[parent]?.part as Part;
    const other = old[parent] as Version;
    const became = origins[parent]?.became;
    if (isAgain && became !== undefined) return { entry: undefined, origins, which: [] };
    if (became !== undefined) {
      return { entry: this.entry("renamed", by, became, before, other), origins, which };
    }
    const after = await this.#wentTo(before, await movesOf(parent));
    if (isAgain && after !== undefined) return { entry: undefined, origins, which: [] };
    const entry = this.entry("removed", by, undefined, before, now, after);
    return { entry, origins, which };
  }

  async #there(
    { by, tracked, now, old, movesOf }: ToCompare,
    part: Part,
    known: readonly (Origin | undefined)[],
  ): Promise<Compared> {
    const origins = [...known];
    for (const [at, origin] of known.entries()) {
      if (origin === undefined || origin.part !== undefined) continue;
      const from = await this.#cameFrom(part, now, await movesOf(at));
      origins[at] = { part: from, isSame: false };
    }
    const which = having(origins);
    const [parent = 0] = which;
    const before = origins[parent]?.part;
    const other = old[parent] as Version;
    if (before === undefined) {
      // Another of the same name may have been there before; lines have no name.
      const further = tracked.what === "lines" ? [] : [0];
      return { entry: this.entry("added", by, part, undefined, other), origins, which: further };
    }
    const isMerge = old.length > 1;
    if (isMerge && !isOwnWork(part, origins)) return { entry: undefined, origins, which };
    const change = isMerge ? "merged" : changeOf(part, before);
    return { entry: this.entry(change, by, part, before, other), origins, which };
  }

  async #cameFrom(part: Part, now: Version, moves: readonly FileMove[]): Promise<Part | undefined> {
    const { definition } = part;
    if (definition !== undefined) {
      return await cameFrom(this.#versions, moves, { ...part, definition });
    }
    const renamed = moves.find(({ newPath, isRenamed }) => isRenamed && newPath === now.path);
    if (renamed === undefined || isSecretPath(renamed.oldPath)) return undefined;
    const old = await this.#versions.of(renamed.oldPath, renamed.old, true);
    if (part.from === 0 && part.to === now.lines.length) return wholePart(old);
    return originIn(old, now, part, { what: "lines", from: part.from + 1, to: part.to })?.part;
  }

  /** Where its file went in the same commit. */
  async #wentTo(before: Part, moves: readonly FileMove[]): Promise<Part | undefined> {
    const { version, definition } = before;
    const renamed = moves.find(({ oldPath, isRenamed }) => isRenamed && oldPath === version.path);
    if (renamed === undefined || isSecretPath(renamed.newPath)) return undefined;
    const isWhole = definition === undefined;
    const now = await this.#versions.of(renamed.newPath, renamed.now, isWhole);
    if (isWhole) return wholePart(now);
    const name = fullNameOf(definition);
    const tracked = { what: "symbol", name, hash: definition.bodyHash } as const;
    return originIn(version, now, undefined, tracked)?.became;
  }

  entry(
    change: HistoryChange,
    by: By | undefined,
    now: Part | undefined,
    before: Part | undefined,
    other: Version,
    after?: Part | undefined,
  ): HistoryEntry {
    const shown = this.#shown;
    return entryOf({ by, change, now, before, other, after, shown, diffLines: this.#diffLines });
  }
}

function having(origins: readonly (Origin | undefined)[]): number[] {
  return origins.flatMap((origin, at) => (origin?.part === undefined ? [] : [at]));
}

function changeOf(now: Part, before: Part): HistoryChange {
  if (now.version.path !== before.version.path) return "moved";
  const isNamed =
    now.definition?.name === before.definition?.name &&
    now.definition?.container === before.definition?.container;
  return isNamed ? "changed" : "renamed";
}

/**
 * Whether a merge did something itself: it has a line that none of its parents has, or lacks one that all of them have.
 * It is what "git log --cc" shows.
 * @param origins what the parents have, in none of which it is the same
 */
function isOwnWork(part: Part, origins: readonly (Origin | undefined)[]): boolean {
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
