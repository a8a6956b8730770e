/* Opens the file of memories: private, whole on the disk at each commit, and not before its log was looked at. */
import { closeSync, readSync } from "node:fs";
import { HaypileError } from "../../../base/errors.ts";
import { openRegularSync } from "../../../base/files/read-file.ts";
import type { Database } from "../file/driver.ts";
import { checkedPath, openDatabase } from "../file/open.ts";
import { isSqlite } from "../salvage/page-file.ts";
import { damagedMemories, memoryError } from "./file/errors.ts";
import { assertLogSound } from "./file/log-check.ts";
import { makeFile } from "./file/make-file.ts";
import { memoriesSchema } from "./file/schema.ts";
import { finishTakingPlace } from "./file/take-place.ts";
import { holdsMemories } from "./salvage/salvage.ts";

/** No Haypile will ever have so many steps of its schema. */
const latestVersion = 1_000;
const defaultCacheBytes = 4 * 1_024 * 1_024;

/** Files that this process has open, and how often. */
const open = new Map<string, number>();

/**
 * Opens or makes the file. Commits are on disk when they return, and deleted bytes are overwritten. Say
 * noteClosed() after closing it.
 *
 * @throws HaypileError HAYPILE_DB_*, HAYPILE_PERMISSION, HAYPILE_DISK_FULL, HAYPILE_IO, HAYPILE_USAGE
 */
export function openMemoryDatabase(
  given: string,
  cacheBytes = defaultCacheBytes,
): { db: Database; path: string } {
  const path = checkedPath(given);
  try {
    if (!isOpenHere(path)) finishTakingPlace(path);
    makeFile(path);
    if (!isOpenHere(path)) assertLogSound(path);
    const { db } = openDatabase({
      path,
      cacheBytes,
      readonly: false,
      synchronous: "full",
      schema: memoriesSchema,
      // It would read everything at each command beside a daemon.
      checksFile: false,
    });
    db.pragma("secure_delete = ON");
    open.set(path, (open.get(path) ?? 0) + 1);
    return { db, path };
  } catch (error) {
    throw openingError(memoryError(error, path, "open the memories"), path);
  }
}

/** Its header makes a file what it is: a damaged one makes it a file of nobody, of the future, or for readers only. */
function openingError(error: HaypileError, path: string): HaypileError {
  const { code, data } = error;
  const isNobodys = code === "HAYPILE_DB_NOT_A_DATABASE";
  const isAbsurd =
    (code === "HAYPILE_DB_NEWER" && Number(data.version) > latestVersion) ||
    (code === "HAYPILE_PERMISSION" && !isOpenHere(path) && isForReaders(path));
  if (isAbsurd || (isNobodys && !isOpenHere(path) && isMemories(path))) {
    return damagedMemories(path, "its header is damaged", error);
  }
  if (!isNobodys) return error;
  return new HaypileError(
    code,
    `A file of memories was expected, but ${path} is none. It was not changed. Name another file for memories.`,
    { cause: error, data },
  );
}

/** A format that SQLite only reads, and no Haypile writes. */
function isForReaders(path: string): boolean {
  try {
    const { file } = openRegularSync(path, { links: "follow" });
    const header = Buffer.alloc(100);
    readSync(file, header, 0, 100, 0);
    closeSync(file);
    return isSqlite(header) && Math.max(header[18] ?? 0, header[19] ?? 0) > 2;
  } catch {
    return false;
  }
}

function isMemories(path: string): boolean {
  try {
    return holdsMemories(path);
  } catch {
    return false;
  }
}

export function noteClosed(path: string): void {
  open.set(path, (open.get(path) ?? 1) - 1);
}

/** Reading the file by itself and closing it would take this process's locks away. */
export function isOpenHere(path: string): boolean {
  return (open.get(path) ?? 0) > 0;
}
