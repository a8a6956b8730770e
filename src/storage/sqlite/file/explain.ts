import { HaypileError } from "../../../base/errors.ts";
import type { Database } from "./driver.ts";
import { corruptError, sqliteCode, sqliteError } from "./errors.ts";

/**
 * Our SQL is fixed, so an error without a clear reason comes from damage as often as from us, and
 * damaged lengths can ask for more memory than there is. The file is looked at before it is told.
 *
 * @param looksAtAll also at what is no error of the driver: what reads a value may trip over a damaged one
 */
export function explain(
  db: Database,
  path: string,
  error: unknown,
  doing: string,
  looksAtAll = false,
): HaypileError {
  const named = sqliteError(error, path, doing);
  const unclear = named.code === "HAYPILE_INTERNAL" || named.code === "HAYPILE_OUT_OF_MEMORY";
  if (!unclear || (sqliteCode(error) === "" && !looksAtAll)) return named;
  try {
    quickCheck(db, path);
  } catch (finding) {
    if (HaypileError.isInstance(finding)) return finding;
    if (sqliteCode(finding) !== "SQLITE_NOMEM") return corruptError(path, String(error), error);
  }
  return named;
}

/** @throws HaypileError HAYPILE_DB_CORRUPT when the file is damaged */
export function quickCheck(db: Database, path: string): void {
  const finding = db.pragma("quick_check(1)", { simple: true });
  if (finding !== "ok") throw corruptError(path, String(finding));
}
