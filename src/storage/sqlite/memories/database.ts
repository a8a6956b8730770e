/* Opens the file of memories, and says what goes wrong with it in words that fit what cannot be made again. */
import { HaypileError } from "../../../base/errors.ts";
import { checkedPath, type Database, openDatabase } from "../open.ts";
import { sqliteError } from "../sqlite-errors.ts";
import { memoriesSchema } from "./schema.ts";

const defaultCacheBytes = 4 * 1_024 * 1_024;

/**
 * Opens or makes the file. Commits are on disk when they return, and deleted bytes are overwritten.
 *
 * @throws HaypileError HAYPILE_DB_*, HAYPILE_PERMISSION, HAYPILE_DISK_FULL, HAYPILE_IO, HAYPILE_USAGE
 */
export function openMemoryDatabase(
  given: string,
  cacheBytes = defaultCacheBytes,
): { db: Database; path: string } {
  const path = checkedPath(given);
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
    return { db, path };
  } catch (error) {
    throw memoryError(error, path, "open the memories");
  }
}

/** As sqliteError(), but nobody is told to delete memories. */
export function memoryError(error: unknown, path: string, doing: string): HaypileError {
  const known = sqliteError(error, path, doing);
  if (known.code !== "HAYPILE_DB_CORRUPT") return known;
  return new HaypileError(
    "HAYPILE_DB_CORRUPT",
    `The memories in ${path} are damaged (${String(known.data.finding)}). Keep a copy of the file with its -wal and -shm files; "haypile memories export" saves what can be read.`,
    { data: known.data, cause: error },
  );
}
