import type { Database, Statement } from "../file/driver.ts";

/**
 * The best rows by cosine to $query, at most $limit, compared one by one by sqlite-vec, or by
 * own-vector-functions.ts. Rows of zeros have no direction
 * and are left out, as are damaged ones of another length.
 *
 * @param rows a table, or a join, that has chunk_id, scale and data
 * @param where what must hold of a row besides
 */
export function nearestRows(db: Database, rows: string, where = "TRUE"): Statement {
  return db.prepare(
    `SELECT chunk_id AS chunkId, 1 - vec_distance_cosine(vec_int8(data), vec_int8($query)) AS score
     FROM ${rows} WHERE scale > 0 AND length(data) = length($query) AND ${where}
     ORDER BY score DESC, chunk_id LIMIT $limit`,
  );
}
