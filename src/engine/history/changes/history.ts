/*
 * Which commits changed a definition, a file or lines of it: the newest first, page by page. First what stands on the
 * disk is compared with HEAD, then the walk goes back from there.
 */
import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { throwIfAborted } from "../../../base/abort.ts";
import { HaypileError } from "../../../base/errors.ts";
import { readBounded } from "../../../base/files/read-file.ts";
import { mostBytesOf } from "../../../base/files/text-of-file.ts";
import { readText } from "../../../indexing/read/read-text.ts";
import { resolveRoot } from "../../../indexing/walk/walk.ts";
import type {
  HistoryEntry,
  HistoryOptions,
  HistoryPlace,
  HistoryResult,
} from "../../../ports/answers/time/history.ts";
import type { SymbolTable } from "../../../ports/symbols.ts";
import type { SyntaxParser } from "../../../ports/syntax.ts";
import type { BlobCache } from "../../../storage/sqlite/blobs/blob-cache.ts";
import { pathIn } from "../../git/git.ts";
import { Blobs, treeAt } from "../../git/objects.ts";
import { inHistory, type Revision, revisionOf } from "../../git/revisions.ts";
import type { GitRoom } from "../../git/room.ts";
import type { Version } from "./bodies.ts";
import { cursorOf, type Place, placeOfCursor } from "./cursor.ts";
import type { FileMove } from "./elsewhere.ts";
import { placeOf } from "./step.ts";
import { type Target, targetOf } from "./target.ts";
import { locate } from "./tracked.ts";
import { lacking, mostFileBytes, Versions, versionOfText } from "./versions.ts";
import { nothing, Walk } from "./walk.ts";

export interface HistoryParts {
  symbols: SymbolTable;
  /** The folder of the index. */
  root: string;
  parser: SyntaxParser;
  /** Parses by the ids of blobs. */
  cache: BlobCache;
}

const defaultLimit = 20;
const defaultDiffLines = 12;
/** A walk through a whole history of a very large repository takes minutes. */
const gitLimitMs = 15 * 60_000;
const mostShallowBytes = 4_000_000;
/** Files of HEAD that are compared with one that git does not know. */
const mostGone = 400;

/**
 * @throws HaypileError HAYPILE_USAGE, HAYPILE_PATH_REFUSED, HAYPILE_SYMBOL_MISSING, HAYPILE_REVISION_MISSING,
 *   HAYPILE_GIT, HAYPILE_ABORTED
 */
export async function history(
  { symbols, root, parser, cache }: HistoryParts,
  said: string,
  options: HistoryOptions,
): Promise<HistoryResult> {
  const asked = checked(options);
  const { cursor, at, signal } = options;
  const place = cursor === undefined ? undefined : placeOfCursor(cursor, said);
  const target = place === undefined ? targetOf(said, root, symbols) : undefined;
  const real = await resolveRoot(root);
  const doing = `tell the history of ${said.slice(0, 200)}`;
  return await inHistory(real, doing, { limitMs: gitLimitMs, signal }, async (git) => {
    const blobs = new Blobs(git);
    const versions = new Versions(git, blobs, parser, cache);
    const ends = asked.deadlineMs === undefined ? undefined : performance.now() + asked.deadlineMs;
    try {
      const page = new Page(git, real, versions, parser, asked.diffLines);
      const from = place ?? (await page.begin(said, target as Target, at));
      const found = await page.run(from, asked.limit, ends, place === undefined);
      return {
        ...found,
        at: page.revision && {
          commit: page.revision.commit,
          date: new Date(page.revision.at).toISOString(),
          said: page.revision.said,
        },
      };
    } catch (error) {
      throwIfAborted(signal, "The question");
      throw error;
    } finally {
      versions.keep();
      await blobs.close();
    }
  });
}

class Page {
  readonly #git: GitRoom;
  readonly #root: string;
  readonly #parser: SyntaxParser;
  readonly #versions: Versions;
  readonly #diffLines: number;
  readonly #prefix: string;
  revision: Revision | undefined;

  constructor(
    git: GitRoom,
    root: string,
    versions: Versions,
    parser: SyntaxParser,
    diffLines: number,
  ) {
    this.#git = git;
    this.#root = root;
    this.#parser = parser;
    this.#versions = versions;
    this.#diffLines = diffLines;
    this.#prefix = pathIn(git.repository, root);
  }

  /** Where the history of a target begins. */
  async begin(said: string, target: Target, at: string | undefined): Promise<Place> {
    const { tracked, others } = target;
    const path = this.#prefix === "" ? target.path : `${this.#prefix}/${target.path}`;
    const name = tracked.what === "symbol" ? tracked.name : undefined;
    const none = { path: target.path, name, line: 0, endLine: 0 };
    if (at !== undefined) {
      this.revision = await revisionOf(this.#git, at);
      const { commit } = this.revision;
      return { target: said, of: none, others, heads: [{ commit, path, tracked }] };
    }
    const disk = this.#onDisk(target.path, path, tracked.what !== "symbol");
    disk.catch(() => undefined);
    const commit = await this.#git.commit("HEAD");
    const version = await disk;
    if (tracked.what === "symbol" && version.kind === "file" && version.lack !== undefined) {
      throw notTakenApart(target.path, version.lack);
    }
    const part = locate(version, tracked);
    const shown = (own: string): string => this.#shown(own);
    const of = part === undefined ? none : placeOf(part, shown);
    const head = { commit, path, tracked, current: { part, version }, isDisk: true };
    return { target: said, of, others, heads: [head] };
  }

  async run(
    from: Place,
    limit: number,
    ends: number | undefined,
    isFirst: boolean,
  ): Promise<Omit<HistoryResult, "at">> {
    const parts = {
      git: this.#git,
      versions: this.#versions,
      shown: (path: string) => this.#shown(path),
      diffLines: this.#diffLines,
      shallow: await this.#shallow(),
      goneFromDisk: () => this.#goneFromDisk(),
    };
    const walk = new Walk(parts, from.heads);
    const entries: HistoryEntry[] = [];
    const timeUp = new TimeUp(ends);
    let { heads } = walk;
    try {
      for (let looks = 0; heads.length > 0 && entries.length < limit; looks += 1) {
        const looking = walk.next();
        looking.catch(() => undefined);
        // One commit is looked at in any case: so pages come to an end.
        const found = await (looks === 0 ? looking : Promise.race([looking, timeUp.promise]));
        if (found === "time is up") break;
        if (found !== undefined) entries.push(found);
        heads = walk.heads;
      }
    } finally {
      timeUp.clear();
      await walk.close();
    }
    const { of, others, target } = from;
    const isNothing = entries.length === 0 && heads.length === 0 && walk.end === undefined;
    if (isNothing && isFirst && of.line === 0 && walk.unread === 0)
      throw neverThere(of, this.revision?.said);
    return {
      of,
      others,
      entries,
      looked: walk.looked,
      unread: walk.unread,
      nextCursor: heads.length === 0 ? undefined : cursorOf({ target, of, others, heads }),
      end: walk.end,
    };
  }

  #shown(path: string): string {
    if (this.#prefix === "") return path;
    return path.startsWith(`${this.#prefix}/`)
      ? path.slice(this.#prefix.length + 1)
      : posix.relative(this.#prefix, path);
  }

  /** @param own its path from the top of the repository */
  async #onDisk(path: string, own: string, isWhole: boolean): Promise<Version> {
    const full = join(this.#root, path);
    const read = await readText(full, mostBytesOf(path, mostFileBytes), this.#root);
    if ("text" in read) {
      const rules = {
        links: "refuse",
        mostBytes: mostBytesOf(path, mostFileBytes),
        inside: this.#root,
      } as const;
      const bytes = isWhole ? undefined : await readBounded(full, rules).catch(() => undefined);
      if (bytes !== undefined) return await this.#versions.ofDisk(own, bytes);
      return await versionOfText(this.#parser, own, undefined, read.text, isWhole);
    }
    if (read.skip === "vanished") return nothing(own);
    if (read.skip.startsWith("link")) {
      return { ...nothing(own), kind: "link", lack: "it is a link there" };
    }
    return lacking(own, undefined, `it could not be read (${read.skip})`);
  }

  async #shallow(): Promise<Set<string>> {
    const rules = { mostBytes: mostShallowBytes, links: "refuse" } as const;
    const bytes = await readBounded(
      join(this.#git.repository.commonFolder, "shallow"),
      rules,
    ).catch(() => undefined);
    return new Set(
      bytes
        ?.toString("latin1")
        .split(/\s+/u)
        .filter((id) => id !== ""),
    );
  }

  /** Files of HEAD that are not there any more: one of them may be what git does not know yet. */
  async #goneFromDisk(): Promise<FileMove[]> {
    const files = await treeAt(
      this.#git,
      this.#git.repository.folder,
      await this.#git.commit("HEAD"),
    );
    const gone = files.filter(
      ({ path, kind }) => kind === "file" && !existsSync(join(this.#git.repository.folder, path)),
    );
    return gone.slice(0, mostGone).map(({ path, id }) => ({
      oldPath: path,
      old: { kind: "file", id },
      newPath: "",
      now: { kind: "none", id: "" },
      isRenamed: false,
    }));
  }
}

class TimeUp {
  readonly promise: Promise<"time is up">;
  #timer: NodeJS.Timeout | undefined;

  /** @param ends by performance.now(); undefined: never */
  constructor(ends: number | undefined) {
    this.promise = new Promise((resolve) => {
      if (ends === undefined) return;
      this.#timer = setTimeout(() => resolve("time is up"), Math.max(0, ends - performance.now()));
    });
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}

function checked(options: HistoryOptions): {
  limit: number;
  diffLines: number;
  deadlineMs: number | undefined;
} {
  const { limit = defaultLimit, diffLines = defaultDiffLines, deadlineMs } = options;
  whole("limit", limit, 1, 1_000);
  whole("diffLines", diffLines, 0, 1_000);
  if (deadlineMs !== undefined) whole("deadlineMs", deadlineMs, 1, 600_000);
  return { limit, diffLines, deadlineMs };
}

function whole(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected a whole number from ${least} to ${most} for ${name} but got ${value}.`,
    { data: { option: name } },
  );
}

function notTakenApart(path: string, lack: string): HaypileError {
  return new HaypileError(
    "HAYPILE_USAGE",
    `Expected a definition in a file that can be taken apart, but of ${path} it is said: ${lack}. Ask for the file, or for lines of it (${path}:1-20).`,
    { data: { path } },
  );
}

function neverThere({ path, name }: HistoryPlace, at: string | undefined): HaypileError {
  const upTo = at === undefined ? "" : ` up to ${at}`;
  return name === undefined
    ? new HaypileError(
        "HAYPILE_PATH_MISSING",
        `Expected a file that git knows or knew, but ${JSON.stringify(path)} is in no commit of this history${upTo}.`,
        { data: { path } },
      )
    : new HaypileError(
        "HAYPILE_SYMBOL_MISSING",
        `Expected a definition that ${path} has or had, but ${JSON.stringify(name)} is in no version of it${upTo}. "haypile outline ${path}" names those of now.`,
        { data: { name, path } },
      );
}
