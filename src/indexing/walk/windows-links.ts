/*
 * Links and junctions on Windows. A project may bring one that leads to another machine, and to follow it is to log in
 * there: so a link is told by what it says itself. Other things look like links to a listing and are none, as files
 * that a cloud keeps or a server stores once.
 */
import { type Dirent, type Stats, statSync } from "node:fs";
import { lstat, readdir, readlink } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { isInside } from "../../base/files/read-file.ts";
import type { SkipReason } from "../../ports/answers/index-run.ts";

export const isWindows = process.platform === "win32";

/** A folder's entries, each with what it really is. @throws the error of the file system */
export async function entriesOf(folder: string): Promise<Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  if (!isWindows) return entries;
  return await Promise.all(
    entries.map(async (entry) => {
      if (!entry.isSymbolicLink()) return entry;
      const facts = await lstat(join(folder, entry.name)).catch(() => undefined);
      return facts === undefined || facts.isSymbolicLink() ? entry : asEntry(entry, facts);
    }),
  );
}

/** What a link leads to, as far as that can be told inside the project. @throws the error of the file system */
export async function kindBySaid(path: string, root: string): Promise<SkipReason> {
  const target = resolve(dirname(path), await readlink(path));
  if (!isInside(root, target)) return "link-to-outside";
  let at = root;
  for (const step of relative(root, target).split(sep)) {
    at = join(at, step);
    // Another link on its way is not followed either.
    if ((await lstat(at)).isSymbolicLink()) return "link-to-outside";
  }
  return statSync(at).isDirectory() ? "link-to-folder" : "link-to-file";
}

function asEntry(entry: Dirent, facts: Stats): Dirent {
  return Object.assign(Object.create(entry) as Dirent, {
    isFile: () => facts.isFile(),
    isDirectory: () => facts.isDirectory(),
    isSymbolicLink: () => false,
  });
}
