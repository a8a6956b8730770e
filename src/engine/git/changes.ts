/* Which files of a folder differ from a commit, and what they were in it. */
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { throwIfAborted } from "../../base/abort.ts";
import { HaypileError } from "../../base/errors.ts";
import { inRepository, pathIn, unchangedIn } from "./git.ts";
import { type GitLimits, GitRefusal, type GitRoom } from "./room.ts";

/** A file that differs from the commit, or that the commit does not have. */
export interface ChangedSince {
  /** Relative to the folder, with "/". */
  path: string;
  /** What the commit has there; undefined: nothing, or something above the limit. */
  before: Buffer | undefined;
  /** The commit has a file there. */
  wasThere: boolean;
  isThere: boolean;
}

export interface Changes {
  /** Id of the commit. */
  commit: string;
  files: ChangedSince[];
  /** Files above the limit of what one question compares. */
  leftOut: number;
}

/** Objects that one git gives out, and what all of them may be together. */
const objectsAtOnce = 100;
const mostBytes = 64 * 1024 * 1024;
/** Larger files are not taken apart into definitions. */
const mostFileBytes = 1024 * 1024;
const mostFiles = 2000;

interface TreeEntry {
  path: string;
  id: string;
  sizeBytes: number;
}

/**
 * @param present files of the folder that are looked at, relative to it: those that the commit does not have were added
 * @throws HaypileError HAYPILE_USAGE when there is no git, no repository, or no such commit; HAYPILE_ABORTED
 */
export async function changesSince(
  root: string,
  commit: string,
  present: ReadonlySet<string>,
  limits: GitLimits = {},
): Promise<Changes> {
  try {
    return await inRepository(root, limits, async (git) => {
      const id = await git.commit(commit);
      const [entries, unchanged] = await Promise.all([
        treeOf(git, root, id),
        unchangedIn(git, root, id, limits),
      ]);
      const known = new Map(entries.map((entry) => [entry.path, entry]));
      const differing = entries.filter(({ path }) => !unchanged.has(path));
      const added = [...present].filter((path) => !known.has(path));
      const paths = [...differing.map(({ path }) => path), ...added].sort();
      const kept = paths.slice(0, mostFiles);
      const wanted = kept.flatMap((path) => known.get(path) ?? []);
      const texts = await contentsOf(git, wanted);
      const files: ChangedSince[] = [];
      for (const path of kept) {
        // What the walk passes over may be there all the same.
        const isThere = present.has(path) || (await isFile(join(root, path)));
        files.push({ path, before: texts.get(path), wasThere: known.has(path), isThere });
      }
      return { commit: id, files, leftOut: paths.length - kept.length };
    });
  } catch (error) {
    throwIfAborted(limits.signal, "The question");
    if (!(error instanceof GitRefusal)) throw error;
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected a commit that git knows here, but "${commit}" could not be compared: ${error.message}. Name definitions in its place.`,
      { data: { commit }, cause: error },
    );
  }
}

async function isFile(path: string): Promise<boolean> {
  const facts = await lstat(path).catch(() => undefined);
  return facts?.isFile() === true;
}

/** The regular files of a commit below the folder, out of "ls-tree -r -l -z". */
async function treeOf(git: GitRoom, root: string, commit: string): Promise<TreeEntry[]> {
  const prefix = pathIn(git.repository, root);
  const below = prefix === "" ? [] : [prefix];
  const said = await git.run("ls-tree", "-r", "-l", "-z", "--full-tree", commit, "--", ...below);
  const entries: TreeEntry[] = [];
  for (const line of said.toString("utf8").split("\0")) {
    const [, id, size, path] = /^100\d{3} blob ([0-9a-f]+)\s+(\d+)\t(.+)$/su.exec(line) ?? [];
    if (id === undefined || path === undefined) continue;
    const own = prefix === "" ? path : path.slice(prefix.length + 1);
    entries.push({ path: own, id, sizeBytes: Number(size) });
  }
  return entries;
}

/** What the files had; git writes objects one behind the other, and their sizes part them. */
async function contentsOf(
  git: GitRoom,
  entries: readonly TreeEntry[],
): Promise<Map<string, Buffer>> {
  const contents = new Map<string, Buffer>();
  let left = mostBytes;
  const wanted = entries.filter(({ sizeBytes }) => {
    if (sizeBytes > mostFileBytes || sizeBytes > left) return false;
    left -= sizeBytes;
    return true;
  });
  for (let at = 0; at < wanted.length; at += objectsAtOnce) {
    const some = wanted.slice(at, at + objectsAtOnce);
    const said = await git.run("show", "--no-textconv", ...some.map(({ id }) => id));
    let from = 0;
    for (const { path, sizeBytes } of some) {
      contents.set(path, said.subarray(from, from + sizeBytes));
      from += sizeBytes;
    }
    if (from !== said.length)
      throw new GitRefusal("git's answer has another length than its objects");
  }
  return contents;
}
