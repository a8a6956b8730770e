import type { Migration } from "./migration.ts";

/**
 * Definitions, references and imports by file. A name is stored once; `folded` is it without case
 * and signs, so that get_user, getUser and "get user" meet. `name_deletes` holds hashes of each
 * folded name with one letter left out: two names one letter apart share one. Only names that are
 * defined somewhere have words and deletes. The word index gets
 * fields, and a chunk its context. What an older index held is read and embedded again.
 */
export const symbols: Migration = {
  version: 2,
  sql: `
    CREATE TABLE names(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL UNIQUE,
      folded TEXT NOT NULL,
      is_defined INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX names_by_folded ON names(folded) WHERE is_defined;

    CREATE TABLE symbols(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      file_id INTEGER NOT NULL REFERENCES files(id) ON DELETE CASCADE,
      name_id INTEGER NOT NULL REFERENCES names(id),
      kind TEXT NOT NULL,
      container TEXT NOT NULL,
      signature TEXT NOT NULL,
      doc TEXT NOT NULL,
      start_line INTEGER NOT NULL,
      head_line INTEGER NOT NULL,
      end_line INTEGER NOT NULL,
      is_public INTEGER NOT NULL,
      body_hash TEXT NOT NULL
    ) STRICT;
    CREATE INDEX symbols_by_file ON symbols(file_id, start_line);
    CREATE INDEX symbols_by_name ON symbols(name_id);

    CREATE TABLE refs(
      name_id INTEGER NOT NULL REFERENCES names(id),
      file_id INTEGER NOT NULL REFERENCES files(id) ON DELETE CASCADE,
      line INTEGER NOT NULL,
      kind INTEGER NOT NULL,
      symbol_id INTEGER,
      PRIMARY KEY (name_id, file_id, line, kind)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX refs_by_file ON refs(file_id);
    CREATE INDEX refs_by_symbol ON refs(symbol_id) WHERE symbol_id IS NOT NULL;

    CREATE TABLE imports(
      file_id INTEGER NOT NULL REFERENCES files(id) ON DELETE CASCADE,
      ordinal INTEGER NOT NULL,
      module TEXT NOT NULL,
      name TEXT NOT NULL,
      alias TEXT NOT NULL,
      line INTEGER NOT NULL,
      PRIMARY KEY (file_id, ordinal)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE name_deletes(
      hash INTEGER NOT NULL,
      name_id INTEGER NOT NULL,
      PRIMARY KEY (hash, name_id)
    ) STRICT, WITHOUT ROWID;

    CREATE VIRTUAL TABLE name_words USING fts5(
      words, content='', contentless_delete=1, detail=none, tokenize="unicode61 remove_diacritics 2 tokenchars '_'"
    );

    DELETE FROM files;
    DELETE FROM chunks;
    DROP TABLE chunk_words;
    CREATE VIRTUAL TABLE chunk_words USING fts5(
      name, signature, doc, body, content='', contentless_delete=1,
      tokenize="porter unicode61 remove_diacritics 2 tokenchars '_'"
    );
    DROP TABLE path_words;
    CREATE VIRTUAL TABLE path_words USING fts5(
      path, content='', contentless_delete=1, tokenize="porter unicode61 remove_diacritics 2 tokenchars '_'"
    );
    ALTER TABLE chunks ADD COLUMN context TEXT NOT NULL DEFAULT '';
  `,
};
