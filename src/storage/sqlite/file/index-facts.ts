/* What an index file says of itself, read beside whoever uses it: nothing is migrated, checked or changed. */
import { statSync, utimesSync } from "node:fs";
import { HaypileError } from "../../../base/errors.ts";
import { databaseBytes } from "./database-bytes.ts";
import type { Database } from "./driver.ts";
import { corruptError, sqliteCode, sqliteError } from "./errors.ts";
import { connect } from "./open.ts";
import { applicationId } from "./schema.ts";

export interface IndexFacts {
  /** The folder it is of; undefined before its first run came so far. */
  root: string | undefined;
  /** End of the last run that finished, ISO 8601. */
  lastIndex: string | undefined;
}

/** Somebody may be writing; a list is not worth a long wait. */
const busyTimeoutMs = 250;

/**
 * Reads the facts of an index of any version that has them.
 *
 * @throws HaypileError HAYPILE_DB_NOT_A_DATABASE, HAYPILE_DB_CORRUPT, HAYPILE_DB_BUSY, HAYPILE_PERMISSION,
 *   HAYPILE_PATH_MISSING, HAYPILE_IO
 */
export function readIndexFacts(path: string): IndexFacts {
  // A log with something in it was left by a writer that was killed, or is at work: that is for the next real
  // opening to take in. Without one, a connection that could write takes its side files away again.
  const hasLog = databaseBytes(path) > (statSync(path, { throwIfNoEntry: false })?.size ?? 0);
  let db: Database | undefined;
  try {
    db = connect(path, { readonly: hasLog, creates: false, timeout: busyTimeoutMs });
    db.pragma("query_only = ON");
    db.pragma("trusted_schema = OFF");
    // One that is being made at this moment.
    if ((db.pragma("page_count", { simple: true }) as number) === 0) return nothingYet;
    if ((db.pragma("application_id", { simple: true }) as number) !== applicationId) {
      throw new HaypileError(
        "HAYPILE_DB_NOT_A_DATABASE",
        `An index was expected, but ${path} is a database of another kind.`,
        { data: { path } },
      );
    }
    const get = db.prepare("SELECT value FROM meta WHERE key = ?").pluck();
    return { root: textOf(get.get("root")), lastIndex: textOf(get.get("last-index")) };
  } catch (error) {
    if (sqliteCode(error) === "SQLITE_ERROR") throw corruptError(path, String(error), error);
    throw sqliteError(error, path, "read the index");
  } finally {
    db?.close();
  }
}

const nothingYet: IndexFacts = { root: undefined, lastIndex: undefined };

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Notes that the index is used now: by the time of its lock file, which stays beside it and holds nothing. */
export function noteUse(database: string): void {
  const now = new Date();
  try {
    utimesSync(`${database}.lock`, now, now);
  } catch {
    // Not made yet, or not ours to change: the times of the database do.
  }
}

/** When it was last opened or written, as far as its files tell. */
export function lastUseOf(database: string): Date | undefined {
  const times = ["", "-wal", ".lock"].flatMap(
    (ending) => statSync(`${database}${ending}`, { throwIfNoEntry: false })?.mtimeMs ?? [],
  );
  return times.length === 0 ? undefined : new Date(Math.max(...times));
}
