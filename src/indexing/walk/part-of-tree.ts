/* A part of a tree, for who has seen the rest: what lies in one folder, what comes after one path. */
import { compareUtf8 } from "./byte-order.ts";

export interface TreePart {
  /** Only what lies in this folder, or is this file; "/" at its end or not. */
  under?: string | undefined;
  /** Only what comes after this path in byte order. */
  after?: string | undefined;
}

/** Whether a file is in the part, or a folder ("a/b/") may hold something that is. */
export function mayHold(part: TreePart | undefined, path: string): boolean {
  if (part === undefined) return true;
  const { under, after } = part;
  if (under !== undefined && under !== "" && !touches(path, under)) return false;
  if (after === undefined) return true;
  return compareUtf8(path, after) > 0 || (path.endsWith("/") && after.startsWith(path));
}

/** The path lies in the folder, is it, or is on the way to it. */
function touches(path: string, under: string): boolean {
  const folder = under.endsWith("/") ? under : `${under}/`;
  const bare = folder.slice(0, -1);
  return (
    path === bare || path.startsWith(folder) || (path.endsWith("/") && folder.startsWith(path))
  );
}
