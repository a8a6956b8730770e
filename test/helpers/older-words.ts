/* Gives an index or a file of memories the words that Haypile 0.1 gave it, and reads what a word index holds. */
import { fieldsOf } from "../../src/base/text/chunk-fields.ts";
import { deletions } from "../../src/base/text/names.ts";
import { deletionWord } from "../../src/storage/shared/symbols/find-names.ts";
import { splitOlderWords } from "../../src/storage/sqlite/words/older-words.ts";
import { openRaw } from "./sqlite-files.ts";

const older = (text: string): string => splitOlderWords(text).join(" ");

/** Of a closed index whose texts are not packed. */
export function makeIndexWordsOlder(path: string): void {
  const db = openRaw(path);
  db.exec("BEGIN");
  for (const table of ["chunk_words", "path_words", "name_words"]) {
    db.exec(`INSERT INTO ${table}(${table}) VALUES ('delete-all')`);
  }
  const fields = db.prepare(
    `SELECT name, signature, doc FROM symbols JOIN names ON names.id = name_id
     WHERE symbols.id >> 20 = ? AND head_line BETWEEN ? AND ? ORDER BY symbols.id`,
  );
  const addChunk = db.prepare(
    "INSERT INTO chunk_words(rowid, name, signature, doc, body) VALUES (?, ?, ?, ?, ?)",
  );
  const chunks = db
    .prepare(
      `SELECT id, context, text, min(file_id) AS file, start_line AS first, end_line AS last
       FROM chunks JOIN file_chunks ON chunk_id = id GROUP BY id`,
    )
    .all() as Record<"context" | "text", string>[] &
    Record<"id" | "file" | "first" | "last", number>[];
  for (const { id, context, text, file, first, last } of chunks) {
    const own = fieldsOf(fields.all(file, first, last) as never);
    const header = older(`${context} ${own.signatures}`);
    addChunk.run(id, older(own.names), header, older(own.docs), older(text));
  }
  const addPath = db.prepare("INSERT INTO path_words(rowid, path) VALUES (?, ?)");
  const files = db.prepare("SELECT id, path FROM files").all() as { id: number; path: string }[];
  for (const { id, path: own } of files) addPath.run(id, older(own));
  const addName = db.prepare("INSERT INTO name_words(rowid, words) VALUES (?, ?)");
  const names = db.prepare("SELECT id, name, folded FROM names WHERE is_defined").all() as {
    id: number;
    name: string;
    folded: string;
  }[];
  for (const { id, name, folded } of names) {
    addName.run(id, [older(name), ...deletions(folded).map(deletionWord)].join(" "));
  }
  db.exec("DELETE FROM meta WHERE key = 'store.words'; COMMIT");
  db.close();
}

/** Of a closed file of memories. */
export function makeMemoryWordsOlder(path: string): void {
  const db = openRaw(path);
  db.exec("BEGIN; INSERT INTO memory_words(memory_words) VALUES ('delete-all')");
  const add = db.prepare("INSERT INTO memory_words(rowid, body) VALUES (?, ?)");
  const parts = db
    .prepare("SELECT p.id, start, end, text FROM parts p JOIN memories m ON m.id = row_id")
    .all() as { id: number; start: number; end: number; text: string }[];
  for (const { id, start, end, text } of parts) add.run(id, older(text.slice(start, end)));
  db.exec("DELETE FROM meta WHERE name = 'words'; COMMIT");
  db.close();
}

/** Everything a word index holds: term, row, column and place, in order. */
export function wordsIn(path: string, table: string): string[] {
  const db = openRaw(path);
  db.exec(`CREATE VIRTUAL TABLE temp.seen USING fts5vocab(main, ${table}, instance)`);
  const columns = table === "name_words" ? "term, doc" : "term, doc, col, offset";
  const rows = db.prepare(`SELECT ${columns} FROM temp.seen`).raw().all() as unknown[][];
  db.close();
  return rows.map((row) => row.join(" ")).sort();
}
