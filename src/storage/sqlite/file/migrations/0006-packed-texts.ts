import type { Migration } from "./migration.ts";

/**
 * Texts may be packed (packed-text.ts): then `text` is empty, `packed` holds it, and `packed_by` names
 * the dictionary it was packed with. The newest dictionary is the one new texts are packed with.
 */
export const packedTexts: Migration = {
  version: 6,
  sql: `
    CREATE TABLE dictionaries(
      id INTEGER PRIMARY KEY,
      data BLOB NOT NULL
    ) STRICT;
    ALTER TABLE chunks ADD COLUMN packed BLOB;
    ALTER TABLE chunks ADD COLUMN packed_by INTEGER REFERENCES dictionaries(id);
  `,
};
