/* Which version a database file of ours has, and who made that: nothing is migrated, checked or changed. */
import { statSync } from "node:fs";
import { databaseBytes } from "../file/database-bytes.ts";
import type { Database } from "../file/driver.ts";
import { connect } from "../file/open.ts";
import { type DatabaseSchema, programOf, readAnyVersion } from "../file/schema.ts";

export interface FoundVersion {
  version: number;
  /** That brought it to this version; undefined: the file does not say. */
  program: string | undefined;
}

/** Somebody may be writing; a list is not worth a long wait. */
const busyTimeoutMs = 250;

/**
 * @param use looks at more of the file, which stays as it is
 * @throws HaypileError HAYPILE_DB_NOT_A_DATABASE; the driver's error
 */
export function lookAtVersion<T = undefined>(
  path: string,
  schema: DatabaseSchema,
  use?: (db: Database, version: number) => T,
): FoundVersion & { more: T | undefined } {
  return looking(path, (db) => {
    const version = readAnyVersion(db, path, schema);
    return { version, program: programOf(db, schema), more: use?.(db, version) };
  });
}

/** Of a cache, which has a number and nothing else. @throws the driver's error */
export function lookAtNumber(path: string): number {
  return looking(path, (db) => db.pragma("user_version", { simple: true }) as number);
}

/** "hayp", "haym", or another's. @throws the driver's error */
export function lookAtKind(path: string): number {
  return looking(path, (db) => db.pragma("application_id", { simple: true }) as number);
}

function looking<T>(path: string, look: (db: Database) => T): T {
  // A log with something in it is for the next real opening to take in. Without one, a connection that could
  // write takes its side files away again.
  const hasLog = databaseBytes(path) > (statSync(path, { throwIfNoEntry: false })?.size ?? 0);
  const db = connect(path, { readonly: hasLog, creates: false, timeout: busyTimeoutMs });
  try {
    db.pragma("query_only = ON");
    db.pragma("trusted_schema = OFF");
    return look(db);
  } finally {
    db.close();
  }
}
