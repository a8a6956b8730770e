/* Moves the log of a database that others may have open into it: a checkpoint that keeps no reader and no writer waiting. */
import { sqliteError } from "../file/errors.ts";
import { checkedPath, connect } from "../file/open.ts";

export interface MovedLog {
  /** Of the log, in the database now. */
  pages: number;
  /** False: others read or write what is left in it. */
  isWhole: boolean;
}

/**
 * @param given path of a database that is there
 * @throws HaypileError HAYPILE_DB_*, HAYPILE_PERMISSION, HAYPILE_DISK_FULL, HAYPILE_IO
 */
export function moveLog(given: string): MovedLog {
  const path = checkedPath(given);
  try {
    const db = connect(path, { creates: false, timeout: 0 });
    try {
      const [, pages, moved] = db.prepare("PRAGMA wal_checkpoint(PASSIVE)").raw().get() as [
        number,
        number,
        number,
      ];
      const isWhole = pages === moved;
      // What is left for this is to cut the file; a reader that came meanwhile keeps it as it is.
      if (isWhole && pages > 0) db.pragma("wal_checkpoint(TRUNCATE)");
      return { pages: Math.max(0, moved), isWhole };
    } finally {
      db.close();
    }
  } catch (error) {
    throw sqliteError(error, path, "move the log into the database");
  }
}
