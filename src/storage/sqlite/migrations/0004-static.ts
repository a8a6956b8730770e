import type { Migration } from "../schema.ts";

/**
 * Vectors of the static model, made for every chunk at once so that a search by meaning works before
 * the model of the index has seen the chunks. `static_pending` lists chunks that have none yet.
 */
export const staticVectors: Migration = {
  version: 4,
  sql: `
    CREATE TABLE static_vectors(
      chunk_id INTEGER PRIMARY KEY REFERENCES chunks(id) ON DELETE CASCADE,
      scale REAL NOT NULL,
      data BLOB NOT NULL
    ) STRICT;
    CREATE TABLE static_pending(
      chunk_id INTEGER PRIMARY KEY REFERENCES chunks(id) ON DELETE CASCADE
    ) STRICT;
    INSERT INTO static_pending SELECT id FROM chunks;
    CREATE TRIGGER chunks_added AFTER INSERT ON chunks BEGIN
      INSERT INTO static_pending VALUES (new.id);
    END;
  `,
};
