/* Plain git for tests that make a history, or ask one by themselves. */
import { execFileSync } from "node:child_process";

/** Runs git in a folder and gives what it wrote, without the last end of line. */
export function gitIn(folder: string, time?: string): (...args: string[]) => string {
  const at = time === undefined ? {} : { GIT_AUTHOR_DATE: time, GIT_COMMITTER_DATE: time };
  const who = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
  return (...args) =>
    execFileSync("git", [...who, "-c", "protocol.file.allow=always", "-C", folder, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...at },
      maxBuffer: 256 * 1024 * 1024,
    }).trimEnd();
}

/** Bytes of a file at a commit. */
export function shownBytes(folder: string, object: string): Buffer {
  return execFileSync("git", ["-C", folder, "show", object], {
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 256 * 1024 * 1024,
  });
}

/** Commits everything. @returns the id */
export function commitAll(root: string, time: string, message = time): string {
  const git = gitIn(root, time);
  git("add", "-A");
  git("commit", "-q", "--allow-empty", "-m", message);
  return git("rev-parse", "HEAD");
}
