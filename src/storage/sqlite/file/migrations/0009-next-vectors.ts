import type { Migration } from "./migration.ts";

/**
 * Vectors of the model that an index is on its way to (docs/decisions/0120-migrating-to-another-model.md). They serve
 * no search. What goes from `chunks` goes from here in the same transaction.
 */
export const nextVectors: Migration = {
  version: 9,
  sql: `
    CREATE TABLE next_vectors(
      chunk_id INTEGER PRIMARY KEY REFERENCES chunks(id) ON DELETE CASCADE,
      scale REAL NOT NULL,
      data BLOB NOT NULL
    ) STRICT;
  `,
};
