import { type Stats, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileError, HaypileError } from "../../../base/errors.ts";
import {
  closeDatabaseToOthers,
  makePrivateDatabase,
  makePrivateFolder,
} from "../../../base/files/private-files.ts";
import { log } from "../../../base/log.ts";
import { requireHere } from "../../../base/package/own-package.ts";
import { addOwnVectorFunctions } from "../vectors/own-vector-functions.ts";
import { type Database, loadDriver, sqliteName } from "./driver.ts";
import { sqliteCode, sqliteError } from "./errors.ts";
import { explain, quickCheck } from "./explain.ts";
import { defineUnpacked } from "./packed-text.ts";
import { type DatabaseSchema, indexSchema, migrate, readSchemaVersion } from "./schema.ts";

/** How SQLite keeps the file; without a value, as for an SSD and a middling machine. */
export interface StoragePragmas {
  /** Of a file that is made now, bytes: a power of two, 512 to 65,536. */
  pageSizeBytes?: number | undefined;
  /** Part of the file that is mapped, bytes. */
  mmapBytes?: number | undefined;
  synchronous?: "full" | "normal" | "off" | undefined;
  /** Log that is gathered before it is moved into the database, bytes. */
  checkpointBytes?: number | undefined;
  /** Size the log file is cut back to after that, bytes. */
  walLimitBytes?: number | undefined;
}

export interface OpenOptions extends StoragePragmas {
  path: string;
  /** Upper bound of the page cache, bytes. */
  cacheBytes: number;
  readonly: boolean;
  /** What the file holds. Default: an index. */
  schema?: DatabaseSchema | undefined;
  /** Read the whole file for damage when another process stopped, or is at work. Default true. */
  checksFile?: boolean | undefined;
}

/** An open database of the newest schema. Whoever opens it closes it. */
export interface OpenDatabase {
  db: Database;
  /** False where sqlite-vec has no binary for the system (Alpine Linux, Windows on ARM). */
  hasVectorFunctions: boolean;
}

const incrementalVacuum = 2;

const notADatabase = { code: "SQLITE_NOTADB" };

/** A statement waits so long for another connection. */
export const busyTimeoutMs = 5_000;
const defaultWalLimitBytes = 64 * 1_024 * 1_024;
const defaultPageSizeBytes = 4_096;
/** SQLite's own: 1,000 pages. */
const defaultCheckpointBytes = 4_096_000;

/**
 * Opens or makes the database file, checks that it is ours and sound, and brings its schema up to
 * date. A file that is not ours, or is newer, is not changed.
 *
 * @throws HaypileError HAYPILE_NODE_TOO_OLD, HAYPILE_DB_*, HAYPILE_NOT_INDEXED (readonly and nothing
 *   there), HAYPILE_PERMISSION, HAYPILE_DISK_FULL, HAYPILE_IO, HAYPILE_NATIVE_MISSING, HAYPILE_USAGE
 */
export function openDatabase(options: OpenOptions): OpenDatabase {
  const path = checkedPath(options.path);
  const found = checkFile(path);
  const doing = "open the database";
  const absent = (): HaypileError =>
    new HaypileError(
      "HAYPILE_NOT_INDEXED",
      `There is no index at ${path} yet. Run "haypile index" first.`,
      { data: { path } },
    );
  if (found === undefined) {
    if (options.readonly) throw absent();
    makeFolder(path);
  }
  // A log that is not empty: the last writer was stopped, or another process is at work.
  const wasStopped = (statIfThere(`${path}-wal`)?.size ?? 0) > 0;
  let db: Database | undefined;
  try {
    db = connect(path, { readonly: options.readonly, timeout: busyTimeoutMs });
    const schema = options.schema ?? indexSchema;
    const version = readSchemaVersion(db, path, schema);
    if (options.readonly) {
      if (version === 0) throw absent();
      if (version < schema.steps.length) return reopenMigrated(db, options);
    }
    configure(db, options);
    if (!options.readonly && version > 0 && version < schema.steps.length) {
      schema.beforeMigration?.(db, path, version);
    }
    if (!options.readonly) migrate(db, schema.steps, schema.applicationId, schema.factNames);
    defineUnpacked(db);
    const isToBeChecked = wasStopped && options.checksFile !== false;
    if (isToBeChecked && !options.readonly) quickCheck(db, path);
    return { db, hasVectorFunctions: loadVectorFunctions(db) };
  } catch (error) {
    const told =
      db === undefined ? sqliteError(error, path, doing) : explain(db, path, error, doing);
    db?.close();
    throw told;
  }
}

interface ConnectOptions {
  readonly?: boolean | undefined;
  /** Make the file where there is none. Default: unless it is only read. */
  creates?: boolean | undefined;
  /** A statement waits so long for other connections, milliseconds. */
  timeout?: number | undefined;
}

/**
 * Opens a database file as it is. The file is this user's alone from its first moment, and with it what SQLite makes
 * beside it, which takes its mode.
 * @throws the driver's error; HaypileError as loadDriver() and assertRegularFiles()
 */
export function connect(
  path: string,
  { readonly = false, creates = !readonly, timeout = busyTimeoutMs }: ConnectOptions = {},
): Database {
  const driver = loadDriver();
  assertRegularFiles(path);
  if (creates) makePrivateDatabase(path);
  else closeDatabaseToOthers(path);
  return new driver(sqliteName(path), { readonly, timeout, fileMustExist: !creates });
}

/**
 * The absolute form of a database path. White space at its end is refused: the driver would cut it.
 *
 * @throws HaypileError HAYPILE_USAGE
 */
export function checkedPath(path: string): string {
  if (path !== "" && path === path.trimEnd() && !path.includes("\0")) return resolve(path);
  throw new HaypileError(
    "HAYPILE_USAGE",
    `The path of a database file was expected, but ${JSON.stringify(path)} came. Give --db a file name without white space at its end.`,
  );
}

/** Only stat: closing any other handle on an open database would drop this process's locks. */
function statIfThere(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw fileError(error, `look at ${path}`);
  }
}

function checkFile(path: string): Stats | undefined {
  const stats = regularIfThere(path);
  // SQLite takes a file of one byte for an empty one and would write over it.
  if (stats?.size === 1) throw sqliteError(notADatabase, path, "open it");
  return stats;
}

function regularIfThere(path: string): Stats | undefined {
  const stats = statIfThere(path);
  if (stats === undefined || stats.isFile()) return stats;
  throw new HaypileError(
    "HAYPILE_DB_NOT_A_DATABASE",
    `A database file was expected, but ${path} is ${stats.isDirectory() ? "a folder" : "no regular file"}. Name a file with --db.`,
    { data: { path } },
  );
}

/**
 * What SQLite would open is a regular file, links followed, or is not there: a pipe would be waited for without end,
 * and a device read without end. For whoever is about to read a database by its path.
 * @throws HaypileError HAYPILE_DB_NOT_A_DATABASE, HAYPILE_PERMISSION, HAYPILE_IO
 */
export function assertRegularFiles(path: string): void {
  for (const ending of ["", "-wal", "-shm", "-journal"]) regularIfThere(`${path}${ending}`);
}

/** Makes the folder the file goes into. */
export function makeFolder(path: string): void {
  try {
    makePrivateFolder(dirname(path));
  } catch (error) {
    throw fileError(error, `make the folder ${dirname(path)}`);
  }
}

function configure(db: Database, options: OpenOptions): void {
  if (!options.readonly) {
    // These two only take effect on a new file.
    db.pragma(`page_size = ${options.pageSizeBytes ?? defaultPageSizeBytes}`);
    // Setting it takes the write lock, even to what it is.
    if (db.pragma("auto_vacuum", { simple: true }) !== incrementalVacuum) {
      db.pragma("auto_vacuum = INCREMENTAL");
    }
    useWriteAheadLog(db);
    db.pragma(`journal_size_limit = ${options.walLimitBytes ?? defaultWalLimitBytes}`);
    const pageBytes = Number(db.pragma("page_size", { simple: true }));
    const checkpointBytes = options.checkpointBytes ?? defaultCheckpointBytes;
    db.pragma(`wal_autocheckpoint = ${Math.max(1, Math.round(checkpointBytes / pageBytes))}`);
  }
  // The index can be made again, so a power cut may cost the last commits, but never the file.
  db.pragma(`synchronous = ${options.synchronous ?? "normal"}`);
  // What is acknowledged must be on the disk itself: macOS keeps it in the disk's own cache otherwise. Elsewhere the
  // system has no such call, and this does nothing.
  if (options.synchronous === "full") db.pragma("fullfsync = 1");
  db.pragma("foreign_keys = ON");
  db.pragma(`cache_size = -${Math.max(64, Math.round(options.cacheBytes / 1_024))}`);
  db.pragma(`mmap_size = ${options.mmapBytes ?? 0}`);
  db.pragma("temp_store = MEMORY");
  // The file may come from elsewhere: its schema is not trusted, and damage is looked for.
  db.pragma("trusted_schema = OFF");
  db.pragma("cell_size_check = ON");
}

/** The switch needs the file alone and does not wait for it by itself. */
function useWriteAheadLog(db: Database): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let waitedMs = 0; ; waitedMs += 10) {
    try {
      db.pragma("journal_mode = WAL");
      return;
    } catch (error) {
      if (!sqliteCode(error).startsWith("SQLITE_BUSY") || waitedMs >= busyTimeoutMs) throw error;
      Atomics.wait(pause, 0, 0, 10);
    }
  }
}

/** An older schema is brought up to date by a writer, then read as asked. */
function reopenMigrated(db: Database, options: OpenOptions): OpenDatabase {
  db.close();
  openDatabase({ ...options, readonly: false }).db.close();
  return openDatabase(options);
}

function loadVectorFunctions(db: Database): boolean {
  try {
    (requireHere("sqlite-vec") as { load(db: Database): void }).load(db);
    return true;
  } catch (error) {
    log("info", `sqlite-vec is not available here, vectors are compared in JavaScript: ${error}`);
    addOwnVectorFunctions(db);
    return false;
  }
}
