import type { Migration } from "./migration.ts";

/**
 * Files whose definitions are missing, why, and how many runs tried them. Before this nobody knew: a large file that
 * has no list of references, which every parsed one has, is read again, since a busy machine may have been the reason.
 */
export const unparsed: Migration = {
  version: 8,
  sql: `
    CREATE TABLE unparsed(
      file_id INTEGER PRIMARY KEY REFERENCES files(id) ON DELETE CASCADE,
      why TEXT NOT NULL,
      tries INTEGER NOT NULL
    ) STRICT;
    UPDATE files SET size_bytes = -1, content_hash = ''
    WHERE size_bytes > 20000 AND language <> 'text' AND id NOT IN (SELECT file_id FROM ref_lists);
  `,
};
