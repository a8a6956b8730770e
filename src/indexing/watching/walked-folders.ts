/*
 * Which folders of a project a walk comes into: those are watched, and no others. The walk itself says so, for all of
 * them at once and for one that is new, so that a rule for files of the index is a rule for watching too.
 */
import { throwIfAborted } from "../../base/abort.ts";
import type { SkipReason } from "../../ports/answers/index-run.ts";
import { SkipLog } from "../walk/skip-log.ts";
import { walkFolder, whySkipped } from "../walk/walk.ts";

/** No file has this name: the walk is asked whether it would come that far. */
const noName = "\0";

/**
 * Every folder that is walked: "" for the root, else with "/" at the end.
 * @param most there may be; with more the walk ends
 * @returns undefined: there are more
 * @throws HaypileError HAYPILE_ABORTED, and those of resolveRoot() for the root
 */
export async function walkedFolders(
  root: string,
  most: number,
  signal?: AbortSignal,
): Promise<Set<string> | undefined> {
  const folders = new Set<string>();
  const onFolder = (path: string): void => void folders.add(path);
  for await (const _file of walkFolder(root, { skips: new SkipLog(), signal, onFolder })) {
    throwIfAborted(signal, "Watching");
    if (folders.size > most) return undefined;
  }
  return folders.size > most ? undefined : folders;
}

/**
 * Whether a walk of the root would come into a folder.
 * @param root from resolveRoot()
 * @param folder relative to it, with "/" at the end
 */
export async function isWalked(root: string, folder: string): Promise<boolean> {
  const reason = await whySkipped(root, `${folder}${noName}`).catch(() => "unreadable");
  return reason === "vanished";
}

/** Reasons that lie in a name and in rules: what changes in such a file is no change of the index. */
const byName: ReadonlySet<SkipReason> = new Set([
  "ignored-by-git",
  "ignored-by-haypile",
  "hidden",
  "vendored",
  "build-output",
  "binary",
  "generated",
  "translation",
  "secret",
  "worktree",
]);

/** The paths without those that a walk passes over whatever is in them. @param root from resolveRoot() */
export async function withoutLeftOut(root: string, paths: readonly string[]): Promise<string[]> {
  const kept: string[] = [];
  for (const path of paths) {
    const reason = await whySkipped(root, path).catch(() => undefined);
    if (reason === undefined || !byName.has(reason)) kept.push(path);
  }
  return kept;
}
