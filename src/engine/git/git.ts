/*
 * What git knows that indexing and memories ask for: which files are as they were at a commit, and which commit a
 * file is of. Git reads objects and the index, in a room of its own (git/room.ts); the files of the working tree
 * are compared here.
 */
import { hash } from "node:crypto";
import { lstat } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { throwIfAborted } from "../../base/abort.ts";
import { HaypileError } from "../../base/errors.ts";
import { isInside, readBounded } from "../../base/files/read-file.ts";
import { type Repository, repositoryOf } from "../../base/files/repository.ts";
import { toSlashes } from "../../base/paths/flavour.ts";
import { realPathOf } from "../../base/paths/real-path.ts";
import { type GitLimits, GitRefusal, type GitRoom, withGit } from "./room.ts";

/** Larger files are compared by size and time alone. */
const mostHashedBytes = 64 * 1024 * 1024;
/** Files looked at side by side. */
const sideBySide = 32;

/**
 * Paths below `root`, with "/", of files that are now as they were at a commit. What git does not know, and what
 * may differ, is not among them.
 *
 * @throws HaypileError HAYPILE_USAGE when there is no git, no repository, or no such commit; HAYPILE_ABORTED
 */
export async function unchangedSince(
  root: string,
  commit: string,
  limits: GitLimits = {},
): Promise<Set<string>> {
  try {
    return await inRepository(root, limits, async (git) => {
      return await unchangedIn(git, root, await git.commit(commit), limits);
    });
  } catch (error) {
    throwIfAborted(limits.signal, "Indexing");
    if (!(error instanceof GitRefusal)) throw error;
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected a commit that git knows here, but "${commit}" could not be compared: ${error.message}. Leave --since out to look at every file.`,
      { data: { commit }, cause: error },
    );
  }
}

/**
 * Of `paths` those that changed in the last days before the newest commit, or are not committed yet.
 *
 * @param paths below `root`, with "/"
 * @returns undefined where git cannot tell: no git, no repository, or no commit that is older
 * @throws HaypileError HAYPILE_ABORTED
 */
export async function changedLately(
  root: string,
  days: number,
  paths: Iterable<string>,
  limits: GitLimits = {},
): Promise<Set<string> | undefined> {
  try {
    return await inRepository(root, limits, async (git) => {
      const head = await git.commit("HEAD");
      const newest = Number(await textOf(git, "log", "-1", "--format=%ct", head, "--"));
      const until = `--before=${newest - days * 24 * 3600}`;
      const before = await textOf(git, "rev-list", "-1", until, head, "--");
      if (before === "") return undefined;
      const unchanged = await unchangedIn(git, root, before, limits);
      return new Set([...paths].filter((path) => !unchanged.has(path)));
    });
  } catch (error) {
    throwIfAborted(limits.signal, "Indexing");
    if (error instanceof GitRefusal) return undefined;
    throw error;
  }
}

/** The last commit that changed a file; undefined without git, or when the file differs from it. */
export async function lastCommitOf(
  path: string,
  limits: GitLimits = {},
): Promise<{ commit: string; at: number } | undefined> {
  try {
    const real = await realPathOf(path);
    return await inRepository(dirname(real), limits, async (git) => {
      const own = pathIn(git.repository, real);
      const head = await git.commit("HEAD");
      const said = await textOf(git, "log", "-1", "--format=%h %ct", head, "--", own);
      const [commit = "", seconds = ""] = said.split(" ");
      if (commit === "") return undefined;
      const id = await textOf(git, "rev-parse", "--verify", `${head}:${own}`);
      return (await hasContent(real, id)) ? { commit, at: Number(seconds) * 1_000 } : undefined;
    });
  } catch {
    return undefined;
  }
}

/** @throws GitRefusal where there is no repository, and those of withGit() */
export async function inRepository<T>(
  folder: string,
  limits: GitLimits,
  run: (git: GitRoom) => Promise<T>,
): Promise<T> {
  const repository = repositoryOf(folder);
  if (repository === undefined) throw new GitRefusal("there is no git repository here");
  return await withGit(repository, limits, run);
}

/**
 * The index holds for each file what it had when git last looked: first it is compared with the commit, then the
 * files with it.
 */
export async function unchangedIn(
  git: GitRoom,
  root: string,
  commit: string,
  { signal }: GitLimits,
): Promise<Set<string>> {
  const prefix = pathIn(git.repository, root);
  const below = prefix === "" ? [] : [prefix];
  const differing = ["diff-index", "--cached", "--no-renames", "--no-ext-diff", "-z", "--raw"];
  const [changed, entries] = await Promise.all([
    git.run(...differing, commit, "--", ...below),
    git.run("ls-files", "--stage", "--debug", "-z", "--", ...below),
  ]);
  const before = parseChanges(changed.toString("utf8"));
  const written = await lstat(join(git.repository.gitFolder, "index"), { bigint: true }).catch(
    () => undefined,
  );
  const candidates = parseEntries(entries.toString("utf8")).flatMap((entry) => {
    const id = before.get(entry.path);
    if (id === undefined) return [entry];
    // What was staged may be taken back in the file: then its content is that of the commit.
    return id === "" ? [] : [{ ...entry, id, sizeBytes: -1 }];
  });
  const unchanged = new Set<string>();
  for (let at = 0; at < candidates.length; at += sideBySide) {
    throwIfAborted(signal, "Indexing");
    const some = candidates.slice(at, at + sideBySide);
    const same = await Promise.all(
      some.map((entry) => isAsInIndex(entry, git.repository.folder, written?.mtimeNs ?? 0n)),
    );
    for (const [i, { path }] of some.entries()) {
      if (same[i]) unchanged.add(prefix === "" ? path : path.slice(prefix.length + 1));
    }
  }
  return unchanged;
}

/**
 * What differs between a commit and the index, with the id the commit has; "": it has none of a regular file.
 * Out of "diff-index --raw -z": ":100644 100644 old new M", NUL, path, NUL.
 */
function parseChanges(said: string): Map<string, string> {
  const changes = new Map<string, string>();
  const parts = said.split("\0");
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [mode = "", , id = ""] = (parts[at] as string).slice(1).split(" ");
    changes.set(parts[at + 1] as string, mode.startsWith("100") ? id : "");
  }
  return changes;
}

interface IndexEntry {
  path: string;
  id: string;
  /** Below 0: only the content tells. */
  sizeBytes: number;
  mtimeNs: bigint;
}

/** Regular files without a conflict, out of "ls-files --stage --debug -z". */
function parseEntries(said: string): IndexEntry[] {
  const entries: IndexEntry[] = [];
  // A path ends with NUL; the lines about it stand before the next one.
  const pattern =
    /(100\d{3}) ([0-9a-f]+) 0\t([^\0]+)\0 {2}ctime: [\d:]+\n {2}mtime: (\d+):(\d+)\n {2}dev: [^\n]*\n {2}uid: [^\n]*\n {2}size: (\d+)\t[^\n]*\n/g;
  for (const [, , id = "", path = "", seconds = "", rest = "", size = ""] of said.matchAll(
    pattern,
  )) {
    const mtimeNs = BigInt(seconds) * 1_000_000_000n + BigInt(rest);
    entries.push({ path, id, sizeBytes: Number(size), mtimeNs });
  }
  return entries;
}

/**
 * By size and time, unless the file could have been written after git looked and in the same moment; then, and
 * when they differ, by content.
 */
async function isAsInIndex(
  { path, id, sizeBytes, mtimeNs }: IndexEntry,
  folder: string,
  indexNs: bigint,
): Promise<boolean> {
  const full = join(folder, path);
  const facts = await lstat(full, { bigint: true }).catch(() => undefined);
  if (facts?.isFile() !== true) return false;
  // The index keeps 32 bits of the size.
  const isSize = BigInt.asUintN(32, facts.size) === BigInt(sizeBytes);
  const isSame = isSize && facts.mtimeNs === mtimeNs;
  if (isSame && mtimeNs < indexNs) return true;
  return await hasContent(full, id);
}

/** Whether a file has the content of an object; as it is, or with the line ends that git keeps. */
async function hasContent(path: string, id: string): Promise<boolean> {
  const rules = { mostBytes: mostHashedBytes, links: "refuse" } as const;
  const bytes = await readBounded(path, rules).catch(() => undefined);
  if (bytes === undefined) return false;
  if (blobId(bytes, id.length) === id) return true;
  if (!bytes.includes("\r\n")) return false;
  const plain = Buffer.from(bytes.toString("latin1").replaceAll("\r\n", "\n"), "latin1");
  return blobId(plain, id.length) === id;
}

/** The id git gives a content. */
function blobId(bytes: Buffer, length: number): string {
  const whole = Buffer.concat([Buffer.from(`blob ${bytes.length}\0`), bytes]);
  return hash(length === 64 ? "sha256" : "sha1", whole, "hex");
}

async function textOf(git: GitRoom, ...args: string[]): Promise<string> {
  return (await git.run(...args)).toString("utf8").trim();
}

/** As git names it: from the top of the working tree, with "/"; "" is the top. @throws GitRefusal */
export function pathIn({ folder }: Repository, path: string): string {
  if (!isInside(folder, path)) throw new GitRefusal(`${basename(path)} is not in ${folder}`);
  return toSlashes(relative(folder, path));
}
