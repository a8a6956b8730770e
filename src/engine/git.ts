/* Asks git which files differ from a commit. */
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

function failed(commit: string, reason: string): HaypileError {
  return new HaypileError(
    "HAYPILE_USAGE",
    `Expected a commit that git knows here, but "${commit}" could not be compared: ${reason}. Leave --since out to look at every file.`,
    { data: { commit } },
  );
}
