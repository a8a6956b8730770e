/*
 * Whether what git opens of a repository's objects can be waited for. Git reads packs, graphs and lists of other
 * folders by itself and takes whatever lies there for a file: a pipe holds it up, a device has no end. Only names
 * and kinds are looked at; a list of other folders is read, since git goes on to each of them.
 */
import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { readBounded } from "../../base/files/read-file.ts";
import { leavesMachine } from "../../base/paths/windows-names.ts";

/** Git follows alternates of alternates so far. */
const mostDepth = 6;
const mostFolders = 64;
/** Of one repository; where there are more, git's time limit is what is left. */
const mostEntries = 500_000;
const mostListBytes = 1_000_000;
/** "info/commit-graphs", "pack/multi-pack-index.d": no deeper. */
const mostLevels = 2;

/** How much of one question was looked at. */
interface Looked {
  folders: Set<string>;
  entries: number;
}

/**
 * What of a folder of objects, and of those it names as alternates, is no regular file; undefined: nothing.
 * @param objects absolute
 */
export async function oddObjectFile(objects: string): Promise<string | undefined> {
  return await oddIn(objects, 0, { folders: new Set(), entries: 0 });
}

async function oddIn(objects: string, depth: number, looked: Looked): Promise<string | undefined> {
  if (looked.folders.has(objects) || depth > mostDepth) return undefined;
  // More than anybody has: git would go on to each, so the rest may not be left unseen.
  if (looked.folders.size >= mostFolders) return join(objects, "info", "alternates");
  looked.folders.add(objects);
  for (const name of ["info", "pack"]) {
    const odd = await oddBelow(join(objects, name), mostLevels, looked);
    if (odd !== undefined) return odd;
  }
  for (const { name } of await entriesOf(objects)) {
    if (!/^[0-9a-f]{2}$/u.test(name)) continue;
    const odd = await oddBelow(join(objects, name), 0, looked);
    if (odd !== undefined) return odd;
  }
  const list = join(objects, "info", "alternates");
  for (const other of await alternatesIn(list, objects)) {
    const odd = other === undefined ? list : await oddIn(other, depth + 1, looked);
    if (odd !== undefined) return odd;
  }
  return undefined;
}

async function oddBelow(
  folder: string,
  levels: number,
  looked: Looked,
): Promise<string | undefined> {
  if (looked.entries > mostEntries) return undefined;
  const entries = await entriesOf(folder);
  looked.entries += entries.length;
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isFile()) continue;
    if (!entry.isDirectory()) return path;
    const odd = levels === 0 ? undefined : await oddBelow(path, levels - 1, looked);
    if (odd !== undefined) return odd;
  }
  return undefined;
}

/** Kinds come with the names: no file is opened. */
async function entriesOf(folder: string): Promise<Dirent[]> {
  return await readdir(folder, { withFileTypes: true }).catch(() => []);
}

/** The folders that a list names; undefined for one that cannot be told. */
async function alternatesIn(list: string, objects: string): Promise<(string | undefined)[]> {
  let text: string;
  try {
    const bytes = await readBounded(list, { mostBytes: mostListBytes, links: "refuse" });
    text = bytes.toString("utf8");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? [] : [undefined];
  }
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return lines.map((line) => {
    const path = line.startsWith('"') ? unquoted(line) : line;
    const other = path === undefined || path.includes("\0") ? undefined : resolve(objects, path);
    // Git would log in at another machine for it.
    return other !== undefined && leavesMachine(objects, other) ? undefined : other;
  });
}

/** Git quotes a path with odd characters as C does; of that, what JSON says too. */
function unquoted(line: string): string | undefined {
  try {
    return JSON.parse(line) as string;
  } catch {
    return undefined;
  }
}
