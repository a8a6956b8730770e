import type { Migration } from "./migration.ts";

/**
 * Vectors may be packed with a loss (vector-codes.ts): `data` in `vectors` is then as long as the codes
 * of the one row here say, while a vector that is not packed is as long as its dimensions. `retired`: no
 * vector is packed with it any more, but some still are.
 */
export const vectorCodes: Migration = {
  version: 7,
  sql: `
    CREATE TABLE vector_codes(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      format TEXT NOT NULL,
      dimensions INTEGER NOT NULL,
      levels INTEGER NOT NULL,
      step REAL NOT NULL,
      recall TEXT NOT NULL,
      retired INTEGER NOT NULL DEFAULT 0,
      data BLOB NOT NULL
    ) STRICT;
  `,
};
