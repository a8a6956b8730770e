import type { Migration } from "./migration.ts";

/**
 * References with what they hang on (reference-list.ts), and re-exports (docs/decisions/0162-uses-by-construction.md).
 * Texts and vectors stay; every file is read again, because its stamp no longer fits.
 */
export const uses: Migration = {
  version: 10,
  sql: `
    DELETE FROM ref_lists;
    DROP TABLE ref_names;
    CREATE VIRTUAL TABLE ref_names USING fts5(
      names, content='', contentless_delete=1, detail=none, tokenize="ascii"
    );
    UPDATE names SET uses = 0;
    DELETE FROM imports;
    ALTER TABLE imports ADD COLUMN is_export INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX imports_by_name ON imports(name);
    CREATE INDEX exports_by_alias ON imports(alias) WHERE is_export AND alias <> '';
    UPDATE files SET size_bytes = -1, content_hash = '';
  `,
};
