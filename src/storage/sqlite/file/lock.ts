/*
 * One indexer per database. The lock is an open write transaction on a tiny SQLite file beside the
 * database (`<db>.lock`): the operating system frees it however the process ends, SQLite knows how
 * to lock on every system, and readers of the database never meet it. The file stays; only who deletes the
 * index deletes it, while holding it, and who takes the lock looks whether its file is still at the path. Its
 * one row names the owner, and others can read it, because the transaction that holds the lock has written
 * nothing.
 */
import { HaypileError } from "../../../base/errors.ts";
import type { IndexLock, LockOwner } from "../../../ports/store.ts";
import type { Database } from "./driver.ts";
import { sqliteCode, sqliteError } from "./errors.ts";
import { checkedPath, connect, makeFolder } from "./open.ts";

export type { IndexLock, LockOwner } from "../../../ports/store.ts";

/** Two that start at the same moment wait this long for each other's row. */
const busyTimeoutMs = 200;
const mostAttempts = 10;

/** A lock nobody refers to any more must not be collected: it is held until released. */
const held = new Set<Database>();

/**
 * Takes the right to index into `dbPath`, or fails at once.
 *
 * @throws HaypileError HAYPILE_DB_BUSY with the owner's process id and since when, HAYPILE_PERMISSION,
 *   HAYPILE_DISK_FULL, HAYPILE_IO
 */
export function acquireIndexLock(dbPath: string): IndexLock {
  const path = checkedPath(dbPath);
  const lockPath = `${path}.lock`;
  makeFolder(lockPath);
  let connection: Database | undefined;
  for (let attempt = 0; connection === undefined; attempt++) {
    // Whoever deletes an index deletes this file too, while holding it: then the next one is at the path.
    try {
      const db = openLocked(lockPath, path);
      if (attempt >= mostAttempts || isKept(db, lockPath, path)) connection = db;
    } catch (error) {
      if (attempt >= mostAttempts || !isOfDeletedFile(error)) throw error;
    }
  }
  held.add(connection);
  return {
    release: () => {
      // Closing ends the transaction, and with it the lock.
      connection.close();
      held.delete(connection);
    },
  };
}

/**
 * Takes a lock that names no owner: nothing is written and nothing waited for, so it costs the event
 * loop next to nothing. Undefined: another holds it.
 *
 * @param lockPath a file of its own, which stays
 * @throws the driver's error when the file cannot be made
 */
export function tryLock(lockPath: string): IndexLock | undefined {
  const db = connect(lockPath, { timeout: 0 });
  try {
    db.exec("BEGIN IMMEDIATE");
  } catch (error) {
    db.close();
    if (sqliteCode(error).startsWith("SQLITE_BUSY")) return undefined;
    throw error;
  }
  held.add(db);
  return {
    release: () => {
      db.close();
      held.delete(db);
    },
  };
}

/** @throws HaypileError as acquireIndexLock() */
function openLocked(lockPath: string, path: string): Database {
  let db: Database | undefined;
  try {
    db = connect(lockPath, { timeout: busyTimeoutMs });
    hold(db);
    return db;
  } catch (error) {
    const failure = lockError(error, db, path, lockPath);
    db?.close();
    throw failure;
  }
}

/** As isAtPath(); otherwise, and when that cannot be told, it is closed. @throws HaypileError as acquireIndexLock() */
function isKept(db: Database, lockPath: string, path: string): boolean {
  let isKeptOpen = false;
  try {
    isKeptOpen = isAtPath(db, lockPath);
    return isKeptOpen;
  } catch (error) {
    throw lockError(error, db, path, lockPath);
  } finally {
    if (!isKeptOpen) db.close();
  }
}

/** SQLite writes no file that was deleted since it was opened. */
function isOfDeletedFile(error: unknown): boolean {
  const sqlite = HaypileError.isInstance(error) ? String(error.data.sqlite) : "";
  return sqlite === "SQLITE_READONLY_DBMOVED" || sqlite.startsWith("SQLITE_IOERR");
}

/** Whether the file that is locked is still the one at its path: it has our row. */
function isAtPath(db: Database, lockPath: string): boolean {
  const own = readOwner(db);
  let other: Database | undefined;
  try {
    other = connect(lockPath, { readonly: true, timeout: 0 });
    const named = readOwner(other);
    return named?.pid === own?.pid && named?.since === own?.since;
  } catch {
    return false;
  } finally {
    other?.close();
  }
}

/**
 * Who holds the right to index into `dbPath`; undefined: nobody. It waits for nothing.
 *
 * @throws HaypileError HAYPILE_USAGE for a bad path
 */
export function lockOwner(dbPath: string): LockOwner | undefined {
  const lockPath = `${checkedPath(dbPath)}.lock`;
  let db: Database | undefined;
  try {
    db = connect(lockPath, { creates: false, timeout: 0 });
    try {
      db.exec("BEGIN IMMEDIATE");
      db.exec("ROLLBACK");
      return undefined;
    } catch (error) {
      if (!sqliteCode(error).startsWith("SQLITE_BUSY")) return undefined;
      return readOwner(db);
    }
  } catch (error) {
    if (HaypileError.isInstance(error) && error.code !== "HAYPILE_DB_NOT_A_DATABASE") throw error;
    // There is no lock file, or none that can be read.
    return undefined;
  } finally {
    db?.close();
  }
}

/** Writes who we are, then begins the transaction that is the lock. */
function hold(db: Database): void {
  db.pragma("page_size = 512");
  const own: LockOwner = { pid: process.pid, since: new Date().toISOString() };
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    db.exec("BEGIN IMMEDIATE");
    db.exec("CREATE TABLE IF NOT EXISTS owner(one INTEGER PRIMARY KEY, pid INTEGER, since TEXT)");
    db.prepare("REPLACE INTO owner VALUES (1, ?, ?)").run(own.pid, own.since);
    db.exec("COMMIT");
    // Between these two another may have come and gone as far as writing its row.
    db.exec("BEGIN IMMEDIATE");
    const named = readOwner(db);
    if (named?.pid === own.pid && named.since === own.since) return;
    db.exec("ROLLBACK");
  }
  db.exec("BEGIN IMMEDIATE");
}

function readOwner(db: Database): LockOwner | undefined {
  return db.prepare("SELECT pid, since FROM owner WHERE one = 1").get() as LockOwner | undefined;
}

function lockError(
  error: unknown,
  db: Database | undefined,
  path: string,
  lockPath: string,
): HaypileError {
  const code = sqliteCode(error);
  if (code === "SQLITE_NOTADB" || code.startsWith("SQLITE_CORRUPT")) {
    return new HaypileError(
      "HAYPILE_DB_CORRUPT",
      `The lock file ${lockPath} is damaged. Make sure that no other Haypile is indexing, delete this file, then run it again.`,
      { cause: error, data: { path: lockPath } },
    );
  }
  if (code.startsWith("SQLITE_BUSY")) return busyError(error, db, path);
  return sqliteError(error, lockPath, "lock the index");
}

function busyError(cause: unknown, db: Database | undefined, path: string): HaypileError {
  let owner: LockOwner | undefined;
  try {
    owner = db === undefined ? undefined : readOwner(db);
  } catch {
    // The owner is about to write its row; the lock is taken all the same.
  }
  const who =
    owner === undefined ? "another process" : `process ${owner.pid}, since ${owner.since}`;
  return new HaypileError(
    "HAYPILE_DB_BUSY",
    `The index ${path} is being written by ${who}. Wait until it is done, or name another file with --db. Searching works meanwhile.`,
    { cause, data: { path, ...owner } },
  );
}
