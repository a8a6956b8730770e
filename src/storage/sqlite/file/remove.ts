import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileError, HaypileError } from "../../../base/errors.ts";
import { removeFile, removeTree } from "../../../base/files/patient.ts";
import type { RemovedFile } from "../../../ports/answers/index-facts.ts";
import { databaseBytes } from "./database-bytes.ts";
import { acquireIndexLock, type IndexLock } from "./lock.ts";

/** What may lie beside a database: SQLite's own files, and a copy that was being made smaller. */
const besides = ["-wal", "-shm", "-journal"];
const copies = [".compact", ".compact-wal", ".compact-shm", ".compact-journal"];
const locks = [".bits.lock", ".next.lock-journal", ".next.lock", ".lock-journal", ".lock"];

/** Deletes database files with what SQLite keeps beside them. @throws HaypileError HAYPILE_PERMISSION */
export function removeDatabases(paths: readonly string[]): RemovedFile[] {
  const removed: RemovedFile[] = [];
  for (const path of paths) {
    if (!existsSync(path)) continue;
    const bytes = databaseBytes(path);
    for (const ending of [...besides, ""]) remove(`${path}${ending}`);
    removed.push({ path, bytes });
  }
  return removed;
}

/**
 * Deletes an index with all that lies beside it, its locks last. Nobody can begin to index meanwhile; who has it
 * open notices that it is gone.
 *
 * @returns undefined when there was none; files that were left of one go all the same
 * @throws HaypileError HAYPILE_DB_BUSY while another process is indexing, HAYPILE_PERMISSION, HAYPILE_IO
 */
export function removeIndex(path: string): RemovedFile | undefined {
  const all = ["", ...besides, ...copies, ...locks].map((ending) => `${path}${ending}`);
  if (!all.some((file) => existsSync(file))) return undefined;
  const lock = lockOrClear(path);
  try {
    const had = existsSync(path);
    const bytes = all.reduce((sum, file) => sum + bytesOf(file), 0);
    // The file itself goes after its log: a stop between them leaves an index that can be deleted again.
    for (const ending of [
      ...besides,
      "",
      ...copies,
      ".bits.lock",
      ".next.lock-journal",
      ".next.lock",
    ])
      remove(`${path}${ending}`);
    // Held as it is deleted, so that whoever waits for it sees that it is not at its path any more.
    if (process.platform !== "win32") remove(`${path}.lock`);
    return had ? { path, bytes } : undefined;
  } finally {
    lock.release();
    if (process.platform === "win32") remove(`${path}.lock`);
  }
}

/** A lock file that is damaged locks nothing, and goes. */
function lockOrClear(path: string): IndexLock {
  try {
    return acquireIndexLock(path);
  } catch (error) {
    if (!HaypileError.isInstance(error) || error.code !== "HAYPILE_DB_CORRUPT") throw error;
    remove(`${path}.lock`);
    remove(`${path}.lock-journal`);
    return acquireIndexLock(path);
  }
}

/** Deletes a folder with all in it. @throws HaypileError HAYPILE_PERMISSION */
export function removeFolder(path: string): RemovedFile | undefined {
  if (!existsSync(path)) return undefined;
  const names = readdirSync(path, { recursive: true }).map((name) => join(path, String(name)));
  const bytes = names.reduce((sum, name) => sum + bytesOf(name), 0);
  try {
    removeTree(path);
  } catch (error) {
    throw fileError(error, `delete ${path}`);
  }
  return { path, bytes };
}

function bytesOf(path: string): number {
  const facts = statSync(path, { throwIfNoEntry: false });
  return facts?.isFile() === true ? facts.size : 0;
}

function remove(path: string): void {
  try {
    removeFile(path);
  } catch (error) {
    throw fileError(error, `delete ${path}`);
  }
}
