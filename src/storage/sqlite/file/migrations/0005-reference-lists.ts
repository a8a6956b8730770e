import type { Migration } from "./migration.ts";

/**
 * References as one list a file (reference-list.ts) in place of a row each, found by `ref_names`: its
 * rowid is the file, its words are ids of names. `name_words` takes what `name_deletes` held, and
 * `names.uses` counts the references. A symbol's id is that of its file and its place in it
 * (symbol-ids.ts), so that a file's symbols lie side by side without an index of their own.
 * Texts and vectors stay; every file is read again, because its stamp no longer fits.
 */
export const referenceLists: Migration = {
  version: 5,
  sql: `
    DROP TABLE refs;
    DROP TABLE symbols;
    DROP TABLE imports;
    DROP TABLE name_deletes;
    DROP TABLE name_words;
    DROP TABLE names;
    UPDATE files SET size_bytes = -1, content_hash = '';

    CREATE TABLE names(
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      folded TEXT NOT NULL,
      is_defined INTEGER NOT NULL,
      uses INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX names_by_folded ON names(folded) WHERE is_defined;

    CREATE TABLE symbols(
      id INTEGER PRIMARY KEY,
      name_id INTEGER NOT NULL,
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
    CREATE INDEX symbols_by_name ON symbols(name_id);

    CREATE TABLE ref_lists(
      file_id INTEGER PRIMARY KEY,
      data BLOB NOT NULL
    ) STRICT;
    CREATE VIRTUAL TABLE ref_names USING fts5(
      names, content='', contentless_delete=1, detail=none, tokenize="ascii"
    );

    CREATE TABLE imports(
      file_id INTEGER NOT NULL,
      ordinal INTEGER NOT NULL,
      module TEXT NOT NULL,
      name TEXT NOT NULL,
      alias TEXT NOT NULL,
      line INTEGER NOT NULL,
      PRIMARY KEY (file_id, ordinal)
    ) STRICT, WITHOUT ROWID;

    CREATE VIRTUAL TABLE name_words USING fts5(
      words, content='', contentless_delete=1, detail=none, tokenize="unicode61 remove_diacritics 2 tokenchars '_'"
    );
  `,
};
