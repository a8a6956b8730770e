/* What goes wrong with a file of memories, in words that fit what cannot be made again. */
import { HaypileError } from "../../../base/errors.ts";
import type { Database } from "../open.ts";
import { sqliteError } from "../sqlite-errors.ts";

const wayOut =
  '"haypile memories export" writes what can be read, "haypile memories rescue" makes a good file of it and keeps this one, "haypile doctor" says what is damaged';

/**
 * As sqliteError(), but nobody is told to delete memories, and what no code explains is taken for damage when the
 * file is damaged.
 */
export function memoryError(
  error: unknown,
  path: string,
  doing: string,
  db?: Database,
): HaypileError {
  const known = sqliteError(error, path, doing);
  if (known === error && known.code !== "HAYPILE_DB_CORRUPT") return known;
  if (known.code === "HAYPILE_INTERNAL" && db !== undefined) {
    const finding = damageOf(db);
    return finding === undefined ? known : damagedMemories(path, finding, error);
  }
  if (known.code !== "HAYPILE_DB_CORRUPT" || known.data.isOfMemories === true) return known;
  return damagedMemories(path, String(known.data.finding), error);
}

/** The error for a damaged file of memories, with the ways out. */
export function damagedMemories(path: string, finding: string, cause?: unknown): HaypileError {
  return new HaypileError(
    "HAYPILE_DB_CORRUPT",
    `The memories in ${path} are damaged (${finding}). ${wayOut}.`,
    { data: { path, finding, isOfMemories: true }, cause },
  );
}

/** What SQLite finds wrong with the file; undefined for nothing. */
function damageOf(db: Database): string | undefined {
  try {
    const finding = db.pragma("quick_check(1)", { simple: true });
    return finding === "ok" ? undefined : String(finding);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
