/** Kernels over vectors as one, four or eight bits a dimension. The store holds the truth; this is only faster. */
export interface ScanKernels {
  create(dimensions: number): BitScan;
  codes(dimensions: number, bits: 4 | 8): CodeScan;
  /**
   * A search over rows that are shown run by run, for the `r` nearest of all.
   * @param allowed bit i % 8 of byte i / 8 lets id i be found
   * @param removed the same for ids whose rows are passed over in BitQuery.scan()
   */
  query(
    query: Float32Array,
    mean: Float32Array,
    r: number,
    allowed?: Uint8Array,
    removed?: Uint8Array,
  ): BitQuery;
  /** Bits of int8 rows with their checksum, off the caller's thread. Leave `codes` alone meanwhile. */
  binarise(rows: CodeRows, mean: Float32Array): Promise<{ bits: Uint8Array; sum: number }>;
  /** Best `k` of int8 rows by dot product with a query, best first; ties by id. */
  rescore(
    query: Float32Array,
    rows: Uint8Array,
    scales: Float32Array,
    ids: Uint32Array,
    k: number,
  ): { ids: Uint32Array; scores: Float32Array };
  /** Cosines of int8 rows with each other, n × n; 0 for a row of zeros. */
  similarities(rows: Uint8Array, dimensions: number): Float32Array;
}

/** Row i is the numbers codes[i * dimensions …] * scales[i]. */
export interface CodeRows {
  ids: Uint32Array;
  codes: Uint8Array;
  scales: Float32Array;
}

/** Rows of bits in memory. */
export interface BitScan {
  /** Rows that can be found. */
  readonly size: number;
  /** Memory of the rows. */
  readonly bytes: number;
  /** What `bytes` would be with so many rows more. */
  bytesWith(rows: number): number;
  append(ids: Uint32Array, bits: Uint8Array): void;
  /** Makes the bits of int8 rows, `code * scale` above the mean, and adds them. */
  appendCodes(
    ids: Uint32Array,
    codes: Int8Array,
    scales: Float32Array,
    mean: Float32Array,
  ): unknown;
  remove(ids: Uint32Array): number;
  /** Ids of the `r` nearest rows, nearest first; off the caller's thread. */
  search(
    query: Float32Array,
    mean: Float32Array,
    r: number,
    /** Bit i % 8 of byte i / 8 lets id i be found. */
    allowed?: Uint8Array,
  ): Promise<Uint32Array>;
  close(): void;
}

/** Rows of eight or four bits a value, in memory, numbered in the order they came in. */
export interface CodeScan {
  readonly size: number;
  /** Memory of the rows. */
  readonly bytes: number;
  /** What `bytes` would be with so many rows more. */
  bytesWith(rows: number): number;
  /** Int8 rows, whose values are `code * scale` of the row; zeros, and a scale of 0, are never found. */
  append(codes: Int8Array, scales: Float32Array): void;
  /**
   * Numbers of the `k` best rows by dot product, about, best first. On the caller's thread: 100,000 rows take one to three
   * milliseconds, of 384 values.
   * @param allowed bit i % 8 of byte i / 8 lets row i be found
   */
  search(query: Float32Array, k: number, allowed?: Uint8Array): Uint32Array;
  close(): void;
}

/** Both calls work off the caller's thread and may overlap. */
export interface BitQuery<Scan = BitScan> {
  /**
   * Looks at rows of bits. With `sum`, the CRC-32 of ids and bits, false when they differ: nothing was
   * looked at then. Leave the arrays alone until it settles.
   */
  scan(ids: Uint32Array, bits: Uint8Array, sum?: number): Promise<boolean>;
  /** Looks at the rows of an index. */
  search(scan: Scan): Promise<void>;
  /** Ids of the nearest of all that was looked at, nearest first. */
  best(): Uint32Array;
  close(): void;
}

/** How vectors may be packed with a loss, from the one that loses least. */
export const vectorFormats = ["4-bit", "pq4", "pq8"] as const;
export type VectorFormat = (typeof vectorFormats)[number];
