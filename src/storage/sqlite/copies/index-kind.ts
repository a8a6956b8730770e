/* What is copied of an index, and the mark of one that was put back. */
import { randomBytes } from "node:crypto";
import { HaypileError } from "../../../base/errors.ts";
import type { IndexSnapshotCounts } from "../../../ports/answers/time/index-snapshots.ts";
import type { Database } from "../file/driver.ts";
import { corruptError, sqliteCode, sqliteError } from "../file/errors.ts";
import { explain } from "../file/explain.ts";
import { connect } from "../file/open.ts";
import { indexSchema } from "../file/schema.ts";
import type { CopiedKind } from "./copy.ts";

/** The fact that another state was put in the place of an index: what is held of the one before counts no more. */
export const restoredKey = "restored";

export const indexKind: CopiedKind = {
  schema: indexSchema,
  what: "the index",
  none: { files: 0, chunks: 0, waiting: 0 } satisfies IndexSnapshotCounts,
  counts: (db) => {
    const { files, chunks, waiting } = db
      .prepare(
        `SELECT (SELECT count(*) FROM files) AS files, (SELECT count(*) FROM chunks) AS chunks,
           (SELECT count(*) FROM pending) AS waiting`,
      )
      .get() as IndexSnapshotCounts;
    return { files, chunks, waiting };
  },
  model: (db) => {
    const text = db.prepare("SELECT value FROM meta WHERE key = 'store.model'").pluck().get();
    try {
      const { id } = JSON.parse(String(text ?? "null")) as { id?: unknown };
      return typeof id === "string" ? id : null;
    } catch {
      return null;
    }
  },
  error: indexError,
  wayOut:
    '"haypile doctor" says whether the index is damaged; "haypile reset" and "haypile index" make it anew.',
};

function indexError(error: unknown, path: string, doing: string, db?: Database): HaypileError {
  if (HaypileError.isInstance(error)) return error;
  // Our SQL is fixed: a statement that does not fit the schema that the file says it has shows damage.
  if (sqliteCode(error) === "SQLITE_ERROR") return corruptError(path, String(error), error);
  return db === undefined ? sqliteError(error, path, doing) : explain(db, path, error, doing);
}

/** Marks a file that is to be put in the place of an index, and that nobody has open. @throws HaypileError HAYPILE_DB_*, HAYPILE_DISK_FULL */
export function markRestored(path: string): void {
  const db = connect(path, { creates: false });
  try {
    db.prepare(
      "INSERT INTO meta(key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    ).run(restoredKey, randomBytes(8).toString("hex"));
  } catch (error) {
    throw indexError(error, path, "restore the index", db);
  } finally {
    db.close();
  }
}

/** Ids of chunks from everywhere in it, at most so many. @throws HaypileError HAYPILE_DB_* */
export function someChunks(path: string, most: number): number[] {
  const db = connect(path, { readonly: true });
  try {
    const { low, high } = db
      .prepare("SELECT min(id) AS low, max(id) AS high FROM chunks")
      .get() as {
      low: number | null;
      high: number | null;
    };
    if (low === null || high === null) return [];
    const next = db.prepare("SELECT id FROM chunks WHERE id >= ? ORDER BY id LIMIT 1").pluck();
    const step = (high - low + 1) / most;
    const ids = Array.from({ length: most }, (_, at) => next.get(low + Math.floor(at * step)));
    return [...new Set(ids as number[])];
  } catch (error) {
    throw indexError(error, path, "read the index", db);
  } finally {
    db.close();
  }
}
