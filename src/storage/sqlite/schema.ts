import type { Database } from "better-sqlite3";
import { HaypileError } from "../../base/errors.ts";
import { first } from "./migrations/0001-first.ts";
import { symbols } from "./migrations/0002-symbols.ts";
import { segments } from "./migrations/0003-segments.ts";
import { staticVectors } from "./migrations/0004-static.ts";
import { referenceLists } from "./migrations/0005-reference-lists.ts";
import { packedTexts } from "./migrations/0006-packed-texts.ts";
import { vectorCodes } from "./migrations/0007-vector-codes.ts";
import type { Migration } from "./migrations/migration.ts";

/** In order, without gaps. */
export const migrations: readonly Migration[] = [
  first,
  symbols,
  segments,
  staticVectors,
  referenceLists,
  packedTexts,
  vectorCodes,
];

/** The version this code reads and writes. */
export const schemaVersion = migrations.length;

/** Bytes 68-71 of our files ("hayp"), by which `file` and we know them. */
export const applicationId = 0x68617970;

/**
 * Reads what kind of file this is, and writes nothing. 0 = new and empty.
 *
 * @throws HaypileError HAYPILE_DB_NEWER, or HAYPILE_DB_NOT_A_DATABASE for a file of another program
 */
export function readSchemaVersion(db: Database, path: string): number {
  const id = db.pragma("application_id", { simple: true }) as number;
  const version = db.pragma("user_version", { simple: true }) as number;
  const objects = db.prepare("SELECT count(*) FROM sqlite_schema").pluck().get() as number;
  if (id === 0 && version === 0 && objects === 0) return 0;
  if (id !== applicationId) {
    throw new HaypileError(
      "HAYPILE_DB_NOT_A_DATABASE",
      `A Haypile database was expected, but ${path} is an SQLite database of another program. It was not changed. Name another file with --db.`,
      { data: { path, applicationId: id } },
    );
  }
  if (version > schemaVersion) {
    throw new HaypileError(
      "HAYPILE_DB_NEWER",
      `The database ${path} has schema version ${version}, this Haypile knows versions up to ${schemaVersion}. It was not changed. Update Haypile, or name another file with --db and index again.`,
      { data: { path, version, known: schemaVersion } },
    );
  }
  return version;
}

/** Brings the schema up to date, each step in a transaction of its own. Safe with several processes at once. */
export function migrate(db: Database, steps: readonly Migration[] = migrations): void {
  for (const step of steps) {
    db.transaction(() => {
      // Read again under the write lock: another process may have done the step meanwhile.
      if ((db.pragma("user_version", { simple: true }) as number) >= step.version) return;
      db.exec(step.sql);
      db.pragma(`application_id = ${applicationId}`);
      db.pragma(`user_version = ${step.version}`);
    }).immediate();
  }
}
