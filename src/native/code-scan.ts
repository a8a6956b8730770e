/* Vectors as eight or four bits a value, in memory, and the best of them for a query, about. The work is the core's: this is its typed face. */
import type { CodeScan as CodeScanPort } from "../ports/vector-scan.ts";
import type { NativeCodeScan } from "./binding.ts";
import { loadBinding } from "./load.ts";
import { callNative } from "./native-error.ts";

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
