/* What a search is asked, and what it gives. */

import type { SearchTimes } from "../ports/answers/search.ts";
import type { FilterWords, SearchFilter } from "./question/filter.ts";
import type { SnippetOptions } from "./showing/snippet.ts";

export type { Place, RerankReport, SearchHit, SearchTimes } from "../ports/answers/search.ts";

export interface SearchRequest {
  /** What to look for, 1 to 20,000 characters; may hold filters (see parseFilters). */
  query: string;
  /** Hits wanted, 1 to 1000. Default 10. */
  k?: number | undefined;
  /** Beside those in the query. */
  filter?: SearchFilter | undefined;
  /** How the words of filters are understood. Without it they are those of the index. */
  filterWords?: FilterWords | undefined;
  snippet?: SnippetOptions | undefined;
  /**
   * Milliseconds for the whole answer. When the model is not done by then, words and names decide
   * alone, and the result says so. Default: no limit.
   */
  deadlineMs?: number | undefined;
  /** When it was asked, as performance.now() tells time: the deadline counts from then. Default: now. */
  askedAt?: number | undefined;
  /** Hits are left out, or their snippets cut, so that the answer has no more. Default: no limit. */
  maxTokens?: number | undefined;
  /** Chunks without a vector that may be embedded for this query. Default 0. */
  fillIn?: number | undefined;
  /**
   * Least score, 0 to 1. Default: chunks whose relevance is below .2 are left out, so that a question about nothing
   * that is here gets nothing. 0: as many come as there are, up to k.
   */
  minScore?: number | undefined;
  /** Ask the reranker. Default: when there is one. */
  rerank?: boolean | undefined;
  /** Folder of the files, to compare hits with. Without it nothing is compared. */
  root?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** When the answer must be there, as performance.now() tells time; Infinity: no limit. */
export function endOf({ askedAt, deadlineMs }: SearchRequest): number {
  return (askedAt ?? performance.now()) + (deadlineMs ?? Number.POSITIVE_INFINITY);
}

/** No time spent yet. */
export function noTimes(): SearchTimes {
  return { embed: 0, words: 0, meaning: 0, fuse: 0, rerank: 0, show: 0, total: 0 };
}

export type { FoundHits as SearchResult } from "../ports/answers/search.ts";
