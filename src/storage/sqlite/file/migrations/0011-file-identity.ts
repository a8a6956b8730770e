import type { Migration } from "./migration.ts";

/**
 * When a file changed by its file system, and its number there: what tells a file that was written anew with the size
 * and the time of the old one. Unknown for files that were indexed before; the next run notes them. REAL, as Node
 * gives both: numbers of some file systems are larger than a whole number of SQLite.
 */
export const fileIdentity: Migration = {
  version: 11,
  sql: `
    ALTER TABLE files ADD COLUMN ctime_ms REAL;
    ALTER TABLE files ADD COLUMN inode REAL;
  `,
  down: {
    loses: () => [],
    remakes: () => ["change times and numbers of files, which the next run notes again"],
    sql: "ALTER TABLE files DROP COLUMN ctime_ms; ALTER TABLE files DROP COLUMN inode;",
  },
};
