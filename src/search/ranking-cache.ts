import type { RerankReport, FoundHits as SearchResult } from "../ports/answers/search.ts";

/** A ranking as it is kept: few objects, for there may be many. */
export interface KeptRanking {
  /** The query without its filters. */
  text: string;
  /** All that it was asked with beside the text: two rankings of one group differ by their query alone. */
  group: string;
  /** Two queries that may be alike have the same one; see signatureOf(). */
  signature: string;
  chunkIds: Uint32Array;
  /** A row of each of `figures` for each chunk; NaN where there is none. */
  scores: Float64Array;
  candidates: SearchResult["candidates"];
  isStatic: boolean;
  reranked: RerankReport | undefined;
}

/** Where rankings are kept. It forgets all of them when the index changes. */
export interface RankingCache {
  get(key: string): KeptRanking | undefined;
  set(key: string, ranking: KeptRanking): void;
  values(): Iterable<[key: string, ranking: KeptRanking]>;
  /** Two equal marks: nothing was written into the index between them. */
  mark(): string;
}
