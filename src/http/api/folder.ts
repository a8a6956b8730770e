/* Which folder a call is about. Who shows the token is the user; who does not sees what is indexed, and no more. */
import { isAbsolute, resolve } from "node:path";
import { HaypileError } from "../../base/errors.ts";
import { isInside } from "../../base/files/read-file.ts";
import { realPath } from "../../base/paths/real-path.ts";
import { isNetworkPath } from "../../base/paths/windows-names.ts";
import type { Haypile } from "../../ports/haypile.ts";

/** Characters; no system takes longer paths. */
const longestPath = 32_768;

/**
 * @param isReadOnly nobody showed a token: only folders with an index
 * @throws HaypileError HAYPILE_USAGE for a relative path, HAYPILE_PATH_REFUSED
 */
export async function folderOf(
  haypile: Pick<Haypile, "indexes" | "openFolders">,
  said: unknown,
  isReadOnly: boolean,
): Promise<string> {
  const isPath = typeof said === "string" && said.length <= longestPath && !said.includes("\0");
  if (!isPath || !isAbsolute(said)) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected the absolute path of a folder, but got ${shown(said)}.`,
      { data: { option: "folder" } },
    );
  }
  const folder = resolve(said);
  // A page or a script may have read it anywhere, and to look there is to log in at that machine.
  if (isNetworkPath(folder)) {
    throw new HaypileError(
      "HAYPILE_PATH_REFUSED",
      `${shown(folder)} is on another machine, which is not looked at over HTTP. Map the share to a drive.`,
    );
  }
  if (isReadOnly && !(await isIndexed(haypile, folder))) {
    throw new HaypileError(
      "HAYPILE_PATH_REFUSED",
      `${shown(folder)} is in no index, and this listener has no token: it answers about indexed folders only.`,
    );
  }
  return folder;
}

async function isIndexed(
  haypile: Pick<Haypile, "indexes" | "openFolders">,
  folder: string,
): Promise<boolean> {
  const real = realPath(folder);
  const holds = (root: string | undefined): boolean => root !== undefined && isInside(root, real);
  if ((await haypile.openFolders()).some(holds)) return true;
  return (await haypile.indexes()).some((index) => holds(index.folder));
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 200);
}
