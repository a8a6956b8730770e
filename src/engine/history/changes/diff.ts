/* Which files and definitions differ between two commits, or between a commit and the files as they are. */
import { join, posix } from "node:path";
import { throwIfAborted } from "../../../base/abort.ts";
import { HaypileError } from "../../../base/errors.ts";
import { isSecretPath } from "../../../base/paths/secret-paths.ts";
import { languageOf } from "../../../indexing/read/language.ts";
import { readText } from "../../../indexing/read/read-text.ts";
import { SkipLog } from "../../../indexing/walk/skip-log.ts";
import { resolveRoot, walkFolder } from "../../../indexing/walk/walk.ts";
import type {
  DiffFile,
  DiffOptions,
  DiffResult,
  DiffSide,
} from "../../../ports/answers/time/diff.ts";
import type { SyntaxParser } from "../../../ports/syntax.ts";
import type { BlobCache } from "../../../storage/sqlite/blobs/blob-cache.ts";
import { changesSince } from "../../git/changes.ts";
import { pathIn } from "../../git/git.ts";
import { Blobs } from "../../git/objects.ts";
import { inHistory, revisionOf } from "../../git/revisions.ts";
import type { GitRoom } from "../../git/room.ts";
import { codeFilesAt } from "../at/code-files.ts";
import type { Version } from "./bodies.ts";
import { type Differing, differingIn, type VersionPair } from "./differing.ts";
import { movesBetween } from "./elsewhere.ts";
import { diffLines } from "./line-diff.ts";
import { mostFileBytes, Versions, versionOfBytes, versionOfText } from "./versions.ts";
import { nothing } from "./walk.ts";

export interface DiffParts {
  /** The folder of the index. */
  root: string;
  parser: SyntaxParser;
  /** Parses by the ids of blobs. */
  cache: BlobCache;
  /** Whether a path of the index is asked for. */
  fits: (path: string) => boolean;
}

/** Files that are taken apart for one question. */
const mostFiles = 2_000;
const dataLanguages: ReadonlySet<string> = new Set(["json", "yaml", "toml"]);
const defaultLimit = 500;
const gitLimitMs = 5 * 60_000;

/** What was found, with the definitions as they were parsed, for those who ask what uses them. */
export interface Diff {
  result: Omit<DiffResult, "impact">;
  differing: Differing[];
}

interface Asked {
  git: GitRoom;
  root: string;
  parts: DiffParts;
  options: DiffOptions;
}

/** One file, and both its versions. */
interface Pair {
  file: DiffFile;
  /** Undefined: no definitions are compared. */
  versions: VersionPair | undefined;
  all: VersionPair;
}

/**
 * @param from a revision; "A..B", or "A...B" for what B has since it parted from A
 * @param to a revision; undefined: that of `from`, else the files as they are
 * @throws HaypileError HAYPILE_USAGE, HAYPILE_REVISION_MISSING, HAYPILE_GIT, HAYPILE_ABORTED
 */
export async function diff(
  parts: DiffParts,
  from: string,
  to: string | undefined,
  options: DiffOptions,
): Promise<Diff> {
  const { limit = defaultLimit, signal } = options;
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected a whole number from 1 to 10000 for limit but got ${limit}.`,
      { data: { option: "limit" } },
    );
  }
  const range = rangeOf(from, to);
  const root = await resolveRoot(parts.root);
  const doing = `compare ${range.from} with ${range.to ?? "the files as they are"}`;
  return await inHistory(root, doing, { limitMs: gitLimitMs, signal }, async (git) => {
    const asked: Asked = { git, root, parts, options };
    const [first, second] = await sidesOf(git, range);
    const pairs =
      second.commit === undefined
        ? await withDisk(asked, first.commit as string)
        : await withCommit(asked, first.commit as string, second.commit);
    throwIfAborted(signal, "The question");
    const secrets = pairs.filter(({ file }) => isSecret(file));
    const told = pairs.filter((pair) => !secrets.includes(pair));
    const isWanted = options.symbols === true || options.impact === true;
    const versions = told.flatMap((pair) => pair.versions ?? []);
    const every = isWanted ? differingIn(versions, (path) => shownBy(git, root, path)) : [];
    const all = every.filter((one) => !isUnnamedKey(one, options.path));
    const differing = all.slice(0, limit);
    const result = {
      from: first,
      to: second,
      files: told.slice(0, limit).map(({ file }) => file),
      filesLeftOut: Math.max(0, told.length - limit),
      secrets: secrets.length,
      symbols: isWanted ? differing.map((one) => one.told) : undefined,
      symbolsLeftOut: all.length - differing.length,
      keysLeftOut: every.length - all.length,
    };
    return { result, differing };
  });
}

interface Range {
  from: string;
  to: string | undefined;
  sinceParted: boolean;
}

function rangeOf(from: string, to: string | undefined): Range {
  const dots = to === undefined ? /\.{2,3}/u.exec(from) : null;
  if (dots === null) return { from: from === "" ? "HEAD" : from, to, sinceParted: false };
  const [sign] = dots;
  const before = from.slice(0, dots.index).trim();
  const after = from.slice(dots.index + sign.length).trim();
  if (after.includes("..")) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected a revision, or two with ".." or "..." between them, but got ${JSON.stringify(from.slice(0, 200))}.`,
      { data: { from: from.slice(0, 200) } },
    );
  }
  return { from: before || "HEAD", to: after || "HEAD", sinceParted: sign === "..." };
}

async function sidesOf(git: GitRoom, range: Range): Promise<[DiffSide, DiffSide]> {
  const first = await revisionOf(git, range.from);
  if (range.to === undefined) {
    return [sideOf(first), { commit: undefined, date: "", said: "the files as they are" }];
  }
  const second = await revisionOf(git, range.to);
  if (!range.sinceParted) return [sideOf(first), sideOf(second)];
  const said = await git.run("merge-base", first.commit, second.commit).catch(() => undefined);
  const base = said?.toString("latin1").trim() ?? "";
  if (base === "") {
    throw new HaypileError(
      "HAYPILE_REVISION_MISSING",
      `Expected two revisions with a commit in common, but ${range.from} and ${range.to} have none here. "${range.from}..${range.to}" compares them as they are.`,
      { data: { revision: range.from } },
    );
  }
  const parted = await revisionOf(git, base);
  return [
    sideOf({ ...parted, said: `where ${range.to} parted from ${range.from}` }),
    sideOf(second),
  ];
}

function sideOf({ commit, at, said }: { commit: string; at: number; said: string }): DiffSide {
  return { commit, date: new Date(at).toISOString(), said };
}

async function withCommit(asked: Asked, from: string, to: string): Promise<Pair[]> {
  const { git, root, parts, options } = asked;
  const prefix = pathIn(git.repository, root);
  const below = prefix === "" ? [] : [prefix];
  const moves = (await movesBetween(git, from, to, ...below)).filter(({ oldPath, newPath }) =>
    [oldPath, newPath].some((path) => path !== "" && parts.fits(shownBy(git, root, path))),
  );
  const isWanted = options.symbols === true || options.impact === true;
  const [before, after] = isWanted
    ? await Promise.all([codePaths(git, root, from), codePaths(git, root, to)])
    : [undefined, undefined];
  const blobs = new Blobs(git);
  const versions = new Versions(git, blobs, parts.parser, parts.cache);
  const pairs: Pair[] = [];
  try {
    for (const [at, { oldPath, old, newPath, now }] of moves.entries()) {
      throwIfAborted(options.signal, "The question");
      const own = (path: string): string => shownBy(git, root, path);
      const isRead = at < mostFiles && !isSecretPath(oldPath) && !isSecretPath(newPath);
      const isCode = isRead && (before?.has(oldPath) === true || after?.has(newPath) === true);
      const nowhere = { kind: "none", id: "" } as const;
      const [then, is] = isRead
        ? await Promise.all([
            versions.of(oldPath || newPath, old, !isCode || before?.has(oldPath) !== true),
            versions.of(newPath || oldPath, now, !isCode || after?.has(newPath) !== true),
          ])
        : await Promise.all([versions.of(oldPath, nowhere), versions.of(newPath, nowhere)]);
      pairs.push(
        pairOf(
          then,
          is,
          oldPath && own(oldPath),
          newPath && own(newPath),
          isWanted,
          isCode,
          isRead,
        ),
      );
    }
  } finally {
    versions.keep();
    await blobs.close();
  }
  return pairs.sort((a, b) => (a.file.path < b.file.path ? -1 : 1));
}

async function codePaths(git: GitRoom, root: string, commit: string): Promise<Set<string>> {
  const prefix = pathIn(git.repository, root);
  const { code } = await codeFilesAt(git, root, commit);
  return new Set(code.map(({ path }) => (prefix === "" ? path : `${prefix}/${path}`)));
}

/** @param oldPath as it is shown; "" where the file was not there */
function pairOf(
  old: Version,
  now: Version,
  oldPath: string,
  newPath: string,
  isWanted: boolean,
  isCode: boolean,
  isRead: boolean,
): Pair {
  const change =
    oldPath === ""
      ? "added"
      : newPath === ""
        ? "removed"
        : oldPath === newPath
          ? "changed"
          : "moved";
  const counts =
    isRead && old.lack === undefined && now.lack === undefined ? countsOf(old, now) : {};
  const lack = [old, now].find((one) => one.kind === "file" && one.lack !== undefined)?.lack;
  const whole = !isWanted
    ? undefined
    : !isRead
      ? "it is beyond what one question takes apart"
      : !isCode
        ? "it does not count as code"
        : lack;
  return {
    file: {
      path: newPath === "" ? oldPath : newPath,
      change,
      before: change === "moved" ? oldPath : undefined,
      ...counts,
      whole,
    },
    // What cannot be taken apart on one side would have lost or gained all of its definitions.
    versions: isWanted && isCode && lack === undefined ? { old, now } : undefined,
    all: { old, now },
  };
}

function countsOf(old: Version, now: Version): { added: number; removed: number } {
  let added = 0;
  let removed = 0;
  for (const { oldFrom, oldTo, newFrom, newTo } of diffLines(old.lines, now.lines)) {
    added += newTo - newFrom;
    removed += oldTo - oldFrom;
  }
  return { added, removed };
}

/** What was moved and not committed is one file of two paths where its text is the same. */
async function withDisk({ git, root, parts, options }: Asked, commit: string): Promise<Pair[]> {
  const { parser, fits } = parts;
  const { signal } = options;
  const isWanted = options.symbols === true || options.impact === true;
  const present = new Set<string>();
  for await (const { path } of walkFolder(root, { skips: new SkipLog(), signal }))
    present.add(path);
  const { files } = await changesSince(root, commit, present, { signal });
  const before = isWanted ? await codePaths(git, root, commit) : new Set<string>();
  const prefix = pathIn(git.repository, root);
  const pairs: Pair[] = [];
  for (const { path, before: bytes, wasThere, isThere } of files.filter((one) => fits(one.path))) {
    throwIfAborted(signal, "The question");
    const own = prefix === "" ? path : posix.join(prefix, path);
    const isCode = present.has(path) || before.has(own);
    const isRead = !isSecretPath(path);
    const old = await (wasThere && isRead
      ? bytes === undefined
        ? { ...nothing(own), kind: "file" as const, lack: "it is too large" }
        : versionOfBytes(parser, own, undefined, bytes, !isWanted || !before.has(own))
      : nothing(own));
    const now = await (isThere && isRead
      ? onDisk(parser, root, path, own, !isWanted || !present.has(path))
      : nothing(own));
    pairs.push(
      pairOf(old, now, wasThere ? path : "", isThere ? path : "", isWanted, isCode, isRead),
    );
  }
  return joined(pairs);
}

async function onDisk(
  parser: SyntaxParser,
  root: string,
  path: string,
  own: string,
  isWhole: boolean,
): Promise<Version> {
  const read = await readText(join(root, path), mostFileBytes, root);
  if ("text" in read) return await versionOfText(parser, own, undefined, read.text, isWhole);
  return { ...nothing(own), kind: "file", lack: `it could not be read (${read.skip})` };
}

function joined(pairs: readonly Pair[]): Pair[] {
  const textOf = ({ lines, kind, lack }: Version): string =>
    kind === "file" && lack !== "it is no text" ? lines.join("\n") : "";
  const gone = pairs.filter(({ file }) => file.change === "removed");
  const taken = new Set<Pair>();
  const kept = pairs.map((pair) => {
    const text = textOf(pair.all.now);
    if (pair.file.change !== "added" || text === "") return pair;
    const from = gone.find((one) => !taken.has(one) && textOf(one.all.old) === text);
    if (from === undefined) return pair;
    taken.add(from);
    const file: DiffFile = {
      ...pair.file,
      change: "moved",
      before: from.file.path,
      added: 0,
      removed: 0,
    };
    const all = { old: from.all.old, now: pair.all.now };
    const isBoth = pair.versions !== undefined && from.versions !== undefined;
    return { file, all, versions: isBoth ? all : undefined };
  });
  return kept.filter((pair) => !taken.has(pair));
}

/** Keys of data, as those of a lock file, of which a change has thousands: told where the file or its ending is named. */
function isUnnamedKey({ told: { kind, path } }: Differing, named: DiffOptions["path"]): boolean {
  if (kind !== "key" || !dataLanguages.has(languageOf(path))) return false;
  const ending = posix.extname(path) || posix.basename(path);
  return ![named ?? []].flat().some((one) => one.endsWith(ending));
}

function isSecret({ path, before }: DiffFile): boolean {
  return isSecretPath(path) || (before !== undefined && isSecretPath(before));
}

function shownBy(git: GitRoom, root: string, path: string): string {
  const prefix = pathIn(git.repository, root);
  return prefix === "" ? path : posix.relative(prefix, path);
}
