/* Files that somebody names, judged as a walk of their folder would judge them; nothing else is looked at. */
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import type { Plan } from "./plan.ts";
import { compareUtf8 } from "./walk/byte-order.ts";
import { type WalkedFile, whySkipped } from "./walk/walk.ts";

/**
 * Those of the files that a walk of the folder would give, in the order of their paths.
 * @param root from resolveRoot()
 * @param plan what cannot be read is kept in it
 */
export async function* walkThese(
  root: string,
  paths: readonly string[],
  maxFileBytes: number,
  plan: Pick<Plan, "keep">,
): AsyncGenerator<WalkedFile> {
  for (const path of [...new Set(paths)].sort(compareUtf8)) {
    const skipped = await whySkipped(root, path, maxFileBytes);
    if (skipped === "unreadable") plan.keep(path);
    if (skipped !== undefined) continue;
    const absolutePath = join(root, ...path.split("/"));
    const facts = await lstat(absolutePath).catch(() => undefined);
    if (facts?.isFile() !== true) continue;
    const { size: sizeBytes, mtimeMs, ctimeMs, ino: inode } = facts;
    yield { path, absolutePath, sizeBytes, mtimeMs, ctimeMs, inode };
  }
}
