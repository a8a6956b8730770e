/*
 * How a job is laid out for a limit: sizes of buffers, workers and processes that are chosen before
 * it begins, because memory that was touched once is not always given back. A pure function; without
 * a limit, everything is as fast as it gets.
 */

export interface FootprintPlan {
  /** Threads that run the model. */
  workers: number;
  /** Most padded tokens of one run; undefined: the embedder's own default. */
  tokensPerRun: number | undefined;
  /** Page cache of the database, bytes; undefined: the store's own default. */
  pageCacheBytes: number | undefined;
  /**
   * Chunks of one call of the embedder; files and characters that are read, counted and cut together. What is
   * not said is the indexer's own default.
   */
  indexing: {
    batchChunks?: number | undefined;
    groups?: { files: number; chars: number } | undefined;
  };
  /** Bits of vectors that stay in memory, bytes; undefined: the store's own default. */
  bitsBudgetBytes: number | undefined;
  /** One parse process for all grammars, restarted when it has so much for itself; undefined: two, unbounded. */
  parser: { mostBytes: number } | undefined;
}

/** Limits from here on change nothing. */
const plentyBytes = 500e6;
const smallBytes = 230e6;

/** @param limitBytes undefined: no limit */
export function planFor(limitBytes: number | undefined, usableCpus: number): FootprintPlan {
  if (limitBytes === undefined || limitBytes >= plentyBytes) {
    return {
      workers: usableCpus,
      tokensPerRun: undefined,
      pageCacheBytes: undefined,
      bitsBudgetBytes: undefined,
      indexing: {},
      parser: undefined,
    };
  }
  const isSmall = limitBytes < smallBytes;
  return {
    workers: Math.min(usableCpus, isSmall ? 2 : 4),
    tokensPerRun: isSmall ? 256 : undefined,
    indexing: {
      batchChunks: isSmall ? 128 : 256,
      groups: isSmall ? { files: 16, chars: 128 * 1024 } : { files: 32, chars: 512 * 1024 },
    },
    pageCacheBytes: isSmall ? 2 * 2 ** 20 : 4 * 2 ** 20,
    bitsBudgetBytes: Math.floor(limitBytes / 16),
    parser: { mostBytes: isSmall ? 56e6 : 64e6 },
  };
}
