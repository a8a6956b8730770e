/* The nearest chunks of a project: all compared, or found by its graph. Ties go to the lower id, as in a file. */
import type { ScoredChunk } from "../../../../ports/store.ts";
import { quantize } from "../../../sqlite/vectors/quantize.ts";
import type { PgValue } from "../../link/link.ts";
import { choiceOf, everything, type Found, letThrough, widerLook } from "../../vectors/choice.ts";
import { asText } from "../../vectors/halves.ts";
import type { Project } from "../project.ts";

const ask = "SELECT found, score FROM code_nearest($1::vector, $2, NULL, $3, $4, $5, $6, $7, $8)";
/** How many vectors there are is counted again after so long. It says which way is quicker, never what is let through. */
const countedForMs = 30_000;

export class ChunkSearch {
  readonly #project: Project;
  readonly #comparedUpTo: number;
  #counted: { at: number; vectors: number; chunks: number } | undefined;

  constructor(project: Project, comparedUpTo: number) {
    this.#project = project;
    this.#comparedUpTo = comparedUpTo;
  }

  count(): number {
    const { link, id } = this.#project;
    const [row] = link.lists("SELECT count(*) FROM code_vectors WHERE project = $1", [id]);
    return row?.[0] as number;
  }

  /** Whether there are so many that they are to have a graph. */
  isLarge(): boolean {
    return this.#about().vectors > this.#comparedUpTo;
  }

  /** What is known of the vectors is not so any more. */
  forget(): void {
    if (this.#counted !== undefined && this.#counted.vectors <= this.#comparedUpTo) {
      this.#counted = undefined;
    }
  }

  /** Compares every one that is let through. */
  exactly(vector: Float32Array, limit: number, allowed?: Uint32Array): ScoredChunk[] {
    const asked = this.#asked(vector, limit, allowed, Number.POSITIVE_INFINITY);
    if (asked === undefined) return [];
    const { link } = this.#project;
    const found = link.rows<Found>(ask, asked.values(undefined), { name: "code-nearest" });
    return best(found, limit, allowed);
  }

  async nearest(
    vector: Float32Array,
    limit: number,
    allowed?: Uint32Array,
  ): Promise<ScoredChunk[]> {
    const asked = this.#asked(vector, limit, allowed, this.#comparedUpTo);
    if (asked === undefined) return [];
    const later = (values: PgValue[]): Promise<Found[]> =>
      this.#project.link.later<Found>(ask, values, { name: "code-nearest", on: "replica" });
    const { values, look, share } = asked;
    const found = await later(values(look));
    if (look === undefined || found.length >= limit) return best(found, limit, allowed);
    // Where too few were let through, more are looked at, or all compared.
    const more = widerLook(look, share);
    const again = more === undefined ? [] : await later(values(more));
    if (again.length >= limit) return best(again, limit, allowed);
    const all = this.#asked(vector, limit, allowed, Number.POSITIVE_INFINITY);
    return best(
      [...found, ...(all === undefined ? [] : await later(all.values(undefined)))],
      limit,
      allowed,
    );
  }

  /** `look`: how many are looked at by the graph; undefined: all that is let through is compared. */
  #asked(vector: Float32Array, limit: number, allowed: Uint32Array | undefined, upTo: number) {
    const query = quantize(vector);
    if (query.scale === 0 || limit < 1 || allowed?.length === 0) return undefined;
    const { id } = this.#project;
    const { vectors: all, chunks } = this.#about();
    const share = { owner: id, all, allowed: shareOf(all, chunks, allowed) };
    const { byGraph, look } = choiceOf([share], limit, upTo);
    const isExact = byGraph.length === 0;
    const { ids, base, bits } =
      allowed === undefined ? everything : letThrough([allowed], all, isExact);
    const text = asText(query.data);
    const values = (near: number | undefined): PgValue[] =>
      near === undefined
        ? [text, limit, [id], ids, [], [], base, bits]
        : [text, limit, [], ids, [id], [near], base, bits];
    return { values, look: look[0], share };
  }

  #about(): { vectors: number; chunks: number } {
    const now = performance.now();
    if (this.#counted === undefined || now - this.#counted.at > countedForMs) {
      const { link, id } = this.#project;
      const [row] = link.rows<{ vectors: number; chunks: number }>(
        `SELECT (SELECT count(*) FROM code_vectors WHERE project = $1) AS vectors,
           coalesce((SELECT chunks FROM code_projects WHERE id = $1), 0) AS chunks`,
        [id],
      );
      this.#counted = { at: now, vectors: row?.vectors ?? 0, chunks: row?.chunks ?? 0 };
    }
    return this.#counted;
  }
}

/** Not every chunk has a vector, and those that are let through are taken to have one as often as all do. */
function shareOf(vectors: number, chunks: number, allowed: Uint32Array | undefined): number {
  if (allowed === undefined) return vectors;
  const part = Math.min(1, allowed.length / Math.max(1, chunks));
  return Math.min(allowed.length, Math.max(1, Math.ceil(vectors * part)));
}

function best(found: readonly Found[], limit: number, allowed?: Uint32Array): ScoredChunk[] {
  const hits = new Map<number, ScoredChunk>();
  for (const { found: chunkId, score } of found) {
    if (chunkId !== null && score !== null) hits.set(chunkId, { chunkId, score });
  }
  if (allowed !== undefined && hits.size > 0) {
    const kept = new Set(allowed.filter((chunkId) => hits.has(chunkId)));
    for (const chunkId of hits.keys()) if (!kept.has(chunkId)) hits.delete(chunkId);
  }
  return [...hits.values()]
    .sort((a, b) => b.score - a.score || a.chunkId - b.chunkId)
    .slice(0, limit);
}
