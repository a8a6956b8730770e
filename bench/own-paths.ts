/*
 * Rows of results go into the repository, so they say nothing of the machine's folders: a path below the
 * repository is written from there, any other absolute path by its last name alone.
 */
import { homedir, tmpdir } from "node:os";
import { basename, isAbsolute, relative, sep } from "node:path";

/** What stands before the last name of a path that is not in the repository. */
export const elsewhere = "elsewhere";

/**
 * "/a/b", "~/a", "C:\a", "file:///a" and what leaves the repository ("../a"), where they begin a word; a "/" inside
 * a word (int8/fp32) is none.
 */
const absolutePath =
  /(?<![\w.~/\\:-])(?:file:\/\/)?(?:[A-Za-z]:[\\/]|~\/|\.\.\/|\/(?=[^\s/"'`,;)]))[^\s"'`,;)]*/g;

/** The same value with every path of this machine made relative, in keys too. */
export function withoutOwnPaths<T>(value: T, repository: string): T {
  return walk(value, repository) as T;
}

function walk(value: unknown, repository: string): unknown {
  if (typeof value === "string") return clean(value, repository);
  if (Array.isArray(value)) return value.map((one) => walk(one, repository));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [clean(key, repository), walk(one, repository)]),
  );
}

function clean(text: string, repository: string): string {
  // A path as a whole may hold spaces; inside a sentence it ends at one.
  if (isAbsolute(text) && !text.includes("\n")) return fromRepository(text, repository);
  return text
    .replaceAll(repository, ".")
    .replace(absolutePath, (found) => fromRepository(found.replace(/^file:\/\//, ""), repository));
}

function fromRepository(path: string, repository: string): string {
  const below = relative(repository, path);
  if (below === "") return ".";
  // The path of another system is no path here, and so would seem to lie in the repository.
  const isForeign = /^(?:[A-Za-z]:[\\/]|~\/)/.test(path) && !isAbsolute(path);
  const isInside = !isForeign && !below.startsWith("..") && !isAbsolute(below);
  if (isInside) return below.split(sep).join("/");
  const name = basename(path.replaceAll("\\", "/"));
  return name === "" ? elsewhere : `${elsewhere}/${name}`;
}

/** Absolute paths in a text, for the check of what was written. */
export function ownPathsIn(text: string): string[] {
  const named = [homedir(), tmpdir()].filter(
    (folder) => folder.length > 1 && text.includes(folder),
  );
  return [...(text.match(absolutePath) ?? []), ...named];
}
