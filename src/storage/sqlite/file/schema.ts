import type { Database } from "better-sqlite3";
import { HaypileError } from "../../../base/errors.ts";
import { packageVersion } from "../../../base/package/own-package.ts";
import { first } from "./migrations/0001-first.ts";
import { symbols } from "./migrations/0002-symbols.ts";
import { segments } from "./migrations/0003-segments.ts";
import { staticVectors } from "./migrations/0004-static.ts";
import { referenceLists } from "./migrations/0005-reference-lists.ts";
import { packedTexts } from "./migrations/0006-packed-texts.ts";
import { vectorCodes } from "./migrations/0007-vector-codes.ts";
import { unparsed } from "./migrations/0008-unparsed.ts";
import { nextVectors } from "./migrations/0009-next-vectors.ts";
import { uses } from "./migrations/0010-uses.ts";
import { fileIdentity } from "./migrations/0011-file-identity.ts";
import { exactUses } from "./migrations/0012-exact-uses.ts";
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
  unparsed,
  nextVectors,
  uses,
  fileIdentity,
  exactUses,
];

/** The version this code reads and writes. */
export const schemaVersion = migrations.length;

/** Bytes 68-71 of our files ("hayp"), by which `file` and we know them. */
export const applicationId = 0x68617970;

/** What a database file holds: which steps lead to it, and how it is told from others. */
export interface DatabaseSchema {
  /** Bytes 68-71 of the file. */
  applicationId: number;
  /** In order, without gaps. */
  steps: readonly Migration[];
  /** What to do with a file that is newer, or no file of ours: the end of the message. */
  otherwise: { newer: string; foreign: string };
  /** The column of its table "meta" that has the names of facts; undefined: the program is not noted. */
  factNames?: "key" | "name" | undefined;
  /** Called before an older file is brought up to date. What it throws keeps the file as it is. */
  beforeMigration?(db: Database, path: string, version: number): void;
}

/** The schema of an index. */
export const indexSchema: DatabaseSchema = {
  applicationId,
  steps: migrations,
  otherwise: {
    newer:
      'Update Haypile here, or name another file with --db and index again. The newer Haypile can take it back where nothing is lost: "haypile migrate --down".',
    foreign: "Name another file with --db.",
  },
  factNames: "key",
};

/** The fact that names the program which brought the file to its version. */
const programFact = "schema.program";

/**
 * Reads what kind of file this is, and writes nothing. 0 = new and empty.
 *
 * @throws HaypileError HAYPILE_DB_NEWER, or HAYPILE_DB_NOT_A_DATABASE for a file of another program
 */
export function readSchemaVersion(
  db: Database,
  path: string,
  schema: DatabaseSchema = indexSchema,
): number {
  const version = readAnyVersion(db, path, schema);
  const known = schema.steps.length;
  if (version <= known) return version;
  const program = programOf(db, schema);
  const by = program === undefined ? "a newer Haypile" : `Haypile ${program}`;
  throw new HaypileError(
    "HAYPILE_DB_NEWER",
    `The database ${path} has schema version ${version}, made by ${by}; this is Haypile ${packageVersion}, which knows versions up to ${known}. It was not changed. ${schema.otherwise.newer}`,
    { data: { path, version, known, program } },
  );
}

/**
 * As readSchemaVersion(), of newer files too.
 * @throws HaypileError HAYPILE_DB_NOT_A_DATABASE for a file of another program
 */
export function readAnyVersion(
  db: Database,
  path: string,
  { applicationId, otherwise }: DatabaseSchema,
): number {
  const id = db.pragma("application_id", { simple: true }) as number;
  const version = db.pragma("user_version", { simple: true }) as number;
  const objects = db.prepare("SELECT count(*) FROM sqlite_schema").pluck().get() as number;
  if (id === 0 && version === 0 && objects === 0) return 0;
  if (id === applicationId) return version;
  throw new HaypileError(
    "HAYPILE_DB_NOT_A_DATABASE",
    `A Haypile database was expected, but ${path} is an SQLite database of another program. It was not changed. ${otherwise.foreign}`,
    { data: { path, applicationId: id } },
  );
}

/** The program that brought a file to its version, where the file says so. What it says is believed only in its form. */
export function programOf(db: Database, { factNames }: DatabaseSchema): string | undefined {
  if (factNames === undefined) return undefined;
  try {
    const said = db
      .prepare(`SELECT value FROM meta WHERE "${factNames}" = ?`)
      .pluck()
      .get(programFact);
    return typeof said === "string" && /^\d[\w.+-]{0,39}$/u.test(said) ? said : undefined;
  } catch {
    // A later schema may keep its facts elsewhere.
    return undefined;
  }
}

/** Notes that this program has brought the file to its version; in the transaction of the step. */
function noteProgram(db: Database, factNames: DatabaseSchema["factNames"]): void {
  if (factNames === undefined) return;
  db.prepare(`INSERT OR REPLACE INTO meta("${factNames}", value) VALUES (?, ?)`).run(
    programFact,
    packageVersion,
  );
}

/** As programOf() is to know nothing: of a file that an earlier program goes on with. */
export function forgetProgram(db: Database, factNames: DatabaseSchema["factNames"]): void {
  if (factNames === undefined) return;
  db.prepare(`DELETE FROM meta WHERE "${factNames}" = ?`).run(programFact);
}

/** Brings the schema up to date, each step in a transaction of its own. Safe with several processes at once. */
export function migrate(
  db: Database,
  steps: readonly Migration[] = migrations,
  id: number = applicationId,
  factNames?: DatabaseSchema["factNames"],
): void {
  const found = db.pragma("user_version", { simple: true }) as number;
  for (const step of steps) {
    // An up-to-date file is opened without the write lock.
    if (found >= step.version) continue;
    db.transaction(() => {
      // Read again under the write lock: another process may have done the step meanwhile.
      if ((db.pragma("user_version", { simple: true }) as number) >= step.version) return;
      db.exec(step.sql);
      step.apply?.(db);
      noteProgram(db, factNames);
      db.pragma(`application_id = ${id}`);
      db.pragma(`user_version = ${step.version}`);
    }).immediate();
  }
}
