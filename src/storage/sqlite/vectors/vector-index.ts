import { areSameVectors, type ModelName } from "../../../base/model-name.ts";
import type { IndexVectors, ScanReport, ScoredChunk } from "../../../ports/store.ts";
import { type BitSearch, withoutBits } from "../bits/bit-search.ts";
import type { Segments } from "../bits/segments.ts";
import type { Database } from "../file/driver.ts";
import type { Meta } from "../file/meta.ts";
import { inOneWrite } from "../roles/in-one-write.ts";
import type { Chunks } from "../texts/chunks.ts";
import type { VectorsOfTexts } from "../texts/vectors-of-texts.ts";
import type { CodedVectors, PackedVectors } from "./coded-vectors.ts";
import type { Similarities } from "./similarities.ts";
import type { Vectors } from "./vectors.ts";

export interface VectorParts {
  db: Database;
  meta: Meta;
  chunks: Chunks;
  vectors: Vectors;
  similarities: Similarities;
  coded: CodedVectors;
  byText: VectorsOfTexts;
  segments: Segments;
  /** Undefined without kernels. */
  bits: BitSearch | undefined;
}

/** Rows, bits and the model that both are of, put together as one role. */
export class ModelVectors implements IndexVectors {
  readonly #parts: VectorParts;

  constructor(parts: VectorParts) {
    this.#parts = parts;
  }

  claimModel(model: ModelName): void {
    const { db, meta, chunks, coded } = this.#parts;
    // Most runs find the claim in place and write nothing.
    if (meta.isClaimedBy(model)) return;
    const empty = chunks.count() === 0;
    if (meta.model() !== undefined && !empty) meta.checkModel(model);
    inOneWrite(db, () => {
      const before = meta.model();
      meta.claimModel(model, empty);
      if (before === undefined || !areSameVectors(before, model)) coded.forget();
    });
  }

  model(): ModelName | undefined {
    return this.#parts.meta.model();
  }

  put(ids: readonly number[], vectors: Float32Array, of?: ModelName): void {
    if (ids.length === 0 && vectors.length === 0) return;
    const { db, meta } = this.#parts;
    inOneWrite(db, () => {
      // A migration may have ended while the model was at work.
      if (of !== undefined) meta.checkModel(of);
      const { dimensions } = meta.checkMatrix(ids.length, vectors.length);
      this.#parts.vectors.put(ids, vectors, dimensions);
    });
  }

  search(vector: Float32Array, limit: number, allowed?: Uint32Array): ScoredChunk[] {
    const { meta, vectors } = this.#parts;
    if (meta.model() === undefined) return [];
    meta.checkQuery(vector.length);
    return vectors.search(vector, limit, allowed);
  }

  async nearest(
    vector: Float32Array,
    limit: number,
    allowed?: Uint32Array,
  ): Promise<ScoredChunk[]> {
    const { meta, bits } = this.#parts;
    if (bits?.isWorthwhile() !== true || limit < 1) return this.search(vector, limit, allowed);
    meta.checkQuery(vector.length);
    return await bits.search(vector, limit, allowed);
  }

  similarities(chunkIds: readonly number[], kind: "model" | "static"): Float32Array {
    return this.#parts.similarities.of(chunkIds, kind);
  }

  cosines(
    vector: Float32Array,
    chunkIds: readonly number[],
    kind: "model" | "static",
  ): Float32Array {
    return this.#parts.similarities.to(vector, chunkIds, kind);
  }

  scanReport(): ScanReport {
    const { segments, bits } = this.#parts;
    const vectors = segments.vectors(this.#dimensions);
    if (bits !== undefined) return bits.report(vectors);
    return { ...withoutBits, vectors, loose: segments.counts().loose };
  }

  packed(): PackedVectors | undefined {
    return this.#parts.coded.report();
  }

  sample(count: number): Float32Array[] {
    return this.#parts.vectors.sample(count, this.#dimensions);
  }

  ofTexts(texts: readonly string[]): (Float32Array | undefined)[] {
    return this.#parts.byText.of(texts, this.#dimensions);
  }

  codes(chunkIds: readonly number[], kind: "model" | "static"): (Uint8Array | undefined)[] {
    return this.#parts.similarities.codes(chunkIds, kind);
  }

  /** Of the model; 0 before there is one. */
  get #dimensions(): number {
    return this.#parts.meta.model()?.dimensions ?? 0;
  }
}
