import type { Database } from "../../file/driver.ts";
import { sqliteCode } from "../../file/errors.ts";
import { connect } from "../../file/open.ts";

/**
 * True when another process has the file open. A file that is too damaged to tell is taken for one that nobody
 * has. Opening it may take up its log: keep a copy of what matters before.
 */
export function isHeldElsewhere(path: string): boolean {
  let db: Database | undefined;
  try {
    db = connect(path, { timeout: 0 });
    // In this mode SQLite needs the file for itself, also when nobody reads or writes at the moment.
    db.pragma("locking_mode = EXCLUSIVE");
    db.exec("BEGIN IMMEDIATE; ROLLBACK");
    return false;
  } catch (error) {
    return sqliteCode(error).startsWith("SQLITE_BUSY");
  } finally {
    db?.close();
  }
}
