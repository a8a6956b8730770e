import type { ScoredChunk, StaticVectorIndex } from "../../../../ports/store.ts";
import { quantize } from "../../../sqlite/vectors/quantize.ts";
import { restored } from "../../stored-text.ts";
import { asText, rowsOf } from "../../vectors/halves.ts";
import type { Project } from "../project.ts";

/** Vectors of the static model. They serve until the project has its own, and are compared one by one. */
export class PgStaticVectors implements StaticVectorIndex {
  readonly #project: Project;

  constructor({ project }: { project: Project }) {
    this.#project = project;
  }

  pending(limit: number, afterId = 0): { id: number; text: string }[] {
    const { link, id } = this.#project;
    const rows = link.lists(
      `SELECT c.id, c.context, c.body FROM code_chunks c WHERE c.project = $1 AND c.id > $2
         AND NOT EXISTS (SELECT FROM code_static_vectors s WHERE s.project = $1 AND s.chunk_id = c.id)
       ORDER BY c.id LIMIT $3`,
      [id, afterId, limit],
      { name: "code-static-pending" },
    );
    return rows.map((row) => {
      const [chunkId, context, body] = row as [number, string, string];
      return { id: chunkId, text: restored(context) + restored(body) };
    });
  }

  put(ids: readonly number[], vectors: Float32Array): void {
    if (ids.length === 0) return;
    const dimensions = vectors.length / ids.length;
    const { link, id } = this.#project;
    this.#project.write(() => {
      link.run(
        `INSERT INTO code_static_vectors(project, chunk_id, scale, v)
         SELECT $4, a.id, a.scale, a.v::halfvec
         FROM unnest($1::int4[], $2::real[], $3::text[]) AS a(id, scale, v)
         WHERE EXISTS (SELECT FROM code_chunks c WHERE c.project = $4 AND c.id = a.id)
         ON CONFLICT (project, chunk_id) DO UPDATE SET scale = excluded.scale, v = excluded.v`,
        [...rowsOf(ids, vectors, dimensions), id],
        { name: "code-static-put" },
      );
    });
  }

  nearest(vector: Float32Array, limit: number, allowed?: Uint32Array): ScoredChunk[] {
    const query = quantize(vector);
    if (query.scale === 0) return [];
    const { link, id } = this.#project;
    // Half floats hold the codes of a query as they are.
    const rows = link.lists(
      `SELECT chunk_id, 1 - (v <=> $1::halfvec) AS score FROM code_static_vectors
       WHERE project = $2 AND scale > 0 AND vector_dims(v) = $3
         ${allowed === undefined ? "" : "AND chunk_id = ANY($5)"}
       ORDER BY score DESC, chunk_id LIMIT $4`,
      [
        asText(query.data),
        id,
        query.data.length,
        limit,
        ...(allowed === undefined ? [] : [Array.from(allowed)]),
      ],
      { name: allowed === undefined ? "code-static-nearest" : "code-static-nearest-of" },
    );
    return rows.map(([chunkId, score]) => ({
      chunkId: chunkId as number,
      score: score as number,
    }));
  }
}
