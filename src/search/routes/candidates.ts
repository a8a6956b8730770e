import type { SearchFilter } from "../../ports/answers/search.ts";
import type { TextEmbedder } from "../../ports/embedder.ts";
import type { LateScorer, Reranker } from "../../ports/reranker.ts";
import type { ScoredChunk, Store, TextIndex } from "../../ports/store.ts";
import { type FilterWords, fileMatcher } from "../question/filter.ts";
import type { RankingCache } from "../ranking-cache.ts";
import type { NamedChunk } from "./names.ts";

/** The roles of an index that a search asks. */
export type SearchedIndex = Pick<
  Store,
  "files" | "texts" | "vectors" | "pending" | "staticVectors" | "symbols" | "unlessBusy"
>;

export interface SearchParts {
  store: SearchedIndex;
  embedder?: TextEmbedder | undefined;
  /** The static model, for chunks that have no vector yet. */
  staticEmbedder?: TextEmbedder | undefined;
  /** Looks at the best candidates once more, with the query beside each. */
  reranker?: Reranker | undefined;
  /** Does so where there is no reranker, token by token. `isDefault`: also for searches that do not ask for it. */
  late?: { scorer: LateScorer; isDefault: boolean } | undefined;
  /** Rankings of earlier searches; without it every search is made anew. */
  rankings?: RankingCache | undefined;
  /** Folder of the files, to compare hits with. Without it nothing is compared. */
  root?: string | undefined;
  /** How the words of filters are understood. Without it they are those of the index. */
  filterWords?: FilterWords | undefined;
}

/** What each route gave, best first. */
export interface Candidates {
  words: ScoredChunk[];
  meaning: ScoredChunk[];
  /** The query's, by the model that made `meaning`; undefined: none could be had. */
  vector: Float32Array | undefined;
  /** True when `meaning` is by the static model: the index's own had no time for all candidates. */
  isStatic: boolean;
  /** Chunks in which a definition with the query's name begins. */
  symbols: NamedChunk[];
}

/** Chunks that fit a filter, as sorted ids; undefined when there is no filter. */
export function allowedChunks(
  texts: TextIndex,
  filter: SearchFilter | undefined,
): Uint32Array | undefined {
  return filter === undefined ? undefined : texts.where(fileMatcher(filter), filter.kinds);
}
