/* What callers may say to the engine. */
import type { SearchFilter } from "../search/question/filter.ts";
import type { IndexProgress, IndexResult } from "./types.ts";

export interface IndexCallOptions {
  /** Ends the run between two batches; what was stored stays. */
  signal?: AbortSignal;
  /** Called after each file and each run of the model: often, so it must be quick. */
  onProgress?: (progress: IndexProgress) => void;
  /** Larger files are skipped, bytes. Default 1 MiB. */
  maxFileBytes?: number;
  /** Of the known files read again only those that differ from this commit, by git. Default: by time and size. */
  since?: string;
  /** Definitions of fewer lines get no vector where they stand alone. Default 1: all get one. */
  minLines?: number;
  /** "off": texts, words and symbols only; searches embed what they need. Default "background". */
  fillIn?: "off" | "background";
}

export interface WatchCallOptions {
  /** Ends the watching. */
  signal: AbortSignal;
  /** After each run that changed something. */
  onRun?: (report: IndexResult) => void;
  /** What a person should know. */
  onNote?: (text: string) => void;
  /** When changes are seen from now on. */
  onReady?: () => void;
  /** Look at every file now and then, for file systems that tell of no changes. Default false. */
  polling?: boolean;
}

export interface SearchCallOptions {
  /** Hits wanted, 1 to 1000. Default 10. */
  k?: number;
  /** Ends the call. */
  signal?: AbortSignal;
  /** Most lines of a snippet. Default 5. */
  snippetLines?: number;
  /** Beside the filters in the query: lang:, path:, -path:, kind:, -test. */
  filter?: SearchFilter;
  /** Time for the whole answer, milliseconds. Default: no limit. */
  deadlineMs?: number;
  /** Most tokens of all snippets together. Default: no limit. */
  maxTokens?: number;
  /**
   * Least score, 0 to 1. Default: hits whose relevance is below .2 are left out. 0: as many come as there are, up to
   * k, however little they have to do with the query.
   */
  minScore?: number;
  /** Ask the reranker. Default: when open() was given one. */
  rerank?: boolean;
  /** "on-demand": the best candidates that have no vector yet get one, which is kept. Default "on-demand". */
  fillIn?: "off" | "on-demand";
}
