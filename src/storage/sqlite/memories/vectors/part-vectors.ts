import type { ModelName } from "../../../../base/model-name.ts";
import type {
  AllowedRows,
  MemoryVectorIndex,
  PartHit,
  VectorRequest,
} from "../../../../ports/memory-rows.ts";
import type { Allowed } from "../../../shared/rows/filter.ts";
import type { CeilingGuard } from "../file/guard.ts";
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

  #claimed: string | undefined;

  constructor(guard: CeilingGuard, embedding: MemoryEmbedding, vectors: MemoryVectors | undefined) {
    this.#guard = guard;
    this.#embedding = embedding;
    this.#vectors = vectors;
  }

  model(): ModelName | undefined {
    return this.#embedding.model();
  }

  modelFolder(): string | undefined {
    return this.#embedding.modelFolder();
  }

  count(): number {
    return this.#embedding.count();
  }

  claimModel(model: ModelName): void {
    // What is held of another model stays in no search, also where another process exchanged the vectors.
    const key = JSON.stringify(model);
    if (this.#claimed !== key) this.#vectors?.drop();
    this.#claimed = key;
    if (this.#embedding.isClaimed(model)) return;
    this.#guard.write("tie memories to a model", () => this.#embedding.claim(model));
  }

  pending(after: number, limit: number, notedBefore: number): number[] {
    return this.#embedding.pending(after, limit, notedBefore);
  }

  pendingOf(rowIds: readonly number[]): number[] {
    return this.#embedding.pendingOf(rowIds);
  }

  countPending(allowed: AllowedRows): number {
    if (this.#embedding.areOthers) return allowed.count;
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

  each(partIds: readonly number[]): (Float32Array | undefined)[] {
    return partIds.map((partId) => this.of(partId));
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
    if (this.#embedding.dimensions !== vector.length) {
      return new Float32Array(partIds.length).fill(Number.NaN);
    }
    return this.#embedding.cosines(vector, partIds);
  }
}
