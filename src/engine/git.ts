/* Asks git which files changed: since a commit, and of late. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { HaypileError } from "../base/errors.ts";

const run = promisify(execFile);
const mostOutput = 256 * 1024 * 1024;

/**
 * Paths below `root` that changed since a commit or are not tracked, with "/".
 *
 * @throws HaypileError HAYPILE_USAGE when there is no git, no repository, or no such commit
 */
export async function changedSince(root: string, commit: string): Promise<Set<string>> {
  if (commit === "" || commit.startsWith("-")) throw failed(commit, "it is no name of a commit");
  const git = async (...args: string[]): Promise<string[]> => {
    try {
      const { stdout } = await run("git", ["-C", root, ...args], { maxBuffer: mostOutput });
      return stdout.split("\0").filter((path) => path !== "");
    } catch (error) {
      const said = (error as { stderr?: string }).stderr?.trim().split("\n")[0];
      throw failed(commit, said || (error as Error).message);
    }
  };
  const changed = await git(
    "diff",
    "--name-only",
    "-z",
    "--relative",
    "--no-renames",
    commit,
    "--",
  );
  const untracked = await git("ls-files", "--others", "--exclude-standard", "-z");
  return new Set([...changed, ...untracked]);
}

/**
 * Paths that changed in the last days before the newest commit, or are not committed yet.
 *
 * @returns undefined where git cannot tell: no git, no repository, or no commit that is older
 */
export async function changedLately(root: string, days: number): Promise<Set<string> | undefined> {
  const ask = async (...args: string[]): Promise<string> =>
    (await run("git", ["-C", root, ...args])).stdout.trim();
  try {
    const newest = Number(await ask("log", "-1", "--format=%ct"));
    const before = await ask("rev-list", "-1", `--before=${newest - days * 24 * 3600}`, "HEAD");
    return before === "" ? undefined : await changedSince(root, before);
  } catch {
    return undefined;
  }
}

function failed(commit: string, reason: string): HaypileError {
  return new HaypileError(
    "HAYPILE_USAGE",
    `Expected a commit that git knows here, but "${commit}" could not be compared: ${reason}. Leave --since out to look at every file.`,
    { data: { commit } },
  );
}

/** The last commit that changed a file; undefined without git, or when the file differs from it. */
export async function lastCommitOf(
  folder: string,
  name: string,
): Promise<{ commit: string; at: number } | undefined> {
  const ask = async (...args: string[]): Promise<string> =>
    (
      await run("git", ["-C", folder, ...args, "--", name], { maxBuffer: mostOutput })
    ).stdout.trim();
  try {
    const said = await ask("log", "-1", "--format=%h %ct");
    if (said === "" || (await ask("status", "--porcelain")) !== "") return undefined;
    const [commit = "", seconds = ""] = said.split(" ");
    return { commit, at: Number(seconds) * 1_000 };
  } catch {
    return undefined;
  }
}
