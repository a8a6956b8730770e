import { HaypileError } from "../../../base/errors.ts";
import type { RunInRoom } from "../../../ports/footprint.ts";
import type { ScanReport, ScoredChunk } from "../../../ports/store.ts";
import type { ScanKernels } from "../../../ports/vector-scan.ts";
import type { Changes } from "../file/changes.ts";
import type { Database } from "../file/driver.ts";
import type { CodedVectors } from "../vectors/coded-vectors.ts";
import { ExactSteps } from "../vectors/exact-steps.ts";
import { BitCache } from "./loaded-bits.ts";
import { Nearest } from "./nearest.ts";
import { SegmentBuilder } from "./segment-builder.ts";
import type { Segments } from "./segments.ts";

/** Below it, comparing every row takes less than loading the bits (bench/storage-vectors.ts). */
const defaultScanFrom = 8_000;

/** The bits of 2.5 million vectors of 384 dimensions. */
const defaultBudgetBytes = 128 * 1_024 * 1_024;

export interface BitSearchOptions {
  /** Vectors from which on bits are made and searched. Default 8,000. */
  scanFrom?: number | undefined;
  /** Most memory of bits, bytes. Those that do not fit are read for each search. Default 128 MiB. */
  bitsBudgetBytes?: number | undefined;
  /** For searching only: no bits are made. */
  readonly?: boolean | undefined;
  /** Makes bits when there is memory for it; a refusal puts it off. Default: at once. */
  inRoom?: RunInRoom | undefined;
}

export interface BitSearchParts {
  db: Database;
  path: string;
  hasVectorFunctions: boolean;
  segments: Segments;
  changes: Changes;
  coded: CodedVectors;
  kernels: ScanKernels;
  /** Of the index; undefined before it is tied to a model. */
  dimensions: () => number | undefined;
}

export const withoutBits: ScanReport = {
  kind: "exact",
  vectors: 0,
  loose: 0,
  bytes: 0,
  budgetBytes: 0,
  streamed: 0,
  isBuilding: false,
};

/** @throws HaypileError HAYPILE_USAGE */
export function openBitSearch(
  parts: Omit<BitSearchParts, "kernels">,
  options: BitSearchOptions & { kernels?: ScanKernels | undefined },
): BitSearch | undefined {
  const { kernels } = options;
  return kernels === undefined ? undefined : new BitSearch({ ...parts, kernels }, options);
}

/** Search over bits, with the cache it searches in and the builder that makes what it needs. */
export class BitSearch {
  readonly #parts: BitSearchParts;
  readonly #scanFrom: number;
  readonly #cache: BitCache;
  readonly #nearest: Nearest;
  readonly #builder: SegmentBuilder | undefined;
  #isClosed = false;

  constructor(parts: BitSearchParts, options: BitSearchOptions) {
    const { db, segments, changes, kernels, hasVectorFunctions, coded } = parts;
    const { scanFrom = defaultScanFrom, bitsBudgetBytes = defaultBudgetBytes } = options;
    this.#parts = parts;
    this.#scanFrom = scanFrom;
    this.#cache = new BitCache(segments, changes, kernels, checkedBudget(bitsBudgetBytes));
    this.#builder =
      options.readonly === true
        ? undefined
        : new SegmentBuilder({
            ...parts,
            vectors: () => this.#vectors(),
            scanFrom,
            inRoom: options.inRoom ?? ((_bytes, run) => run()),
          });
    this.#nearest = new Nearest({
      segments,
      cache: this.#cache,
      exact: new ExactSteps(db, hasVectorFunctions, kernels, coded),
      kernels,
      onDamaged: () => this.#builder?.request({ isDamaged: true }),
    });
  }

  /** Memory of the bits. */
  get bytes(): number {
    return this.#cache.bytes;
  }

  /** Fewer vectors are compared one by one. */
  isWorthwhile(): boolean {
    return this.#vectors() >= this.#scanFrom;
  }

  /** See VectorIndex.nearest(). */
  async search(vector: Float32Array, limit: number, allowed?: Uint32Array): Promise<ScoredChunk[]> {
    const found = await this.#nearest.search(vector, limit, allowed);
    if (!this.#isClosed) this.#builder?.request();
    return found;
  }

  report(vectors: number): ScanReport {
    return {
      kind: this.isWorthwhile() ? "bits" : "exact",
      vectors,
      loose: this.#parts.segments.counts().loose,
      bytes: this.#cache.bytes,
      budgetBytes: this.#cache.budgetBytes,
      streamed: this.#cache.streamedRows,
      isBuilding: this.#builder?.isRunning ?? false,
    };
  }

  /** @throws HaypileError HAYPILE_USAGE */
  limit(bytes: number): void {
    this.#cache.setBudget(checkedBudget(bytes));
  }

  /** Begins to make in the background what segments are wanted: at the end of an index run. */
  tidyUp(): void {
    this.#builder?.request({ isUrgent: true });
  }

  async settled(): Promise<void> {
    await this.#builder?.settled();
  }

  close(): void {
    this.#isClosed = true;
    this.#builder?.close();
    this.#cache.drop();
  }

  #vectors(): number {
    const size = this.#parts.dimensions();
    return size === undefined ? 0 : this.#parts.segments.vectors(size);
  }
}

function checkedBudget(bytes: number): number {
  if (Number.isSafeInteger(bytes) && bytes >= 0) return bytes;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected a whole number of bytes, 0 or more, for bitsBudgetBytes but got ${bytes}.`,
    { data: { name: "bitsBudgetBytes", value: bytes } },
  );
}
