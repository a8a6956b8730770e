/* Folders of the server's machine that a client may ask about: only those it was given, and by the index of just that folder. */
import { isAbsolute, resolve } from "node:path";
import { isInside } from "../../../base/files/read-file.ts";
import { realPath } from "../../../base/paths/real-path.ts";
import { isNetworkPath } from "../../../base/paths/windows-names.ts";
import type { Rights } from "./rights.ts";

const longestPath = 4_096;

/** The folder of the client's that a path lies in, the innermost; undefined: in none. */
export function insideAllowed({ folders }: Rights, path: unknown): string | undefined {
  if (folders.length === 0 || typeof path !== "string" || path.length > longestPath)
    return undefined;
  if (!isAbsolute(path) || path.includes("\0") || isNetworkPath(path)) return undefined;
  const real = realPath(resolve(path));
  return [...folders]
    .filter((folder) => isInside(folder, real))
    .sort((a, b) => b.length - a.length)
    .at(0);
}
