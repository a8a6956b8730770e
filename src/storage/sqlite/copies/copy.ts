/*
 * A copy of a database as it stood at one moment, while others read and write it. It reads in one transaction, so
 * SQLite's online backup never begins anew, whoever writes meanwhile; the log can only be cut afterwards.
 */
import { closeSync } from "node:fs";
import { HaypileError } from "../../../base/errors.ts";
import { openPrivate } from "../../../base/files/private-files.ts";
import { type Database, sqliteName } from "../file/driver.ts";
import { connect } from "../file/open.ts";
import { type DatabaseSchema, readSchemaVersion } from "../file/schema.ts";

/** Between two of them the thread looks whether it is to end. */
const pagesPerStep = 1_024;
const cacheKib = 4_096;

/** What a database held, by name; the names are those of its kind. */
export type Counts = Readonly<Record<string, number>>;

/** What is copied: which tables it has, and how it is spoken of. */
export interface CopiedKind {
  schema: DatabaseSchema;
  /** "the memories" */
  what: string;
  /** Of a file that cannot be read. */
  none: Counts;
  counts(db: Database): Counts;
  /** Of its vectors; null: it has none. */
  model(db: Database): string | null;
  /** In our words. */
  error(error: unknown, path: string, doing: string, db?: Database): HaypileError;
  /** A line to add where it is damaged itself: what to do. */
  wayOut: string;
}

export interface Copied {
  schema: number;
  counts: Counts;
  /** Of its vectors; null: it has none. */
  model: string | null;
  /** What is wrong with it; null: nothing. */
  damage: string | null;
}

/**
 * Whole and checked when it resolves: one file, without a log. It is read and written in steps, and the
 * checks take long: call it beside the thread that answers.
 * @param to a name that is free
 * @param keepsDamage a damaged file is copied as it is, and the answer says what is wrong with it
 * @throws HaypileError HAYPILE_DB_*, HAYPILE_DISK_FULL, HAYPILE_PERMISSION, HAYPILE_IO; the system's error of making `to`
 */
export async function copyDatabase(
  kind: CopiedKind,
  path: string,
  to: string,
  keepsDamage = false,
): Promise<Copied> {
  let source: Database | undefined;
  let found: Copied;
  // SQLite takes an empty file, and with it the mode.
  closeSync(openPrivate(to, "wx"));
  try {
    source = connect(path, { readonly: true });
    source.pragma(`cache_size = -${cacheKib}`);
    const schema = readSchemaVersion(source, path, kind.schema);
    source.exec("BEGIN");
    found = { schema, ...factsOf(kind, source, keepsDamage), damage: null };
    await source.backup(sqliteName(to), { progress: () => pagesPerStep });
  } catch (error) {
    throw kind.error(error, path, `make a snapshot of ${kind.what}`);
  } finally {
    source?.close();
  }
  const damage = whatIsWrong(kind, to, keepsDamage ? undefined : found.counts);
  if (damage !== undefined && !keepsDamage) throw notWhole(kind, path, damage);
  return { ...found, damage: damage ?? null };
}

/** @throws HaypileError HAYPILE_DB_* */
export function countedIn(kind: CopiedKind, path: string): Counts {
  const db = connect(path, { readonly: true });
  try {
    return kind.counts(db);
  } catch (error) {
    throw kind.error(error, path, `count ${kind.what}`, db);
  } finally {
    db.close();
  }
}

/**
 * Looks through a file that nobody else has open.
 * @param expected what it must hold; undefined: what it holds is not counted
 * @returns what is wrong, in words
 * @throws HaypileError HAYPILE_DB_*, HAYPILE_DISK_FULL, HAYPILE_PERMISSION, HAYPILE_IO
 */
export function whatIsWrong(
  kind: CopiedKind,
  path: string,
  expected: Counts | undefined,
  changesFormat = true,
): string | undefined {
  let db: Database | undefined;
  try {
    db = connect(path, { creates: false, readonly: !changesFormat });
    db.pragma(`cache_size = -${cacheKib}`);
    // From here on it is one file, which is read without making others beside it.
    if (changesFormat) db.pragma("journal_mode = DELETE");
    const answer = String(db.pragma("quick_check(1)", { simple: true }));
    if (answer !== "ok") return answer;
    if (expected === undefined) return undefined;
    const counts = kind.counts(db);
    if (JSON.stringify(counts) === JSON.stringify(expected)) return undefined;
    return `${JSON.stringify(counts)} instead of ${JSON.stringify(expected)}`;
  } catch (error) {
    const told = kind.error(error, path, "check the snapshot");
    if (told.code !== "HAYPILE_DB_CORRUPT") throw told;
    return String(told.data.finding ?? "it is damaged");
  } finally {
    db?.close();
  }
}

function factsOf(
  kind: CopiedKind,
  db: Database,
  mayBeDamaged: boolean,
): Pick<Copied, "counts" | "model"> {
  try {
    return { counts: kind.counts(db), model: kind.model(db) };
  } catch (error) {
    if (!mayBeDamaged) throw error;
    return { counts: kind.none, model: null };
  }
}

function notWhole({ what, wayOut }: CopiedKind, path: string, finding: string): HaypileError {
  return new HaypileError(
    "HAYPILE_DB_CORRUPT",
    `The snapshot that was just made of ${what} in ${path} is not whole (${finding}), so it is not kept. ${wayOut}`,
    { data: { path, finding } },
  );
}
