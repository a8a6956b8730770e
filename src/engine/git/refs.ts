/*
 * What a name stands for in a repository: a branch, a tag, HEAD. The few files that say so are read here, bounded,
 * and never by git, which would wait for a pipe and follow a link in their place.
 */
import { join } from "node:path";
import { readBoundedSync } from "../../base/files/read-file.ts";
import { firstLine, type Repository } from "../../base/files/repository.ts";

/** A commit, or a tag that leads to one, by the name it was found under. */
export interface FoundRef {
  /** "HEAD", "refs/heads/main". */
  name: string;
  id: string;
}

/** A repository with a million branches has 70 MB of them. */
const mostPackedBytes = 256_000_000;
const mostLogBytes = 64_000_000;
/** HEAD names a branch; more steps are a circle. */
const mostSteps = 5;

const objectId = /^(?:[0-9a-f]{40}|[0-9a-f]{64})\b/u;

/** Where a short name is looked for, in git's order. */
const places = [
  "",
  "refs/",
  "refs/tags/",
  "refs/heads/",
  "refs/remotes/",
  (name: string) => `refs/remotes/${name}/HEAD`,
] as const;

/** What a name like "main", "v1.2" or "HEAD" stands for; undefined: it is none here. */
export function findRef(repository: Repository, name: string): FoundRef | undefined {
  for (const place of places) {
    const full = typeof place === "string" ? place + name : place(name);
    if (!isRefName(full)) continue;
    const id = readRef(repository, full, 0);
    if (id !== undefined) return { name: full, id };
  }
  return undefined;
}

/** What a ref was before, oldest first, as git keeps it; undefined: it is not kept. */
export function refLog(repository: Repository, name: string): Buffer | undefined {
  const path = join(folderOf(repository, name), "logs", name);
  try {
    return readBoundedSync(path, { mostBytes: mostLogBytes, links: "refuse" });
  } catch {
    return undefined;
  }
}

function readRef(repository: Repository, name: string, step: number): string | undefined {
  const line = firstLine(join(folderOf(repository, name), name));
  const next = /^ref:\s*(\S+)$/u.exec(line ?? "")?.[1];
  if (next !== undefined) {
    return step < mostSteps && isRefName(next) ? readRef(repository, next, step + 1) : undefined;
  }
  return objectId.exec(line ?? "")?.[0] ?? packedRef(repository, name);
}

function packedRef({ commonFolder }: Repository, name: string): string | undefined {
  if (!name.startsWith("refs/")) return undefined;
  let bytes: Buffer;
  try {
    const rules = { mostBytes: mostPackedBytes, links: "refuse" } as const;
    bytes = readBoundedSync(join(commonFolder, "packed-refs"), rules);
  } catch {
    return undefined;
  }
  const at = bytes.indexOf(` ${name}\n`);
  if (at < 0) return undefined;
  const start = bytes.lastIndexOf("\n", at) + 1;
  return objectId.exec(bytes.subarray(start, at).toString("latin1"))?.[0];
}

/** HEAD and a few others belong to one working tree. */
function folderOf({ gitFolder, commonFolder }: Repository, name: string): string {
  const isOwn = !name.startsWith("refs/") || /^refs\/(?:worktree|bisect|rewritten)\//u.test(name);
  return isOwn ? gitFolder : commonFolder;
}

/** Stays in its folder: no way up, no sign that git does not allow. */
function isRefName(name: string): boolean {
  if (!name.startsWith("refs/") && !/^[A-Z][A-Z_]*$/u.test(name)) return false;
  if (name.length > 1_000 || name.endsWith("/") || name.endsWith(".lock")) return false;
  return !/\.\.|\/\/|\/\.|[\0-\x20\x7f~^:?*[\\]/u.test(name);
}
