/*
 * Where something came from that its own file did not have before: the file under another name, or another file that
 * the same commit took it out of. What still stands there was copied, and is no move.
 */
import { isSecretPath } from "../../../base/paths/secret-paths.ts";
import { languageOf } from "../../../indexing/read/language.ts";
import type { Definition } from "../../../ports/syntax.ts";
import type { GitRoom } from "../../git/room.ts";
import {
  fullNameOf,
  isRenamed,
  isSameBody,
  likeness,
  tellingLines,
  type Version,
} from "./bodies.ts";
import { type Blob, blobOf } from "./file-log.ts";
import { alikeFrom, isSameKind, pairDefinitions } from "./pairs.ts";
import { type Part, partOf } from "./tracked.ts";
import type { Versions } from "./versions.ts";

/** A file that differs between two commits. */
export interface FileMove {
  /** "" for a file that came. */
  oldPath: string;
  old: Blob;
  /** "" for one that went. */
  newPath: string;
  now: Blob;
  isRenamed: boolean;
}

/** Files of a commit that are looked at for one definition. */
const mostFiles = 400;
/** Files that came and went, above which git does not look for renames that were changed too. */
const mostRenames = 1_000;

/** What differs between two commits, files that were renamed as one. @throws GitRefusal */
export async function movesBetween(
  git: GitRoom,
  from: string,
  to: string,
  ...below: string[]
): Promise<FileMove[]> {
  const how = ["-r", "-z", "--raw", "--no-abbrev", "-M", `-l${mostRenames}`, "--no-ext-diff"];
  const said = await git.run("diff-tree", ...how, from, to, "--", ...below);
  return movesIn(said.toString("utf8").split("\0"));
}

/** Out of ":100644 100644 old new R090", path before, path after. */
export function movesIn(parts: readonly string[]): FileMove[] {
  const moves: FileMove[] = [];
  for (let at = 0; at + 1 < parts.length; ) {
    const [mode = "", newMode = "", id = "", newId = "", status = ""] = (parts[at] ?? "")
      .replace(/^\n?:/u, "")
      .split(" ");
    const path = parts[at + 1] ?? "";
    const isRenamed = /^[RC]/u.test(status);
    const newPath = isRenamed ? (parts[at + 2] ?? "") : path;
    const old = blobOf(mode, id);
    const now = blobOf(newMode, newId);
    moves.push({
      oldPath: old.kind === "none" ? "" : path,
      old,
      newPath: now.kind === "none" ? "" : newPath,
      now,
      isRenamed,
    });
    at += isRenamed ? 3 : 2;
  }
  return moves;
}

/** Where a definition stood before a commit that brought it into its file. @throws GitRefusal */
export async function cameFrom(
  versions: Versions,
  moves: readonly FileMove[],
  { version: now, definition: one }: Part & { definition: Definition },
): Promise<Part | undefined> {
  const renamed = moves.find(({ newPath, isRenamed }) => isRenamed && newPath === now.path);
  if (renamed !== undefined && !isSecretPath(renamed.oldPath)) {
    const old = await versions.of(renamed.oldPath, renamed.old);
    const then = pairDefinitions(old, now).get(one);
    if (then !== undefined) return partOf(old, then);
  }
  const others = moves.filter(
    ({ oldPath, old }) =>
      oldPath !== now.path &&
      old.kind === "file" &&
      languageOf(oldPath) === now.language &&
      !isSecretPath(oldPath),
  );
  const own = tellingLines(now, one);
  let best: { part: Part; score: number } | undefined;
  for (const move of others.slice(0, mostFiles)) {
    const whole = await versions.of(move.oldPath, move.old, true);
    if (!whole.lines.some((line) => line.includes(one.name)) && own.length < 3) continue;
    const old = await versions.of(move.oldPath, move.old);
    for (const then of old.definitions ?? []) {
      const score = scoreOf(old, then, now, one, own);
      if (score <= (best?.score ?? 0)) continue;
      if (await isStillThere(versions, move, old, then)) continue;
      best = { part: partOf(old, then), score };
    }
    if (best !== undefined && best.score >= 3) break;
  }
  return best?.part;
}

/** 0: another definition. 3: the same under the same name; 2: under another; 1 to 2: alike under the same name. */
function scoreOf(
  old: Version,
  then: Definition,
  now: Version,
  one: Definition,
  own: readonly string[],
): number {
  if (!isSameKind(then.kind, one.kind)) return 0;
  if (then.name !== one.name) return isRenamed(tellingLines(old, then), own) ? 2 : 0;
  if (isSameBody(old, then, now, one)) return fullNameOf(then) === fullNameOf(one) ? 3 : 2.5;
  const score = likeness(tellingLines(old, then), own);
  return score >= alikeFrom ? 1 + score : 0;
}

async function isStillThere(
  versions: Versions,
  { newPath, now }: FileMove,
  old: Version,
  then: Definition,
): Promise<boolean> {
  if (now.kind !== "file") return false;
  const after = await versions.of(newPath, now);
  if (after.definitions === undefined) return true;
  return [...pairDefinitions(old, after).values()].includes(then);
}
