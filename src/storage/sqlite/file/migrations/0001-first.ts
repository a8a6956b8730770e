import type { Migration } from "./migration.ts";

/**
 * `chunks`, `file_chunks` and `vectors` are the truth; `pending` and the two word indexes follow
 * from them and change in the same transactions. AUTOINCREMENT: the id of a removed chunk must not
 * come back while an embedder still works on the removed text. The word indexes are contentless:
 * their rowid is the chunk id or file id, the text they were made of is not kept twice.
 */
export const first: Migration = {
  version: 1,
  sql: `
    CREATE TABLE meta(
      key TEXT PRIMARY KEY,
      value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE files(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      path TEXT NOT NULL UNIQUE,
      size_bytes INTEGER NOT NULL,
      mtime_ms REAL NOT NULL,
      read_ms REAL NOT NULL,
      content_hash TEXT NOT NULL,
      language TEXT NOT NULL
    ) STRICT;

    CREATE TABLE chunks(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      text_hash BLOB NOT NULL UNIQUE,
      tokens INTEGER NOT NULL,
      text TEXT NOT NULL
    ) STRICT;

    CREATE TABLE file_chunks(
      file_id INTEGER NOT NULL REFERENCES files(id) ON DELETE CASCADE,
      ordinal INTEGER NOT NULL,
      chunk_id INTEGER NOT NULL REFERENCES chunks(id),
      start_line INTEGER NOT NULL,
      end_line INTEGER NOT NULL,
      PRIMARY KEY (file_id, ordinal)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX file_chunks_by_chunk ON file_chunks(chunk_id);

    CREATE TABLE vectors(
      chunk_id INTEGER PRIMARY KEY REFERENCES chunks(id) ON DELETE CASCADE,
      scale REAL NOT NULL,
      data BLOB NOT NULL
    ) STRICT;

    CREATE TABLE pending(
      chunk_id INTEGER PRIMARY KEY REFERENCES chunks(id) ON DELETE CASCADE
    ) STRICT;

    CREATE VIRTUAL TABLE chunk_words USING fts5(
      body, content='', contentless_delete=1, tokenize="porter unicode61 remove_diacritics 2 tokenchars '_'"
    );
    CREATE VIRTUAL TABLE path_words USING fts5(
      path, content='', contentless_delete=1, tokenize="porter unicode61 remove_diacritics 2 tokenchars '_'"
    );
  `,
};
