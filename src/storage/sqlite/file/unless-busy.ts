import { HaypileError } from "../../../base/errors.ts";
import { busyTimeoutMs, type Database } from "./open.ts";

/** SQLite waits for others on the thread that answers everybody. */
const lightBusyTimeoutMs = 10;

/** Runs a write that need not be done now. @returns false when another connection writes: nothing was written */
export function unlessBusy(db: Database, write: () => void): boolean {
  db.pragma(`busy_timeout = ${lightBusyTimeoutMs}`);
  try {
    write();
    return true;
  } catch (error) {
    if (HaypileError.isInstance(error) && error.code === "HAYPILE_DB_BUSY") return false;
    throw error;
  } finally {
    if (db.open) db.pragma(`busy_timeout = ${busyTimeoutMs}`);
  }
}
