/* Opens the file of memories: private, whole on the disk at each commit, and not before its log was looked at. */
import { statSync } from "node:fs";
import { log } from "../../../base/log.ts";
import { checkedPath, type Database, openDatabase } from "../open.ts";
import { memoryError } from "./errors.ts";
import { memoriesSchema } from "./schema.ts";

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
  tellEmptied(path);
  try {
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
    throw memoryError(error, path, "open the memories");
  }
}

export function noteClosed(path: string): void {
  open.set(path, (open.get(path) ?? 1) - 1);
}

/** Reading the file by itself and closing it would take this process's locks away. */
export function isOpenHere(path: string): boolean {
  return (open.get(path) ?? 0) > 0;
}

/** An empty file where memories were is told: nothing else would say that they are gone. */
function tellEmptied(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.size !== 0) return;
  log(
    "warn",
    `${path} is there and empty: new memories begin in it. If it held some, they are gone from it.`,
  );
}
