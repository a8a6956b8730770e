import type {
  AllowedRows,
  MemoryVectorIndex,
  PartHit,
  VectorRequest,
} from "../../../../ports/memory-rows.ts";
import type { CeilingGuard } from "../file/guard.ts";
import type { Allowed } from "../filter/filter.ts";
import type { MemoryEmbedding } from "./embedding.ts";
import type { MemoryVectors } from "./vectors.ts";

/** With more parts waiting than this, they are only counted. */
const mostPendingLookedAt = 1_000;

/** Vectors in the database and those held for searching, put together as one role. */
export class PartVectors implements MemoryVectorIndex {
  readonly #guard: CeilingGuard;
  readonly #embedding: MemoryEmbedding;
  /** Undefined without kernels: nothing is found by meaning. */
  readonly #vectors: MemoryVectors | undefined;

  constructor(guard: CeilingGuard, embedding: MemoryEmbedding, vectors: MemoryVectors | undefined) {
    this.#guard = guard;
    this.#embedding = embedding;
    this.#vectors = vectors;
  }

  model(): { id: string; dimensions: number } | undefined {
    return this.#embedding.model();
  }

  claimModel(model: { id: string; dimensions: number }): void {
    if (this.#embedding.isClaimed(model)) return;
    const claim = (): boolean => this.#embedding.claim(model);
    if (this.#guard.write("tie memories to a model", claim)) this.#vectors?.drop();
  }

  pending(after: number, limit: number, notedBefore: number): number[] {
    return this.#embedding.pending(after, limit, notedBefore);
  }

  pendingOf(rowIds: readonly number[]): number[] {
    return this.#embedding.pendingOf(rowIds);
  }

  countPending(allowed: AllowedRows): number {
    const rows = this.#embedding.pendingRows(mostPendingLookedAt);
    if (rows.length < mostPendingLookedAt) return rows.filter((id) => allowed.has(id)).length;
    return Math.min(allowed.count, this.#embedding.pendingParts());
  }

  partTexts(partIds: readonly number[]): { partId: number; text: string }[] {
    return this.#embedding.partTexts(partIds);
  }

  put(partIds: readonly number[], vectors: Float32Array): void {
    const put = (): void => this.#embedding.put(partIds, vectors);
    this.#guard.writeLightly("store vectors of memories", put);
  }

  of(partId: number): Float32Array | undefined {
    return this.#embedding.vectorOf(partId);
  }

  async search({ vector, limit, allowed }: VectorRequest): Promise<PartHit[]> {
    if (this.#vectors === undefined || this.#embedding.dimensions !== vector.length) return [];
    const rows = allowed as Allowed;
    const found = await this.#vectors.search(vector, limit, rows);
    return found.map(({ partId, slot, score }) => {
      return { partId, score, rowId: rows.rowIds[slot] as number };
    });
  }

  cosines(vector: Float32Array, partIds: readonly number[]): Float32Array {
    return this.#embedding.cosines(vector, partIds);
  }
}
