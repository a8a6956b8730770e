import { accessSync, constants, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { type ErrorCode, HaypileError } from "../../../base/errors.ts";

/** Below this much free space a failed write is taken for a full disk. */
const nearlyFullBytes = 256 * 1_024;

const another = "name another file with --db";

/** What a result code says about the file and the machine. */
type Meaning =
  | "damaged"
  | "foreign"
  | "full"
  | "io"
  | "refused"
  | "busy"
  | "memory"
  | "stopped"
  | "defect";

/** By primary code, and by extended ones that mean something else than theirs. All of SQLite's are here. */
const meanings: Readonly<Record<string, Meaning>> = {
  SQLITE_ABORT: "defect",
  SQLITE_AUTH: "refused",
  SQLITE_BUSY: "busy",
  SQLITE_CANTOPEN: "io",
  SQLITE_CANTOPEN_DIRTYWAL: "damaged",
  SQLITE_CONSTRAINT: "defect",
  SQLITE_CORRUPT: "damaged",
  SQLITE_EMPTY: "defect",
  SQLITE_ERROR: "defect",
  SQLITE_FORMAT: "damaged",
  SQLITE_FULL: "full",
  SQLITE_INTERNAL: "defect",
  SQLITE_INTERRUPT: "stopped",
  SQLITE_IOERR: "io",
  SQLITE_IOERR_ACCESS: "refused",
  SQLITE_IOERR_AUTH: "refused",
  SQLITE_IOERR_CORRUPTFS: "damaged",
  SQLITE_IOERR_DATA: "damaged",
  SQLITE_IOERR_NOMEM: "memory",
  SQLITE_IOERR_SHORT_READ: "damaged",
  SQLITE_LOCKED: "busy",
  // A value has another type than its column, a record is longer than any we write: read from a damaged page.
  SQLITE_MISMATCH: "damaged",
  SQLITE_TOOBIG: "damaged",
  SQLITE_MISUSE: "defect",
  SQLITE_NOLFS: "io",
  SQLITE_NOMEM: "memory",
  SQLITE_NOTADB: "foreign",
  SQLITE_NOTFOUND: "defect",
  SQLITE_NOTICE: "defect",
  SQLITE_PERM: "refused",
  SQLITE_PROTOCOL: "busy",
  SQLITE_RANGE: "defect",
  SQLITE_READONLY: "refused",
  // Another process changes the schema at this moment.
  SQLITE_SCHEMA: "busy",
  SQLITE_WARNING: "defect",
};

/** Primary codes by their number, for those that the driver has no name for. */
const primaryCodes =
  "OK ERROR INTERNAL PERM ABORT BUSY LOCKED NOMEM READONLY INTERRUPT IOERR CORRUPT NOTFOUND FULL CANTOPEN PROTOCOL EMPTY SCHEMA TOOBIG CONSTRAINT MISMATCH MISUSE NOLFS AUTH FORMAT RANGE NOTADB NOTICE WARNING"
    .split(" ")
    .map((name) => `SQLITE_${name}`);

/** The file says that it has our schema, and a part of that is not there. */
const missingParts =
  /no such (?:table|column|index|module)|has no column|vtable constructor failed|invalid fts5|malformed/u;

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

  switch (meaningOf(sqlite, text)) {
    case "damaged":
      return corruptError(path, text, error);
    case "foreign":
      return make(
        "HAYPILE_DB_NOT_A_DATABASE",
        `A Haypile database was expected, but ${path} is not an SQLite file. It was not changed. If it was an index once, delete it and index again, or ${another}.`,
      );
    case "full":
      return diskFull(make, path, doing);
    case "io":
      // A full disk shows as these too, where SQLite makes its side files.
      if (folderIsFull(path)) return diskFull(make, path, doing);
      if (isUnreadable(path)) return notReadable(make, path, doing);
      if (!folderIsWritable(path)) return noPermission(make, path, doing);
      return make("HAYPILE_IO", `Could not ${doing} in ${path}: ${text} (${sqlite}).`);
    case "refused":
      return noPermission(make, path, doing);
    case "busy":
      return make(
        "HAYPILE_DB_BUSY",
        `Could not ${doing}: another process holds the database ${path}. Wait until it is done, then run it again.`,
      );
    case "memory":
      return make("HAYPILE_OUT_OF_MEMORY", `Could not ${doing} in ${path}: memory ran out.`);
    case "stopped":
      return make("HAYPILE_ABORTED", `Could not ${doing} in ${path}: it was stopped.`);
    case "defect":
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
  if (typeof code !== "string") return "";
  if (code.startsWith("SQLITE_")) return code;
  // The driver has no name for it: its number tells the kind.
  const [, number] = /^UNKNOWN_SQLITE_ERROR_(\d+)$/u.exec(code) ?? [];
  return number === undefined ? "" : (primaryCodes[Number(number) & 0xff] ?? "");
}

function meaningOf(code: string, text: string): Meaning {
  if (code === "SQLITE_ERROR" && missingParts.test(text)) return "damaged";
  return meanings[code] ?? meanings[kindOf(code)] ?? "defect";
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

function notReadable(make: Make, path: string, doing: string): HaypileError {
  return make(
    "HAYPILE_PERMISSION",
    `Could not ${doing}: ${path} may not be read. Check its permissions and owner, or ${another}.`,
  );
}

/** It is there, and closed to this user. */
function isUnreadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EACCES";
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
