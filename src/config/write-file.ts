/* Writes a file so that a reader finds the old text or the new one, never a part. */
import { randomBytes } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { fileError } from "../base/errors.ts";

/**
 * Its folder is made when missing; a link is followed; the mode of a file that is there stays.
 * @throws HaypileError HAYPILE_PERMISSION, HAYPILE_DISK_FULL, HAYPILE_IO
 */
export function writeAtomically(path: string, text: string): void {
  let beside = "";
  try {
    mkdirSync(dirname(path), { recursive: true });
    const stats = statSync(path, { throwIfNoEntry: false });
    const target = stats === undefined ? path : realpathSync(path);
    beside = `${target}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`;
    const file = openSync(beside, "wx", stats === undefined ? 0o644 : stats.mode & 0o777);
    try {
      writeAll(file, Buffer.from(text, "utf8"));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, target);
  } catch (error) {
    if (beside !== "") rmSync(beside, { force: true });
    throw fileError(error, `write ${path}`);
  }
}

function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}
