/*
 * A copy of a file of memories as it stood at one moment, while others read and write it. It reads in one transaction, so
 * SQLite's online backup never begins anew, whoever writes meanwhile; the log can only be cut afterwards.
 */
import { closeSync } from "node:fs";
import { HaypileError } from "../../../../base/errors.ts";
import { openPrivate } from "../../../../base/files/private-files.ts";
import type { SnapshotCounts } from "../../../../ports/answers/snapshots.ts";
import { type Database, sqliteName } from "../../file/driver.ts";
import { connect } from "../../file/open.ts";
import { readSchemaVersion } from "../../file/schema.ts";
import { namedBy } from "../vectors/embedding.ts";
import { memoryError } from "./errors.ts";
import { memoriesSchema } from "./schema.ts";

/** Between two of them the thread looks whether it is to end. */
const pagesPerStep = 1_024;
const cacheKib = 4_096;

export interface CopiedMemories {
  schema: number;
  counts: SnapshotCounts;
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
export async function copyMemories(
  path: string,
  to: string,
  keepsDamage = false,
): Promise<CopiedMemories> {
  let source: Database | undefined;
  let found: CopiedMemories;
  // SQLite takes an empty file, and with it the mode.
  closeSync(openPrivate(to, "wx"));
  try {
    source = connect(path, { readonly: true });
    source.pragma(`cache_size = -${cacheKib}`);
    const schema = readSchemaVersion(source, path, memoriesSchema);
    source.exec("BEGIN");
    found = { schema, ...factsOf(source, keepsDamage), damage: null };
    await source.backup(sqliteName(to), { progress: () => pagesPerStep });
  } catch (error) {
    throw memoryError(error, path, "make a snapshot of the memories");
  } finally {
    source?.close();
  }
  const damage = whatIsWrong(to, keepsDamage ? undefined : found.counts);
  if (damage !== undefined && !keepsDamage) throw notWhole(path, damage);
  return { ...found, damage: damage ?? null };
}

/** @throws HaypileError HAYPILE_DB_* */
export function countedMemories(path: string): SnapshotCounts {
  const db = connect(path, { readonly: true });
  try {
    return countsOf(db);
  } catch (error) {
    throw memoryError(error, path, "count the memories", db);
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
  path: string,
  expected: SnapshotCounts | undefined,
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
    const counts = countsOf(db);
    if (JSON.stringify(counts) === JSON.stringify(expected)) return undefined;
    return `${JSON.stringify(counts)} instead of ${JSON.stringify(expected)}`;
  } catch (error) {
    const told = memoryError(error, path, "check the snapshot");
    if (told.code !== "HAYPILE_DB_CORRUPT") throw told;
    return String(told.data.finding ?? "it is damaged");
  } finally {
    db?.close();
  }
}

type Facts = Pick<CopiedMemories, "counts" | "model">;

function factsOf(db: Database, mayBeDamaged: boolean): Facts {
  try {
    const model = db.prepare("SELECT value FROM meta WHERE name = 'model'").pluck().get();
    return { counts: countsOf(db), model: namedBy(model as string | undefined)?.id ?? null };
  } catch (error) {
    if (!mayBeDamaged) throw error;
    return { counts: { memories: 0, deleted: 0, texts: 0 }, model: null };
  }
}

function countsOf(db: Database): SnapshotCounts {
  const { memories, deleted, texts } = db
    .prepare(
      `SELECT count(*) FILTER (WHERE until IS NULL AND deleted IS NULL) AS memories,
         count(DISTINCT key) FILTER (WHERE deleted IS NOT NULL) AS deleted,
         count(*) AS texts FROM memories NOT INDEXED`,
    )
    .get() as SnapshotCounts;
  return { memories, deleted, texts };
}

function notWhole(path: string, finding: string): HaypileError {
  return new HaypileError(
    "HAYPILE_DB_CORRUPT",
    `The snapshot that was just made of ${path} is not whole (${finding}), so it is not kept. "haypile doctor" says whether the memories are damaged.`,
    { data: { path, finding, isOfMemories: true } },
  );
}

/** Whether a file that nobody else has open has any text of a memory. @throws HaypileError HAYPILE_DB_* */
export function holdsMemory(path: string, key: string): boolean {
  const db = connect(path, { readonly: true });
  try {
    const found = db.prepare("SELECT 1 FROM memories WHERE key = ? LIMIT 1").get(key);
    return found !== undefined;
  } catch (error) {
    throw memoryError(error, path, "look into the snapshot", db);
  } finally {
    db.close();
  }
}
