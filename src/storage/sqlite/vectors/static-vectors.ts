import type { ScoredChunk, StaticVectorIndex } from "../../../ports/store.ts";
import type { Database, Statement } from "../file/driver.ts";
import { textSql } from "../file/packed-text.ts";
import { inOneWrite } from "../roles/in-one-write.ts";
import { nearestRows } from "./cosine-sql.ts";
import { quantize } from "./quantize.ts";

/** Vectors of the static model. They serve until the index has its own, and are compared one by one. */
export class StaticVectors implements StaticVectorIndex {
  readonly #db: Database;
  readonly #pending: Statement;
  readonly #put: Statement;
  readonly #done: Statement;
  readonly #nearest: Statement;

  constructor(db: Database) {
    this.#db = db;
    this.#pending = db.prepare(
      `SELECT id, context || ${textSql} AS text FROM static_pending JOIN chunks ON id = chunk_id
       WHERE chunk_id > ? ORDER BY chunk_id LIMIT ?`,
    );
    this.#put = db.prepare(
      `INSERT OR REPLACE INTO static_vectors(chunk_id, scale, data)
       SELECT $id, $scale, $data WHERE EXISTS (SELECT 1 FROM chunks WHERE id = $id)`,
    );
    this.#done = db.prepare(
      "DELETE FROM static_pending WHERE chunk_id IN (SELECT value FROM json_each(?))",
    );
    const isAllowed = "($allowed IS NULL OR chunk_id IN (SELECT value FROM json_each($allowed)))";
    this.#nearest = nearestRows(db, "static_vectors", isAllowed);
  }

  pending(limit: number, afterId = 0): { id: number; text: string }[] {
    return this.#pending.all(afterId, limit) as { id: number; text: string }[];
  }

  put(ids: readonly number[], vectors: Float32Array): void {
    const dimensions = vectors.length / Math.max(1, ids.length);
    inOneWrite(this.#db, () => {
      for (const [row, id] of ids.entries()) {
        const own = vectors.subarray(row * dimensions, (row + 1) * dimensions);
        this.#put.run({ id, ...quantize(own) });
      }
      this.#done.run(JSON.stringify(ids));
    });
  }

  nearest(vector: Float32Array, limit: number, allowed?: Uint32Array): ScoredChunk[] {
    const query = quantize(vector);
    if (query.scale === 0) return [];
    return this.#nearest.all({
      query: query.data,
      allowed: allowed === undefined ? null : JSON.stringify(Array.from(allowed)),
      limit,
    }) as ScoredChunk[];
  }
}
