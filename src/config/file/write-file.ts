/* Writes a file so that a reader finds the old text or the new one, never a part. */

import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  type Stats,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { fileError } from "../../base/errors.ts";
import { removeFile, replaceFile } from "../../base/files/patient.ts";
import { makePrivateFolder, openPrivate } from "../../base/files/private-files.ts";
import { realPathSync } from "../../base/paths/real-path.ts";
import { randomDigits } from "../../base/text/sha256.ts";

/**
 * Whose file it is: "ours" is private whatever it was; "theirs", of another program of this user, keeps its mode
 * and is private when it is new; "project", shared by all who work there, keeps its mode and follows the umask.
 */
export type FileOwner = "ours" | "theirs" | "project";

/**
 * Its folder is made when missing; a link is followed.
 * @throws HaypileError HAYPILE_PERMISSION, HAYPILE_DISK_FULL, HAYPILE_IO
 */
export function writeAtomically(path: string, text: string, owner: FileOwner = "ours"): void {
  let beside = "";
  try {
    if (owner === "project") mkdirSync(dirname(path), { recursive: true });
    else makePrivateFolder(dirname(path));
    const before = statSync(path, { throwIfNoEntry: false });
    const target = before === undefined ? path : realPathSync(path);
    beside = `${target}.${process.pid}-${randomDigits()}.tmp`;
    const isFresh = before === undefined;
    const file =
      owner === "project" && isFresh ? openSync(beside, "wx") : openPrivate(beside, "wx");
    try {
      writeAll(file, Buffer.from(text, "utf8"));
      if (before !== undefined && owner !== "ours") takeAfter(file, before);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    replaceFile(beside, target);
  } catch (error) {
    if (beside !== "") removeFile(beside);
    throw fileError(error, `write ${path}`);
  }
}

/** The file that takes another's place is its owner's and has its mode. */
function takeAfter(file: number, { uid, gid, mode }: Stats): void {
  const own = fstatSync(file);
  if (own.uid !== uid || own.gid !== gid) {
    try {
      fchownSync(file, uid, gid);
    } catch {
      // Only the administrator may; then it is this user's from now on.
    }
  }
  fchmodSync(file, mode & 0o777);
}

function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}
