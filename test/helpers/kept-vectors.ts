/* Vectors as they lie in index files. */
import Database from "better-sqlite3";

/** All of a file by chunk, as text that is equal where every byte is: a text's vector does not depend on its batch. */
export function keptVectors(path: string): string {
  const db = new Database(path, { readonly: true });
  try {
    const rows = db
      .prepare("SELECT chunk_id, scale, hex(data) FROM vectors ORDER BY chunk_id")
      .raw()
      .all();
    return JSON.stringify(rows);
  } finally {
    db.close();
  }
}
