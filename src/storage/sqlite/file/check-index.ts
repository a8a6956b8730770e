import type { Database } from "./driver.ts";
import { sqliteError } from "./errors.ts";
import { explain } from "./explain.ts";
import { checkedPath, connect } from "./open.ts";
import { indexSchema, readSchemaVersion } from "./schema.ts";

/**
 * Looks through the file of an index; it may be in use.
 *
 * @param isEnough asked before each table: true ends the look
 * @returns what is damaged, or undefined
 * @throws HaypileError HAYPILE_DB_*, HAYPILE_PERMISSION, HAYPILE_IO when it cannot be opened
 */
export function checkIndexDatabase(
  given: string,
  isEnough?: (() => boolean) | undefined,
): string | undefined {
  const path = checkedPath(given);
  let db: Database | undefined;
  try {
    db = connect(path, { readonly: true });
    readSchemaVersion(db, path, indexSchema);
    if (isEnough !== undefined) return checkTables(db, isEnough);
    const finding = String(db.pragma("quick_check(1)", { simple: true }));
    return finding === "ok" ? undefined : finding;
  } catch (error) {
    const doing = "check the index";
    throw db === undefined ? sqliteError(error, path, doing) : explain(db, path, error, doing);
  } finally {
    db?.close();
  }
}

/** Table by table; what lies in none of them (free pages) is not looked at. */
function checkTables(db: Database, isEnough: () => boolean): string | undefined {
  const tables = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY name")
    .pluck()
    .all() as string[];
  for (const table of tables) {
    if (isEnough()) return undefined;
    const quoted = `"${table.replaceAll('"', '""')}"`;
    const finding = String(db.pragma(`quick_check(${quoted})`, { simple: true }));
    if (finding !== "ok") return `${table}: ${finding}`;
  }
  return undefined;
}
