import type { Migration } from "./migration.ts";

/**
 * Bits of the vectors, made from `vectors` and droppable at any time. `segments` are large runs of
 * rows; `unsegmented` lists rows that came since, `dead` rows of segments that changed or went. The
 * triggers keep the three together with the truth in the same transaction, whoever writes. They ask
 * before they insert: the conflict clause of the statement that fires a trigger overrides its own.
 */
export const segments: Migration = {
  version: 3,
  sql: `
    CREATE TABLE segments(
      id INTEGER PRIMARY KEY,
      count INTEGER NOT NULL,
      ids BLOB NOT NULL,
      bits BLOB NOT NULL,
      sum INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE segment_state(
      key TEXT PRIMARY KEY,
      value BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE unsegmented(chunk_id INTEGER PRIMARY KEY) STRICT;
    CREATE TABLE dead(chunk_id INTEGER PRIMARY KEY) STRICT;
    INSERT INTO unsegmented SELECT chunk_id FROM vectors;

    CREATE TRIGGER vectors_added AFTER INSERT ON vectors BEGIN
      INSERT INTO unsegmented SELECT new.chunk_id
        WHERE NOT EXISTS (SELECT 1 FROM unsegmented WHERE chunk_id = new.chunk_id);
    END;
    CREATE TRIGGER vectors_changed AFTER UPDATE ON vectors BEGIN
      INSERT INTO dead SELECT old.chunk_id
        WHERE NOT EXISTS (SELECT 1 FROM unsegmented WHERE chunk_id = old.chunk_id)
        AND NOT EXISTS (SELECT 1 FROM dead WHERE chunk_id = old.chunk_id);
      INSERT INTO unsegmented SELECT new.chunk_id
        WHERE NOT EXISTS (SELECT 1 FROM unsegmented WHERE chunk_id = new.chunk_id);
    END;
    CREATE TRIGGER vectors_removed AFTER DELETE ON vectors BEGIN
      INSERT INTO dead SELECT old.chunk_id
        WHERE NOT EXISTS (SELECT 1 FROM unsegmented WHERE chunk_id = old.chunk_id)
        AND NOT EXISTS (SELECT 1 FROM dead WHERE chunk_id = old.chunk_id);
      DELETE FROM unsegmented WHERE chunk_id = old.chunk_id;
    END;
  `,
};
