import type { ImportRow } from "../../../ports/symbols.ts";
import type { Database, Statement } from "../file/driver.ts";

const columns =
  "files.path, files.language, imports.module, imports.name, imports.alias, imports.line, imports.is_export AS isExport";

/** What files import and hand on. */
export class Imports {
  readonly #of: Statement;
  readonly #named: Statement;
  readonly #exportedAs: Statement;

  constructor(db: Database) {
    this.#of = db.prepare(
      `SELECT ${columns} FROM json_each(?) AS asked JOIN files ON files.path = asked.value
       JOIN imports ON imports.file_id = files.id ORDER BY files.path, imports.line`,
    );
    this.#named = db.prepare(
      `SELECT ${columns} FROM json_each(?) AS asked JOIN imports ON imports.name = asked.value
       JOIN files ON files.id = imports.file_id LIMIT ?`,
    );
    this.#exportedAs = db.prepare(
      `SELECT ${columns} FROM imports JOIN files ON files.id = imports.file_id
       WHERE is_export AND alias <> '' AND alias = ? LIMIT ?`,
    );
  }

  of(paths: readonly string[]): ImportRow[] {
    return rowsOf(this.#of.all(JSON.stringify(paths)));
  }

  named(names: readonly string[], limit: number): ImportRow[] {
    return rowsOf(this.#named.all(JSON.stringify(names), limit));
  }

  exportedAs(alias: string, limit: number): ImportRow[] {
    return rowsOf(this.#exportedAs.all(alias, limit));
  }
}

function rowsOf(rows: unknown[]): ImportRow[] {
  return (rows as (Omit<ImportRow, "isExport"> & { isExport: number })[]).map((row) => ({
    ...row,
    isExport: row.isExport === 1,
  }));
}
