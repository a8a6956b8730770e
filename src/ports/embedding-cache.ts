/** Vectors by the hash of what they were made from, kept beyond any index. Never fails: it only misses. */
export interface EmbeddingCache {
  /** One vector per key, undefined where there is none. */
  get(keys: readonly Uint8Array[]): (Float32Array | undefined)[];
  /** Row i of `vectors` belongs to keys[i]. */
  put(keys: readonly Uint8Array[], vectors: Float32Array): void;
  /** Lets the vectors not asked for the longest go when there are too many. @returns bytes given back */
  trim(): number;
  /** Vectors kept, and the size of their file. */
  stats(): { entries: number; bytes: number };
  close(): void;
}
