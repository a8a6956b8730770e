/*
 * What a name stands for in a repository: a branch, a tag, HEAD. The few files that say so are read here, bounded,
 * and never by git, which would wait for a pipe and follow a link in their place.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readBoundedSync } from "../../base/files/read-file.ts";
import { configValue, firstLine, type Repository } from "../../base/files/repository.ts";

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

/** Objects that a repository may put others in the place of; git reads each of these refs as it starts. */
const mostReplacements = 20_000;

/**
 * The objects of a repository that others stand for (refs/replace), by their ids: as git has it, unless the
 * repository says that it does not want that.
 */
export function replacements(repository: Repository): Map<string, string> {
  const { commonFolder } = repository;
  const found = new Map<string, string>();
  const said = configValue(commonFolder, "core", "usereplacerefs")?.toLowerCase();
  if (said === "false" || said === "no" || said === "off" || said === "0") return found;
  const add = (from: string, to: string | undefined): void => {
    const id = objectId.exec(from)?.[0];
    const isWhole = id === from && to !== undefined && to.length === from.length;
    if (isWhole && found.size < mostReplacements && !found.has(from)) found.set(from, to);
  };
  let names: string[] = [];
  try {
    names = readdirSync(join(commonFolder, replaceFolder));
  } catch {
    // None beside those that are packed.
  }
  for (const name of names) {
    if (found.size >= mostReplacements) break;
    add(name, objectId.exec(firstLine(join(commonFolder, replaceFolder, name)) ?? "")?.[0]);
  }
  const packed = packedRefs(repository);
  const prefix = ` ${replaceFolder}`;
  for (let at = packed?.indexOf(prefix) ?? -1; packed !== undefined && at >= 0; ) {
    const end = packed.indexOf("\n", at);
    const name = packed.subarray(at + prefix.length, end < 0 ? packed.length : end);
    const start = packed.lastIndexOf("\n", at) + 1;
    add(name.toString("latin1"), objectId.exec(packed.toString("latin1", start, at))?.[0]);
    if (found.size >= mostReplacements) break;
    at = packed.indexOf(prefix, at + 1);
  }
  return found;
}

const replaceFolder = "refs/replace/";

/** Refs are kept in a way that is not read here; undefined: they are not. */
export function otherRefStorage({ commonFolder }: Repository): string | undefined {
  const said = configValue(commonFolder, "extensions", "refstorage");
  return said === undefined || said.toLowerCase() === "files" ? undefined : said;
}

function readRef(repository: Repository, name: string, step: number): string | undefined {
  const line = firstLine(join(folderOf(repository, name), name));
  const next = /^ref:\s*(\S+)$/u.exec(line ?? "")?.[1];
  if (next !== undefined) {
    return step < mostSteps && isRefName(next) ? readRef(repository, next, step + 1) : undefined;
  }
  return objectId.exec(line ?? "")?.[0] ?? packedRef(repository, name);
}

function packedRefs({ commonFolder }: Repository): Buffer | undefined {
  try {
    const rules = { mostBytes: mostPackedBytes, links: "refuse" } as const;
    return readBoundedSync(join(commonFolder, "packed-refs"), rules);
  } catch {
    return undefined;
  }
}

function packedRef(repository: Repository, name: string): string | undefined {
  const bytes = name.startsWith("refs/") ? packedRefs(repository) : undefined;
  if (bytes === undefined) return undefined;
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
