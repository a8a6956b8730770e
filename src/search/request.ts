/* What a search is asked, and what it gives. */
import type { FilterWords, SearchFilter } from "./question/filter.ts";
import type { ScoreParts } from "./ranking/fuse.ts";
import type { Snippet, SnippetOptions } from "./showing/snippet.ts";

export interface SearchRequest {
  /** What to look for, 1 to 20,000 characters; may hold filters (see parseFilters). */
  query: string;
  /** Hits wanted, 1 to 1000. Default 10. */
  k?: number;
  /** Beside those in the query. */
  filter?: SearchFilter;
  /** How the words of filters are understood. Without it they are those of the index. */
  filterWords?: FilterWords;
  snippet?: SnippetOptions;
  /**
   * Milliseconds for the whole answer. When the model is not done by then, words and names decide
   * alone, and the result says so. Default: no limit.
   */
  deadlineMs?: number;
  /** Hits are left out, or their snippets cut, so that the answer has no more. Default: no limit. */
  maxTokens?: number;
  /** Chunks without a vector that may be embedded for this query. Default 0. */
  fillIn?: number;
  /**
   * Least score, 0 to 1. Default: chunks whose relevance is below .2 are left out, so that a question about nothing
   * that is here gets nothing. 0: as many come as there are, up to k.
   */
  minScore?: number;
  /** Ask the reranker. Default: when there is one. */
  rerank?: boolean;
  /** Folder of the files, to compare hits with. Without it nothing is compared. */
  root?: string;
  signal?: AbortSignal;
}

export interface SearchHit extends Place {
  language: string;
  /** 0 to 1, on one scale for every question (docs/search.md): relevance, with what the path and a reranker say. */
  score: number;
  /** 0 to 1: how well it answers. */
  relevance: number;
  parts: ScoreParts;
  snippet: Snippet;
  /** The whole chunk. */
  text: string;
  /** The innermost definition it begins in; undefined outside all. */
  symbol?: { name: string; kind: string; container: string };
  /** The file has changed and the text is not in it any more. Otherwise it is there. */
  stale: boolean;
  /** Further places of the same text, or of nearly the same. */
  alsoAt: Place[];
}

export interface Place {
  path: string;
  /** 1-based, inclusive. */
  startLine: number;
  endLine: number;
}

export interface SearchResult {
  hits: SearchHit[];
  /** Candidates each route gave; all 0 means that nothing in the index has to do with the query. */
  candidates: { words: number; meaning: number; symbols: number };
  /** Best score of what was left out because it is not near enough; undefined: nothing was. */
  nearest: number | undefined;
  /** Chunks that the model of the index has not seen yet. */
  withoutVector: number;
  /** The meaning is by the static model, because of that. */
  isStatic: boolean;
  /** What was cut, and why; empty when nothing was. */
  cut: string[];
  /** Files that differ from the index, among those looked at: index again. */
  changedFiles: string[];
  /** Chunks that got their vector for this query. */
  filledIn: number;
  /** What the reranker did; undefined when it was not asked. */
  reranked: RerankReport | undefined;
  /**
   * The ranking is that of an earlier search: of the same query, or of one in nearly the same words. The
   * hits were compared with the disk now. Undefined when it was made for this query.
   */
  fromCache: "same" | "similar" | undefined;
  /** Milliseconds. */
  timesMs: SearchTimes;
}

export interface RerankReport {
  /** Candidates it scored, of so many. */
  pairs: number;
  of: number;
  /** false: the time was up, and the order is the one without it. */
  complete: boolean;
  why?: "deadline";
}

/** No time spent yet. */
export function noTimes(): SearchTimes {
  return { embed: 0, words: 0, meaning: 0, fuse: 0, rerank: 0, show: 0, total: 0 };
}

export interface SearchTimes {
  embed: number;
  words: number;
  meaning: number;
  fuse: number;
  rerank: number;
  show: number;
  total: number;
}
