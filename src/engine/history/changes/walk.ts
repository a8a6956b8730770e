/*
 * A history, commit by commit, from one or more commits backwards. Each head is a place in it: a commit, the path and
 * the name that what is followed has there, and a log of the commits that touched this file. Of the heads the newest
 * commit is next. At a merge the way goes on with the first parent that has it as the merge does, else with all that
 * have it; a commit that two ways reach is looked at once.
 *
 * 1. A head's own place changes only when a commit was looked at to its end: what is left can go on from there.
 * 2. What cannot be taken apart is passed by, and compared with the next that can.
 */
import type { HistoryEnd, HistoryEntry } from "../../../ports/answers/time/history.ts";
import { GitRefusal } from "../../git/process.ts";
import type { GitRoom } from "../../git/room.ts";
import type { Version } from "./bodies.ts";
import { Comparing } from "./compare.ts";
import { type FileMove, movesBetween } from "./elsewhere.ts";
import { FileLog, type Touch } from "./file-log.ts";
import type { Told } from "./step.ts";
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
  readonly #comparing: Comparing;
  readonly #done = new Set<string>();
  #ways: Way[];
  looked = 0;
  unread = 0;
  end: HistoryEnd | undefined;

  constructor(parts: WalkParts, heads: readonly Head[]) {
    this.#parts = parts;
    this.#comparing = new Comparing(parts.versions, parts.shown, parts.diffLines);
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
    const { versions, goneFromDisk } = this.#parts;
    const { path, tracked } = way;
    const { part, version: now } = way.current ?? { part: undefined, version: nothing(path) };
    const isWhole = tracked.what !== "symbol";
    const old = touch === undefined ? nothing(path) : await versions.of(path, touch.now, isWhole);
    way.isDisk = undefined;
    if (tracked.what === "file" && hasSameLines(old, now)) {
      way.current = undefined;
      return undefined;
    }
    const found = await this.#comparing.with({
      ...{ by: undefined, tracked, now, part, old: [old] },
      movesOf: goneFromDisk,
    });
    const from = found.origins[0]?.part;
    if (found.which.length === 0) await this.#leave(way);
    else if (from !== undefined && from.version.path !== path) {
      const head = { commit: way.commit, path: from.version.path };
      await this.#leave(way, { ...head, tracked: trackedAs(tracked, from) });
    } else {
      way.tracked =
        from === undefined && part !== undefined ? again(tracked) : trackedAs(tracked, from);
      way.current = { part: from, version: from?.version ?? old };
    }
    return found.entry;
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
      return this.#comparing.entry("added", touch, part, undefined, nothing(way.path));
    }
    const old = await Promise.all(touch.before.map((blob) => versions.of(way.path, blob, isWhole)));
    const doneAt = doneKey(way, touch);
    const { entry, origins, which } = await this.#comparing.with({
      ...{ by: touch, tracked: way.tracked, now: current, part, old },
      movesOf: (parent) => movesBetween(git, touch.parents[parent] as string, touch.commit),
    });
    const heads = which.map((at): Head => {
      const from = origins[at]?.part;
      return {
        commit: touch.parents[at] as string,
        path: from?.version.path ?? way.path,
        tracked:
          from === undefined && part !== undefined
            ? again(way.tracked)
            : trackedAs(way.tracked, from),
        current: { part: from, version: from?.version ?? (old[at] as Version) },
      };
    });
    const [head] = heads;
    // The log of a file goes on by itself, but through all parents of a merge.
    if (touch.parents.length === 1 && head?.path === way.path) Object.assign(way, head);
    else await this.#leave(way, ...heads);
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
    if (current?.version === now) return current.part;
    return tracked.what === "file" && now.kind !== "none" ? wholePart(now) : locate(now, tracked);
  }
}

/** It was added here: there may have been another before. */
function again(tracked: Tracked): Tracked {
  if (tracked.what !== "symbol") return tracked;
  return { what: "symbol", name: tracked.name, isAgain: true };
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
