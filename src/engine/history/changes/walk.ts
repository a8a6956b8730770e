/*
 * A history, commit by commit, from one or more commits backwards. Each head is a place in it: a commit, the path and
 * the name that what is followed has there, and a log of the commits that touched this file. Of the heads the newest
 * commit is next. At a merge the way goes on with the first parent that has it as the merge does, else with all that
 * have it; a commit that two ways reach is looked at once.
 *
 * 1. A head's own place changes only when a commit was looked at to its end: what is left can go on from there.
 * 2. What cannot be taken apart is passed by, and compared with the next that can.
 */
import { isSecretPath } from "../../../base/paths/secret-paths.ts";
import type { HistoryEnd, HistoryEntry } from "../../../ports/answers/history.ts";
import { GitRefusal } from "../../git/process.ts";
import type { GitRoom } from "../../git/room.ts";
import { fullNameOf, type Version } from "./bodies.ts";
import { cameFrom, type FileMove, movesBetween } from "./elsewhere.ts";
import { FileLog, type Touch } from "./file-log.ts";
import { isOwnWork } from "./merges.ts";
import { entryOf, type Origin, originIn, type Told } from "./step.ts";
import { keyOf, locate, type Part, type Tracked, trackedAs, wholePart } from "./tracked.ts";
import type { Versions } from "./versions.ts";

/** A place from which a history goes on. */
export interface Head {
  commit: string;
  /** From the top of the repository. */
  path: string;
  tracked: Tracked;
  /** What it is in the newer version it comes from; undefined: it is looked for. */
  current?: { part: Part | undefined; version: Version } | undefined;
  /** The newer version is what stands on the disk. */
  isDisk?: boolean | undefined;
}

interface Way extends Head {
  log: FileLog | undefined;
}

/** Ways that are followed side by side; others wait. */
const mostWays = 8;
/** Ways that wait: more are merges within merges without end. */
const mostHeads = 64;

export interface WalkParts {
  git: GitRoom;
  versions: Versions;
  shown: Told["shown"];
  diffLines: number;
  /** Commits at which a shallow clone ends. */
  shallow: ReadonlySet<string>;
  /** Files of the newest commit that are not on the disk any more; for what is not committed yet. */
  goneFromDisk: () => Promise<FileMove[]>;
}

export class Walk {
  readonly #parts: WalkParts;
  readonly #done = new Set<string>();
  #ways: Way[];
  looked = 0;
  unread = 0;
  end: HistoryEnd | undefined;

  constructor(parts: WalkParts, heads: readonly Head[]) {
    this.#parts = parts;
    this.#ways = heads.map((head) => ({ ...head, log: undefined }));
  }

  /** Where it would go on; none: it is at its end. */
  get heads(): Head[] {
    return this.#ways.map(({ log: _, ...head }) => head);
  }

  /** What the next commit did, after which there may be more; undefined: nothing that counts. @throws GitRefusal */
  async next(): Promise<HistoryEntry | undefined> {
    const found = await this.#newest();
    if (found === undefined) return undefined;
    const { way, touch } = found;
    try {
      if (way.isDisk === true) return await this.#fromDisk(way, touch);
      if (touch === undefined) return undefined;
      return await this.#look(way, touch);
    } catch (error) {
      if (!(error instanceof GitRefusal) || !error.message.startsWith("missing blob")) throw error;
      await this.#leave(way);
      this.end = {
        why: "missing",
        commit: touch?.commit ?? way.commit,
        hint: `${error.message}: this clone has no text of it. "git fetch --refetch --no-filter" brings it.`,
      };
      return undefined;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#ways.map(({ log }) => log?.close()));
  }

  /** The way whose next commit is the newest. Those at their end go, and those that meet become one. */
  async #newest(): Promise<{ way: Way; touch: Touch | undefined } | undefined> {
    for (;;) {
      const open = this.#ways.slice(0, mostWays);
      const touches = await Promise.all(open.map((way) => this.#logOf(way).peek()));
      let newest: { way: Way; touch: Touch } | undefined;
      let isChanged = false;
      for (const [at, way] of open.entries()) {
        const touch = touches[at];
        if (way.isDisk === true) return { way, touch };
        if (touch === undefined || this.#done.has(doneKey(way, touch))) {
          await this.#leave(way);
          isChanged = true;
          continue;
        }
        const twin = open
          .slice(0, at)
          .some(
            (other, before) =>
              touches[before]?.commit === touch.commit &&
              keyOf(other.path, other.tracked) === keyOf(way.path, way.tracked),
          );
        if (twin) {
          await this.#leave(way);
          isChanged = true;
        } else if (newest === undefined || touch.committed > newest.touch.committed) {
          newest = { way, touch };
        }
      }
      if (newest !== undefined) return newest;
      if (!isChanged || this.#ways.length === 0) return undefined;
    }
  }

  #logOf(way: Way): FileLog {
    way.log ??= new FileLog(this.#parts.git, way.commit, way.path);
    return way.log;
  }

  async #leave(way: Way, ...instead: Head[]): Promise<void> {
    const at = this.#ways.indexOf(way);
    const heads = instead.map((head) => ({ ...head, log: undefined }));
    if (at >= 0) this.#ways.splice(at, 1, ...heads);
    if (this.#ways.length > mostHeads) this.#ways.length = mostHeads;
    await way.log?.close();
  }

  /** What stands on the disk is compared with the newest commit, which is looked at after it. */
  async #fromDisk(way: Way, touch: Touch | undefined): Promise<HistoryEntry | undefined> {
    const { versions, git } = this.#parts;
    const { part, version: now } = way.current ?? { part: undefined, version: nothing(way.path) };
    const isWhole = way.tracked.what !== "symbol";
    const old =
      touch === undefined ? nothing(way.path) : await versions.of(way.path, touch.now, isWhole);
    way.isDisk = undefined;
    const origin = originIn(old, now, part, way.tracked);
    if (origin === undefined) return undefined;
    const isSameFile = way.tracked.what === "file" && hasSameLines(old, now);
    if (origin.isSame || isSameFile) {
      this.#settle(way, origin.part, old);
      return undefined;
    }
    const { entry, from } = await this.#told(way, undefined, now, [old], [origin], async () =>
      this.#parts.goneFromDisk(),
    );
    if (from !== undefined && from.version.path !== way.path) {
      const commit = await git.commit("HEAD").catch(() => way.commit);
      const tracked = trackedAs(way.tracked, from);
      await this.#leave(way, { commit, path: from.version.path, tracked });
    } else this.#settle(way, origin.part, old);
    return entry;
  }

  #settle(way: Way, part: Part | undefined, version: Version): void {
    way.tracked = trackedAs(way.tracked, part);
    way.current = { part, version };
  }

  async #look(way: Way, touch: Touch): Promise<HistoryEntry | undefined> {
    const { versions, git, shallow } = this.#parts;
    const isWhole = way.tracked.what !== "symbol";
    this.looked += 1;
    for (const blob of touch.before) versions.foresee(way.path, blob, isWhole);
    if (touch.parents.length === 1) this.#foresee(way, isWhole);
    const now = await versions.of(way.path, touch.now, isWhole);
    const isRead = now.lack === undefined || now.kind !== "file" || way.tracked.what === "file";
    const held = way.current;
    const part = isRead ? this.#partIn(now, way) : held?.part;
    const current = isRead ? now : (held?.version ?? now);
    if (!isRead) this.unread += 1;
    if (touch.parents.length === 0 || touch.before.length === 0) {
      const isCut = shallow.has(touch.commit);
      if (isCut && part !== undefined) this.end = shallowEnd(touch.commit);
      await this.#leave(way);
      this.#done.add(doneKey(way, touch));
      if (isCut || part === undefined) return undefined;
      return this.#entry("added", touch, part, undefined, nothing(way.path));
    }
    const old = await Promise.all(touch.before.map((blob) => versions.of(way.path, blob, isWhole)));
    const origins = old.map((one) => originIn(one, current, part, way.tracked));
    const doneAt = doneKey(way, touch);
    const same = origins.findIndex((origin) => origin?.isSame === true);
    if (same >= 0) {
      await this.#goOn(way, touch, [same], origins, old);
      this.#done.add(doneAt);
      return undefined;
    }
    if (origins.every((origin) => origin === undefined)) {
      await this.#goOn(way, touch, [0], [{ part, isSame: true }], [current]);
      this.#done.add(doneAt);
      return undefined;
    }
    const moves = (parent: number): Promise<FileMove[]> =>
      movesBetween(git, touch.parents[parent] as string, touch.commit);
    const { entry, from, parent } = await this.#told(
      way,
      touch,
      current,
      old,
      origins,
      moves,
      part,
    );
    if (from !== undefined && from.version.path !== way.path) {
      const tracked = trackedAs(way.tracked, from);
      const commit = touch.parents[parent] as string;
      await this.#leave(way, { commit, path: from.version.path, tracked });
    } else {
      const having = origins.flatMap((origin, at) => (origin?.part === undefined ? [] : [at]));
      await this.#goOn(way, touch, having.length === 0 ? [0] : having, origins, old);
    }
    this.#done.add(doneAt);
    return entry;
  }

  /** What the next commit needs is got while this one is looked at. */
  #foresee({ log, path }: Way, isWhole: boolean): void {
    log?.taken();
    const begin = (next: Touch | undefined): void => {
      for (const blob of next?.before ?? []) this.#parts.versions.foresee(path, blob, isWhole);
    };
    log?.peek().then(begin, () => undefined);
  }

  /** The part that was found on the way here, where the version is still the same. */
  #partIn(now: Version, { current, tracked }: Way): Part | undefined {
    if (
      current !== undefined &&
      current.version.id !== undefined &&
      current.version.id === now.id
    ) {
      if (current.version === now) return current.part;
    }
    return tracked.what === "file" && now.kind !== "none" ? wholePart(now) : locate(now, tracked);
  }

  /** In some parents; in the only one without leaving the log. */
  async #goOn(
    way: Way,
    { parents }: Touch,
    which: readonly number[],
    origins: readonly (Origin | undefined)[],
    old: readonly Version[],
  ): Promise<void> {
    const headOf = (at: number): Head => {
      const part = origins[at]?.part;
      return {
        commit: parents[at] as string,
        path: way.path,
        tracked: trackedAs(way.tracked, part),
        current: { part, version: old[at] as Version },
      };
    };
    if (parents.length > 1) {
      await this.#leave(way, ...which.map(headOf));
      return;
    }
    Object.assign(way, headOf(0));
  }

  /** What the commit did, and where the way goes on where that is another file. */
  async #told(
    way: Way,
    touch: Touch | undefined,
    now: Version,
    old: readonly Version[],
    origins: readonly (Origin | undefined)[],
    movesOf: (parent: number) => Promise<FileMove[]>,
    part: Part | undefined = way.current?.part,
  ): Promise<{ entry: HistoryEntry | undefined; from: Part | undefined; parent: number }> {
    const none = { entry: undefined, from: undefined, parent: 0 };
    const parent = Math.max(
      0,
      origins.findIndex((origin) => origin?.part !== undefined),
    );
    const before = origins[parent]?.part;
    const other = old[parent] as Version;
    if (part === undefined) {
      if (before === undefined) return none;
      const became = origins[parent]?.became;
      if (became !== undefined) {
        return { ...none, entry: this.#entry("renamed", touch, became, before, other) };
      }
      const after = await this.#wentTo(before, await movesOf(parent));
      return { ...none, entry: this.#entry("removed", touch, undefined, before, now, after) };
    }
    if (before !== undefined) {
      if (old.length > 1 && !isOwnWork(part, origins)) return none;
      const isRenamed =
        part.definition?.name !== before.definition?.name ||
        part.definition?.container !== before.definition?.container;
      const change = isRenamed ? "renamed" : old.length > 1 ? "merged" : "changed";
      return { ...none, entry: this.#entry(change, touch, part, before, other) };
    }
    for (const at of old.keys()) {
      const from = await this.#cameFrom(part, now, await movesOf(at));
      if (from === undefined) continue;
      return { entry: this.#entry("moved", touch, part, from, other), from, parent: at };
    }
    return { ...none, entry: this.#entry("added", touch, part, undefined, other) };
  }

  async #cameFrom(part: Part, now: Version, moves: readonly FileMove[]): Promise<Part | undefined> {
    const { versions } = this.#parts;
    const { definition } = part;
    if (definition !== undefined) return await cameFrom(versions, moves, { ...part, definition });
    const renamed = moves.find(({ newPath, isRenamed }) => isRenamed && newPath === now.path);
    if (renamed === undefined || isSecretPath(renamed.oldPath)) return undefined;
    const old = await versions.of(renamed.oldPath, renamed.old, true);
    const isFile = part.from === 0 && part.to === now.lines.length;
    if (isFile) return wholePart(old);
    return originIn(old, now, part, { what: "lines", from: part.from + 1, to: part.to })?.part;
  }

  async #wentTo(before: Part, moves: readonly FileMove[]): Promise<Part | undefined> {
    const { version, definition } = before;
    const renamed = moves.find(({ oldPath, isRenamed }) => isRenamed && oldPath === version.path);
    if (renamed === undefined || isSecretPath(renamed.newPath)) return undefined;
    const now = await this.#parts.versions.of(
      renamed.newPath,
      renamed.now,
      definition === undefined,
    );
    if (definition === undefined) return wholePart(now);
    const origin = originIn(version, now, undefined, {
      what: "symbol",
      name: fullNameOf(definition),
      hash: definition.bodyHash,
    });
    return origin?.became;
  }

  #entry(
    change: Told["change"],
    by: Touch | undefined,
    now: Part | undefined,
    before: Part | undefined,
    other: Version,
    after?: Part | undefined,
  ): HistoryEntry {
    const { shown, diffLines } = this.#parts;
    return entryOf({ by, change, now, before, other, after, shown, diffLines });
  }
}

function doneKey({ path, tracked }: Head, { commit }: Touch): string {
  return `${commit}\0${keyOf(path, tracked)}`;
}

function hasSameLines(old: Version, now: Version): boolean {
  if (old.kind !== now.kind || old.lack !== undefined || now.lack !== undefined)
    return old.kind === now.kind;
  return (
    old.lines.length === now.lines.length && old.lines.every((line, at) => line === now.lines[at])
  );
}

export function nothing(path: string): Version {
  return { path, id: undefined, kind: "none", lines: [], definitions: undefined, language: "" };
}

function shallowEnd(commit: string): HistoryEnd {
  const hint = `This clone is shallow: what was before ${commit.slice(0, 12)} is not here. "git fetch --unshallow" brings it.`;
  return { why: "shallow", commit, hint };
}
