/* What goes wrong with a file of memories, in words that fit what cannot be made again. */
import { HaypileError } from "../../../../base/errors.ts";
import type { Database } from "../../file/driver.ts";
import { sqliteError } from "../../file/errors.ts";
import { explain } from "../../file/explain.ts";

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
  const known =
    db === undefined
      ? sqliteError(error, path, doing)
      : explain(db, path, error, doing, !HaypileError.isInstance(error));
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
