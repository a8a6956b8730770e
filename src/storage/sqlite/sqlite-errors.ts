import { accessSync, constants, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { type ErrorCode, HaypileError } from "../../base/errors.ts";

/** Below this much free space a failed write is taken for a full disk. */
const nearlyFullBytes = 256 * 1_024;

const another = "name another file with --db";

/**
 * Turns what the driver throws into a HaypileError: the one place where SQLite's result codes get
 * our codes. A HaypileError passes through.
 *
 * @param path of the database file
 * @param doing what was tried, as it stands after "Could not": "store vectors"
 */
export function sqliteError(error: unknown, path: string, doing: string): HaypileError {
  if (HaypileError.isInstance(error)) return error;
  const text = error instanceof Error ? error.message : String(error);
  const sqlite = sqliteCode(error);
  const make = (code: ErrorCode, message: string): HaypileError =>
    new HaypileError(code, message, { cause: error, data: { path, sqlite } });

  switch (kindOf(sqlite)) {
    case "SQLITE_CORRUPT":
      return corruptError(path, text, error);
    case "SQLITE_NOTADB":
      return make(
        "HAYPILE_DB_NOT_A_DATABASE",
        `A Haypile database was expected, but ${path} is not an SQLite file. It was not changed. If it was an index once, delete it and index again, or ${another}.`,
      );
    case "SQLITE_FULL":
      return diskFull(make, path, doing);
    case "SQLITE_IOERR":
    case "SQLITE_CANTOPEN":
      // A full disk shows as these too, where SQLite makes its side files.
      if (folderIsFull(path)) return diskFull(make, path, doing);
      if (!folderIsWritable(path)) return noPermission(make, path, doing);
      return make("HAYPILE_IO", `Could not ${doing} in ${path}: ${text} (${sqlite}).`);
    case "SQLITE_READONLY":
    case "SQLITE_PERM":
    case "SQLITE_AUTH":
      return noPermission(make, path, doing);
    case "SQLITE_BUSY":
    case "SQLITE_LOCKED":
    case "SQLITE_PROTOCOL":
      return make(
        "HAYPILE_DB_BUSY",
        `Could not ${doing}: another process holds the database ${path}. Wait until it is done, then run it again.`,
      );
    case "SQLITE_NOMEM":
      return make("HAYPILE_OUT_OF_MEMORY", `Could not ${doing} in ${path}: memory ran out.`);
    default:
      return make("HAYPILE_INTERNAL", `Could not ${doing} in ${path}: ${text}. Please report it.`);
  }
}

/** The error for a damaged file, with the way out. */
export function corruptError(path: string, finding: string, cause?: unknown): HaypileError {
  return new HaypileError(
    "HAYPILE_DB_CORRUPT",
    `The database ${path} is damaged or truncated (${finding}). Delete it with its -wal and -shm files, or ${another}, then index again.`,
    { cause, data: { path, finding } },
  );
}

/** "SQLITE_IOERR_WRITE", or "" when the error is not the driver's. */
export function sqliteCode(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "string" && code.startsWith("SQLITE_") ? code : "";
}

/** The primary code of an extended one: SQLITE_IOERR_WRITE is an SQLITE_IOERR. */
function kindOf(code: string): string {
  return code.split("_", 2).join("_");
}

type Make = (code: ErrorCode, message: string) => HaypileError;

function diskFull(make: Make, path: string, doing: string): HaypileError {
  return make(
    "HAYPILE_DISK_FULL",
    `Could not ${doing}: the disk of ${path} is full. What was stored before is safe. Free some space and run it again, or ${another}.`,
  );
}

function noPermission(make: Make, path: string, doing: string): HaypileError {
  return make(
    "HAYPILE_PERMISSION",
    `Could not ${doing}: ${path} or its folder may not be written. Check their permissions and owner, or ${another}.`,
  );
}

function folderIsFull(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize < nearlyFullBytes;
  } catch {
    return false;
  }
}

function folderIsWritable(path: string): boolean {
  try {
    accessSync(dirname(path), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

export function closedError(path: string, doing: string): HaypileError {
  return new HaypileError(
    "HAYPILE_CLOSED",
    `Could not ${doing}: the store of ${path} was closed before. Open it again.`,
    { data: { path } },
  );
}
