import { IndexMeta } from "../../shared/index-meta.ts";
import type { Database } from "./driver.ts";

export { type ModelClaim, modelFolderKey } from "../../shared/index-meta.ts";

/** The facts of an index in SQLite. */
export class Meta extends IndexMeta {
  constructor(db: Database, path: string) {
    const get = db.prepare("SELECT value FROM meta WHERE key = ?").pluck();
    const set = db.prepare(
      "INSERT INTO meta(key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    );
    super(path, {
      get: (name) => get.get(name) as string | undefined,
      set: (name, value) => void set.run(name, value),
    });
  }
}
