import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Database } from "better-sqlite3";

const Driver = createRequire(import.meta.url)("better-sqlite3") as new (
  path: string,
  options?: { readonly?: boolean },
) => Database;

/** Opens a database file with the bare driver: to look at what the store wrote, or to spoil it. */
export function openRaw(path: string, options?: { readonly?: boolean }): Database {
  return new Driver(path, options);
}

/** A folder of its own, and how to remove it. */
export function makeFolder(): { folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "haypile-storage-"));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** What is wrong inside an index; [] = sound. */
export function findFaults(path: string): string[] {
  const db = openRaw(path);
  try {
    const faults: string[] = [];
    const integrity = db.pragma("integrity_check", { simple: true });
    if (integrity !== "ok") faults.push(`integrity_check: ${integrity}`);
    for (const table of ["chunk_words", "path_words", "name_words", "ref_names"]) {
      try {
        db.exec(`INSERT INTO ${table}(${table}) VALUES ('integrity-check')`);
      } catch (error) {
        faults.push(`${table}: ${error}`);
      }
    }
    if (db.pragma("foreign_key_check", { simple: true }) !== undefined) faults.push("foreign keys");
    for (const [fault, sql] of Object.entries(faultQueries)) {
      const count = db.prepare(`SELECT count(*) FROM (${sql})`).pluck().get() as number;
      if (count > 0) faults.push(`${count} x ${fault}`);
    }
    return faults;
  } finally {
    db.close();
  }
}

const faultQueries = {
  "chunk without a file": "SELECT id FROM chunks EXCEPT SELECT chunk_id FROM file_chunks",
  "vector without a chunk": "SELECT chunk_id FROM vectors EXCEPT SELECT id FROM chunks",
  "chunk neither embedded nor pending":
    "SELECT id FROM chunks EXCEPT SELECT chunk_id FROM vectors EXCEPT SELECT chunk_id FROM pending",
  "chunk both embedded and pending":
    "SELECT chunk_id FROM vectors INTERSECT SELECT chunk_id FROM pending",
  "words without a chunk": "SELECT rowid FROM chunk_words EXCEPT SELECT id FROM chunks",
  "chunk without words": "SELECT id FROM chunks EXCEPT SELECT rowid FROM chunk_words",
  "symbol without a file": "SELECT id >> 20 FROM symbols EXCEPT SELECT id FROM files",
  "symbol without a name":
    "SELECT name_id FROM symbols EXCEPT SELECT id FROM names WHERE is_defined",
  "defined name without words":
    "SELECT id FROM names WHERE is_defined EXCEPT SELECT rowid FROM name_words",
  "list of references without a file": "SELECT file_id FROM ref_lists EXCEPT SELECT id FROM files",
  "names of references without a list":
    "SELECT rowid FROM ref_names EXCEPT SELECT file_id FROM ref_lists",
  "import without a file": "SELECT file_id FROM imports EXCEPT SELECT id FROM files",
  "path words without a file": "SELECT rowid FROM path_words EXCEPT SELECT id FROM files",
  "file without path words": "SELECT id FROM files EXCEPT SELECT rowid FROM path_words",
};
