/** Kernels over vectors as one bit a dimension. The store holds the truth; this is only faster. */
export interface ScanKernels {
  create(dimensions: number): BitScan;
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

export interface BitScan {
  /** Rows that can be found. */
  readonly size: number;
  /** Memory of the rows. */
  readonly bytes: number;
  append(ids: Uint32Array, bits: Uint8Array): void;
  /** Adds int8 rows and returns the bits made of them. */
  appendCodes(
    ids: Uint32Array,
    codes: Uint8Array,
    scales: Float32Array,
    mean: Float32Array,
  ): Uint8Array;
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
