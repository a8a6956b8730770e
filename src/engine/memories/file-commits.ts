/* The commits that touched one file, with the blobs before and after, as "git log --raw" gives them. */
import type { GitRoom } from "../git/room.ts";

export interface FileCommit {
  id: string;
  short: string;
  /** Milliseconds since 1970. */
  at: number;
  author: string;
  subject: string;
  /** Blobs of the file in its parents, by short ids; undefined: it was not there. */
  before: (string | undefined)[];
  /** After it; undefined: the commit took it away. */
  now: string | undefined;
}

/** Characters of an author or subject that are shown. */
const longestShown = 200;

/**
 * Newest first, merges only where they have it otherwise than all their parents.
 * @param range what stands beside the tip: "^START", "--since=SECONDS"
 * @param path as git names it
 * @throws GitRefusal
 */
export async function logOf(
  git: GitRoom,
  tip: string,
  range: readonly string[],
  path: string,
  most: number,
): Promise<FileCommit[]> {
  const format = "--format=%H%x00%h%x00%ct%x00%an%x00%s";
  const how = ["-z", "--raw", "--no-renames", "-c", `--max-count=${most}`];
  const said = await git.run("log", ...how, format, tip, ...range, "--", path);
  const tokens = said.toString("utf8").split("\0");
  const commits: FileCommit[] = [];
  for (let at = 0; at + 4 < tokens.length; ) {
    const [id = "", short = "", seconds = "", author = "", subject = ""] = tokens.slice(at, at + 5);
    at += 5;
    while (tokens[at] === "") at += 1;
    const change = /^\n?(:[^\n]+)$/u.exec(tokens[at] ?? "")?.[1];
    // A merge that has it as one of its parents says no more.
    if (change === undefined) continue;
    at += 2;
    commits.push({
      ...{ id: id.trim(), short, at: Number(seconds) * 1_000 },
      ...{ author: shown(author), subject: shown(subject), ...blobsOf(change) },
    });
  }
  return commits;
}

/**
 * ":100644 100644 OLD NEW M", or for a merge as many colons as it has parents, with a mode and a blob of each and then
 * its own. What is no regular file is as good as none.
 */
function blobsOf(change: string): { before: (string | undefined)[]; now: string | undefined } {
  const parents = /^:+/u.exec(change)?.[0].length ?? 1;
  const words = change.slice(parents).split(" ");
  const blobs = Array.from({ length: parents + 1 }, (_, at) => {
    const isFile = (words[at] ?? "").startsWith("100");
    return isFile ? words[parents + 1 + at] : undefined;
  });
  return { before: blobs.slice(0, parents), now: blobs[parents] };
}

/** Renames out of "diff-tree --raw -z": ":modes ids R100", NUL, path, NUL, new path, NUL. */
export function changesIn(said: Buffer): { path: string; to: string }[] {
  const tokens = said.toString("utf8").split("\0");
  const found: { path: string; to: string }[] = [];
  for (let at = 0; at + 2 < tokens.length; at += 3) {
    const [head = "", path = "", to = ""] = tokens.slice(at, at + 3);
    if (head.startsWith(":")) found.push({ path, to });
  }
  return found;
}

function shown(text: string): string {
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
}
