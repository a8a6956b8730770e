/* Which repository and commit an exported index is of, and whether that is the one here. */
import { join } from "node:path";
import { throwIfAborted } from "../../base/abort.ts";
import { firstLine } from "../../base/files/repository.ts";
import { inRepository, pathIn } from "../git/git.ts";
import { type GitLimits, GitRefusal } from "../git/process.ts";
import type { GitRoom } from "../git/room.ts";
import { type Manifest, mostRoots } from "./manifest.ts";

export type Provenance = Pick<Manifest, "tree" | "folder" | "roots">;

/** @param folder in the working tree, absolute @throws GitRefusal */
export async function provenanceOf(
  git: GitRoom,
  folder: string,
  commit: string,
): Promise<Provenance> {
  const prefix = pathIn(git.repository, folder);
  const tree = await git.run("rev-parse", "--verify", `${commit}:${prefix}`);
  const roots = await rootsOf(git, commit);
  return { tree: tree.toString("latin1").trim(), folder: prefix, roots };
}

/**
 * "same": it has the commit, or begins with one of its first commits; "other": it begins with none of them; "unknown":
 * there is no repository here, or not all of its history.
 */
export async function compareRepository(
  folder: string,
  { commit, roots }: Pick<Manifest, "commit" | "roots">,
  limits: GitLimits,
): Promise<"same" | "other" | "unknown"> {
  try {
    return await inRepository(folder, limits, async (git) => {
      if (await hasCommit(git, commit)) return "same";
      const head = await git.commit("HEAD");
      const own = await rootsOf(git, head);
      if (own === undefined || roots === undefined) return "unknown";
      return own.some((root) => roots.includes(root)) ? "same" : "other";
    });
  } catch (error) {
    throwIfAborted(limits.signal, "The import");
    if (error instanceof GitRefusal) return "unknown";
    throw error;
  }
}

async function hasCommit(git: GitRoom, commit: string): Promise<boolean> {
  return await git.commit(commit).then(
    (id) => id === commit,
    () => false,
  );
}

/** First commits of a history, sorted; undefined where it is cut short here, or has very many. */
async function rootsOf(git: GitRoom, commit: string): Promise<string[] | undefined> {
  if (firstLine(join(git.repository.commonFolder, "shallow")) !== undefined) return undefined;
  const said = await git.run("rev-list", "--max-parents=0", commit, "--");
  const roots = said.toString("latin1").split("\n").filter(Boolean).sort();
  return roots.length > mostRoots ? undefined : roots;
}
