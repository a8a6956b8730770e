/* Where the tables of a new file of memories begin: the schema is always made in the same order. */
import { loadDriver } from "../../file/driver.ts";
import { migrate } from "../../file/schema.ts";
import { memoriesSchema } from "../file/schema.ts";

let known: Map<string, number> | undefined;

/** Pages by table. */
export function defaultRoots(): Map<string, number> {
  if (known !== undefined) return known;
  const db = new (loadDriver())(":memory:");
  try {
    db.pragma("page_size = 4096");
    db.pragma("auto_vacuum = INCREMENTAL");
    migrate(db, memoriesSchema.steps, memoriesSchema.applicationId, memoriesSchema.factNames);
    const rows = db.prepare("SELECT name, rootpage FROM sqlite_schema WHERE type = 'table'").raw();
    known = new Map((rows.all() as [string, number][]).filter(([, root]) => root > 0));
    return known;
  } finally {
    db.close();
  }
}
