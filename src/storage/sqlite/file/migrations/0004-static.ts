import type { Migration } from "./migration.ts";

/**
 * Vectors of the static model, made for every chunk at once so that a search by meaning works before
 * the model of the index has seen the chunks. `static_pending` lists chunks that have none yet;
 * `pending.urgency` says which of those without a vector of the index's own come first.
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
    ALTER TABLE pending ADD COLUMN urgency INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX pending_by_urgency ON pending(urgency, chunk_id);
    INSERT INTO static_pending SELECT id FROM chunks;
    CREATE TRIGGER chunks_added AFTER INSERT ON chunks BEGIN
      INSERT INTO static_pending VALUES (new.id);
    END;
  `,
};
