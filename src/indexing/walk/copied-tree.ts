/*
 * A worktree that has lost its .git, as an export or an archive of a project leaves it: a folder that by convention
 * holds worktrees, and in it the same files as at the top, every one of them. Leaving it out loses nothing.
 */
import { lstat, readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { readBounded } from "../../base/files/read-file.ts";

const conventional: ReadonlySet<string> = new Set(["worktrees", ".worktrees"]);

/** More are not compared: then it is taken for a folder of its own. */
const mostFiles = 2_000;
const mostBytes = 32 * 1024 * 1024;

/** True for a folder of worktrees' folder whose every file has the same content as that of its place at the root. */
export async function isCopiedTree(folder: string, root: string): Promise<boolean> {
  if (!conventional.has(basename(dirname(folder)))) return false;
  const left = { files: mostFiles, bytes: mostBytes };
  try {
    const isSame = await isSameTree(folder, root, left);
    return isSame && left.files < mostFiles;
  } catch {
    return false;
  }
}

async function isSameTree(
  folder: string,
  other: string,
  left: { files: number; bytes: number },
): Promise<boolean> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const [path, twin] = [join(folder, entry.name), join(other, entry.name)];
    if (entry.isDirectory()) {
      if (!(await isSameTree(path, twin, left))) return false;
      continue;
    }
    if (!entry.isFile()) return false;
    const [own, its] = await Promise.all([lstat(path), lstat(twin)]);
    left.files -= 1;
    left.bytes -= own.size;
    if (left.files < 0 || left.bytes < 0 || !its.isFile() || own.size !== its.size) return false;
    const rules = { mostBytes, links: "refuse" } as const;
    const [a, b] = await Promise.all([readBounded(path, rules), readBounded(twin, rules)]);
    if (!a.equals(b)) return false;
  }
  return true;
}
