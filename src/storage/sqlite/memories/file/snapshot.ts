/*
 * A copy of a file of memories as it stood at one moment, while others read and write it. It reads in one transaction, so
 * SQLite's online backup never begins anew, whoever writes meanwhile; the log can only be cut afterwards.
 */
import { closeSync } from "node:fs";
import { HaypileError } from "../../../../base/errors.ts";
import { flushPrivate, openPrivate } from "../../../../base/files/private-files.ts";
import type { SnapshotCounts } from "../../../../ports/answers/snapshots.ts";
import { type Database, sqliteName } from "../../file/driver.ts";
import { connect } from "../../file/open.ts";
import { readSchemaVersion } from "../../file/schema.ts";
import { memoryError } from "./errors.ts";
import { memoriesSchema } from "./schema.ts";

const pagesPerStep = 256;

export interface CopiedMemories {
  schema: number;
  counts: SnapshotCounts;
}

/**
 * Whole, checked and on the disk when it resolves: one file, without a log. It is read and written in steps, and the
 * checks take long: call it beside the thread that answers.
 * @param to a name that is free
 * @throws HaypileError HAYPILE_DB_*, HAYPILE_DISK_FULL, HAYPILE_PERMISSION, HAYPILE_IO; the system's error of making `to`
 */
export async function copyMemories(path: string, to: string): Promise<CopiedMemories> {
  let source: Database | undefined;
  let found: CopiedMemories;
  // SQLite takes an empty file, and with it the mode.
  closeSync(openPrivate(to, "wx"));
  try {
    source = connect(path, { readonly: true });
    const schema = readSchemaVersion(source, path, memoriesSchema);
    source.exec("BEGIN");
    found = { schema, counts: countsOf(source) };
    await source.backup(sqliteName(to), { progress: () => pagesPerStep });
  } catch (error) {
    throw memoryError(error, path, "make a snapshot of the memories");
  } finally {
    source?.close();
  }
  assertWhole(to, found.counts);
  flushPrivate(to);
  return found;
}

function assertWhole(path: string, expected: SnapshotCounts): void {
  let db: Database | undefined;
  try {
    db = connect(path, { creates: false });
    // From here on it is one file, which is read without making others beside it.
    db.pragma("journal_mode = DELETE");
    const answer = db.pragma("quick_check(1)", { simple: true });
    if (answer !== "ok") throw notWhole(path, String(answer));
    const counts = countsOf(db);
    if (JSON.stringify(counts) !== JSON.stringify(expected)) {
      throw notWhole(path, `${JSON.stringify(counts)} instead of ${JSON.stringify(expected)}`);
    }
  } catch (error) {
    throw memoryError(error, path, "check the snapshot");
  } finally {
    db?.close();
  }
}

function countsOf(db: Database): SnapshotCounts {
  return db
    .prepare(
      `SELECT count(*) FILTER (WHERE until IS NULL AND deleted IS NULL) AS memories,
         count(DISTINCT key) FILTER (WHERE deleted IS NOT NULL) AS deleted,
         count(*) AS texts FROM memories NOT INDEXED`,
    )
    .get() as SnapshotCounts;
}

function notWhole(path: string, finding: string): HaypileError {
  return new HaypileError(
    "HAYPILE_DB_CORRUPT",
    `The snapshot that was just made is not whole (${finding}), so it is not kept. "haypile doctor" says whether the memories are damaged.`,
    { data: { path, finding, isOfMemories: true } },
  );
}
