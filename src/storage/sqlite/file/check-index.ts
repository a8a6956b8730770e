import type { Database } from "./driver.ts";
import { sqliteError } from "./errors.ts";
import { explain } from "./explain.ts";
import { checkedPath, connect } from "./open.ts";
import { indexSchema, readSchemaVersion } from "./schema.ts";

/**
 * Looks through the file of an index; it may be in use.
 *
 * @returns what is damaged, or undefined
 * @throws HaypileError HAYPILE_DB_*, HAYPILE_PERMISSION, HAYPILE_IO when it cannot be opened
 */
export function checkIndexDatabase(given: string): string | undefined {
  const path = checkedPath(given);
  let db: Database | undefined;
  try {
    db = connect(path, { readonly: true });
    readSchemaVersion(db, path, indexSchema);
    const finding = String(db.pragma("quick_check(1)", { simple: true }));
    return finding === "ok" ? undefined : finding;
  } catch (error) {
    const doing = "check the index";
    throw db === undefined ? sqliteError(error, path, doing) : explain(db, path, error, doing);
  } finally {
    db?.close();
  }
}
