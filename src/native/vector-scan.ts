/*
 * Vectors as one bit a dimension, in memory, and the nearest ones by the number of differing bits;
 * and the exact scores of the few that were found. The work is the core's: this is its typed face.
 */
import type {
  BitQuery as BitQueryPort,
  CodeRows,
  CodeScan as CodeScanPort,
  ScanKernels,
} from "../ports/vector-scan.ts";
import type { NativeBitQuery, NativeCodeScan, NativeVectorScan } from "./binding.ts";
import { loadBinding } from "./load.ts";
import { awaitNative, callNative } from "./native-error.ts";

/** Ids and scores, best first: the highest score, then the lowest id. */
export interface Rescored {
  ids: Uint32Array;
  scores: Float32Array;
}

/** An index of bits. Bit i of a row (bit i % 8 of byte i / 8) says that value i is above the mean. */
export class VectorScan {
  readonly dimensions: number;
  /** Bytes of bits of one row. */
  readonly bytesPerRow: number;
  /** For BitQuery.search(). */
  readonly native: NativeVectorScan;

  /**
   * @param dimensions 1 to 65,472
   * @throws HaypileError HAYPILE_USAGE, HAYPILE_NATIVE_MISSING, HAYPILE_OUT_OF_MEMORY
   */
  constructor(dimensions: number, addonFolder?: string) {
    const binding = loadBinding(addonFolder);
    this.native = callNative(() => new binding.VectorScan(dimensions));
    this.dimensions = dimensions;
    this.bytesPerRow = Math.ceil(dimensions / 8);
  }

  /**
   * Adds rows, `bytesPerRow` bytes of bits each. An id that is in already gets a second row: remove
   * it first. Waits for running searches.
   * @throws HaypileError HAYPILE_USAGE, HAYPILE_CLOSED, HAYPILE_OUT_OF_MEMORY (nothing was added)
   */
  append(ids: Uint32Array, bits: Uint8Array): void {
    callNative(() => this.native.append(ids, bits));
  }

  /**
   * Adds int8 rows, whose values are `code * scale` of the row, and returns the bits made of them.
   * Same rules and errors as append().
   */
  appendCodes(
    ids: Uint32Array,
    codes: Int8Array | Uint8Array,
    scales: Float32Array,
    mean: Float32Array,
  ): Uint8Array {
    return callNative(() => this.native.appendCodes(ids, codes, scales, mean));
  }

  /**
   * Removes every row of these ids and says how many there were. One pass over the index: many ids
   * in one call cost about as much as one.
   * @throws HaypileError HAYPILE_USAGE, HAYPILE_CLOSED
   */
  remove(ids: Uint32Array): number {
    return callNative(() => this.native.remove(ids));
  }

  /**
   * The ids of the `r` nearest rows, nearest first, ties by id. Runs off the JS thread; the arrays
   * may be changed as soon as the call has returned.
   *
   * @param mean what the bits of the rows were made with
   * @param allowed a bitmap: bit i % 64 of word i / 64 (or bit i % 8 of byte i / 8) lets id i be found
   * @throws HaypileError HAYPILE_USAGE, HAYPILE_CLOSED, HAYPILE_OUT_OF_MEMORY
   */
  async search(
    query: Float32Array,
    mean: Float32Array,
    r: number,
    allowed?: BigUint64Array | Uint8Array,
  ): Promise<Uint32Array> {
    return await awaitNative(() => this.native.search(query, mean, r, allowed));
  }

  /** Rows that can be found; 0 once closed. */
  get size(): number {
    return this.native.size;
  }

  /** Memory of the rows, in bytes; 0 once closed. */
  get bytes(): number {
    return this.native.bytes;
  }

  /** What `bytes` would be with so many rows more. @throws HaypileError HAYPILE_CLOSED */
  bytesWith(rows: number): number {
    return callNative(() => this.native.bytesWith(rows));
  }

  /** Frees the index; searches that run end well, and free it when the last one is done. */
  close(): void {
    this.native.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Rows of eight or four bits a value, and the best of them for a query, about. */
export class CodeScan implements CodeScanPort {
  readonly dimensions: number;
  readonly #native: NativeCodeScan;

  /**
   * @param dimensions 1 to 65,536
   * @param bits of a value
   * @throws HaypileError HAYPILE_USAGE, HAYPILE_NATIVE_MISSING
   */
  constructor(dimensions: number, bits: 4 | 8, addonFolder?: string) {
    const binding = loadBinding(addonFolder);
    this.#native = callNative(() => new binding.CodeScan(dimensions, bits));
    this.dimensions = dimensions;
  }

  /**
   * Adds int8 rows, whose values are `code * scale` of the row; zeros, and a scale of 0, are never found.
   * @throws HaypileError HAYPILE_USAGE, HAYPILE_CLOSED, HAYPILE_OUT_OF_MEMORY (nothing was added)
   */
  append(codes: Int8Array | Uint8Array, scales: Float32Array): void {
    callNative(() => this.#native.append(codes, scales));
  }

  /**
   * Numbers of the `k` best rows by dot product, about: the highest score, then the lowest number, first. Synchronous: 100,000 rows of
   * 384 values take one to three milliseconds.
   * @param k 0 to 4,294,967,295
   * @param allowed bit i % 8 of byte i / 8 lets row i be found
   * @throws HaypileError HAYPILE_USAGE, HAYPILE_CLOSED, HAYPILE_OUT_OF_MEMORY
   */
  search(query: Float32Array, k: number, allowed?: Uint8Array): Uint32Array {
    return callNative(() => this.#native.search(query, k, allowed));
  }

  /** Rows; 0 once closed. */
  get size(): number {
    return this.#native.size;
  }

  /** Memory of the rows, in bytes; 0 once closed. */
  get bytes(): number {
    return this.#native.bytes;
  }

  /** What `bytes` would be with so many rows more. @throws HaypileError HAYPILE_CLOSED */
  bytesWith(rows: number): number {
    return callNative(() => this.#native.bytesWith(rows));
  }

  /** Frees the rows. */
  close(): void {
    this.#native.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** A search over bits that are shown run by run: see the port. */
export class BitQuery implements BitQueryPort<VectorScan> {
  readonly #native: NativeBitQuery;

  /**
   * @param mean what the bits of the rows were made with
   * @param r ids wanted, 0 to 4,294,967,295
   * @param allowed bit i % 8 of byte i / 8 lets id i be found
   * @param removed the same for ids whose rows are passed over in scan(), but not in search()
   * @throws HaypileError HAYPILE_USAGE, HAYPILE_NATIVE_MISSING, HAYPILE_OUT_OF_MEMORY
   */
  constructor(
    query: Float32Array,
    mean: Float32Array,
    r: number,
    allowed?: Uint8Array,
    removed?: Uint8Array,
    addonFolder?: string,
  ) {
    const binding = loadBinding(addonFolder);
    this.#native = callNative(() => new binding.BitQuery(query, mean, r, allowed, removed));
  }

  /** @throws HaypileError HAYPILE_USAGE, HAYPILE_CLOSED, HAYPILE_OUT_OF_MEMORY */
  async scan(ids: Uint32Array, bits: Uint8Array, sum?: number): Promise<boolean> {
    return await awaitNative(() => this.#native.scan(ids, bits, sum));
  }

  /** @throws HaypileError HAYPILE_USAGE, HAYPILE_CLOSED, HAYPILE_OUT_OF_MEMORY */
  async search(scan: VectorScan): Promise<void> {
    await awaitNative(() => this.#native.search(scan.native));
  }

  /** @throws HaypileError HAYPILE_CLOSED */
  best(): Uint32Array {
    return callNative(() => this.#native.best());
  }

  close(): void {
    this.#native.close();
  }
}

/**
 * Bits of int8 rows with the CRC-32 of ids and bits, made off the JS thread. `codes` must not be
 * changed before the promise settles.
 * @throws HaypileError HAYPILE_USAGE, HAYPILE_OUT_OF_MEMORY, HAYPILE_NATIVE_MISSING
 */
export async function binarise(
  { ids, codes, scales }: CodeRows,
  mean: Float32Array,
  addonFolder?: string,
): Promise<{ bits: Uint8Array; sum: number }> {
  const binding = loadBinding(addonFolder);
  return await awaitNative(() => binding.binarise(ids, codes, scales, mean));
}

/** What the store scans with. @param addonFolder where the addon lies; default: its package */
export function scanKernels(addonFolder?: string): ScanKernels {
  return {
    create: (dimensions) => new VectorScan(dimensions, addonFolder),
    codes: (dimensions, bits) => new CodeScan(dimensions, bits, addonFolder),
    query: (query, mean, r, allowed, removed) =>
      new BitQuery(query, mean, r, allowed, removed, addonFolder) as BitQueryPort,
    binarise: (rows, mean) => binarise(rows, mean, addonFolder),
    rescore: (query, rows, scales, ids, k) => rescore(query, rows, scales, ids, k, addonFolder),
    similarities: (rows, dimensions) => similarities(rows, dimensions, addonFolder),
  };
}

/**
 * The `k` best rows for a query by dot product. Row i has query.length int8 values, which times
 * scales[i] are its numbers; the query is rounded to int8 likewise. Synchronous: meant for some
 * thousand rows.
 * @throws HaypileError HAYPILE_USAGE, HAYPILE_OUT_OF_MEMORY, HAYPILE_NATIVE_MISSING
 */
export function rescore(
  query: Float32Array,
  rows: Uint8Array | Int8Array,
  scales: Float32Array,
  ids: Uint32Array,
  k: number,
  addonFolder?: string,
): Rescored {
  const binding = loadBinding(addonFolder);
  return callNative(() => binding.rescore(query, rows, scales, ids, k));
}

/**
 * Cosines of int8 rows with each other: n × n numbers, symmetric; 0 for a row of zeros. Synchronous:
 * meant for some hundred rows.
 * @param rows n × dimensions values; at most 1,024 rows
 * @throws HaypileError HAYPILE_USAGE, HAYPILE_NATIVE_MISSING
 */
export function similarities(
  rows: Uint8Array | Int8Array,
  dimensions: number,
  addonFolder?: string,
): Float32Array {
  const binding = loadBinding(addonFolder);
  return callNative(() => binding.similarities(rows, dimensions));
}

/** The instruction set scans run with on this machine: "scalar", "avx2", "avx512" or "neon". */
export function scanIsa(addonFolder?: string): string {
  return loadBinding(addonFolder).scanIsa();
}
