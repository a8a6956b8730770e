import type { Database } from "../file/driver.ts";

/** All or nothing. The write lock is taken first, so no work is done in vain. */
export function inOneWrite<T>(db: Database, work: () => T): T {
  return db.transaction(work).immediate() as T;
}
