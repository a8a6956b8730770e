import type { Migration } from "./migration.ts";

/**
 * Definitions and uses from SCIP indexes (docs/decisions/0174-scip-indexes.md): one list a file (exact-list.ts), which
 * counts while the file has the text it was compared with. `exact_words` finds the lists by symbol: its rowid is the
 * file, its words are a letter (d: defined, u: used, h: its heirs are here) and the number of a symbol.
 */
export const exactUses: Migration = {
  version: 12,
  sql: `
    CREATE TABLE exact_files(
      file_id INTEGER PRIMARY KEY REFERENCES files(id) ON DELETE CASCADE,
      content_hash TEXT NOT NULL,
      run INTEGER NOT NULL,
      is_whole INTEGER NOT NULL,
      data BLOB NOT NULL
    ) STRICT;
    CREATE VIRTUAL TABLE exact_words USING fts5(
      words, content='', contentless_delete=1, detail=none, tokenize="ascii"
    );
    CREATE TRIGGER exact_files_gone AFTER DELETE ON exact_files BEGIN
      DELETE FROM exact_words WHERE rowid = old.file_id;
    END;
  `,
  down: {
    loses: (db) => {
      const files = db.prepare("SELECT count(*) FROM exact_files").pluck().get() as number;
      return files === 0
        ? []
        : [
            `definitions and uses of ${files} ${files === 1 ? "file" : "files"} that were read from SCIP indexes ("haypile index --scip" reads them again)`,
          ];
    },
    remakes: () => [],
    sql: `
      DROP TRIGGER exact_files_gone;
      DROP TABLE exact_words;
      DROP TABLE exact_files;
      DELETE FROM meta WHERE key = 'scip';
    `,
  },
};
