import type { SearchFilter } from "../../ports/answers/search.ts";
import type { TextEmbedder } from "../../ports/embedder.ts";
import type { LateScorer, Reranker } from "../../ports/reranker.ts";
import type { ScoredChunk, Store, TextIndex } from "../../ports/store.ts";
import type { NameCandidate, SymbolRow } from "../../ports/symbols.ts";
import { type FilterWords, fileMatcher } from "../question/filter.ts";
import type { Query } from "../question/query.ts";
import type { RankingCache } from "../ranking-cache.ts";

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
  symbols: { chunkId: number; match: NameCandidate["match"]; symbol: SymbolRow }[];
}

/** Names looked at, and definitions of them. */
const mostNames = 20;
const mostDefinitions = 40;
/** Queries of more words are no names. */
const mostNameWords = 6;

/** Chunks that fit a filter, as sorted ids; undefined when there is no filter. */
export function allowedChunks(
  texts: TextIndex,
  filter: SearchFilter | undefined,
): Uint32Array | undefined {
  return filter === undefined ? undefined : texts.where(fileMatcher(filter), filter.kinds);
}

/** Chunks found by name. Cheap, so it is asked whenever the query could be one. */
export function symbolCandidates(
  { symbols, texts }: Pick<Store, "symbols" | "texts">,
  query: Query,
  allowed: Uint32Array | undefined,
): Candidates["symbols"] {
  if (query.form.lookupShare === 0) return [];
  if (query.text.split(/\s+/u).length > mostNameWords) return [];
  const names = symbols.findNames(query.text, mostNames);
  const how = new Map(names.map(({ name, match }) => [name, match]));
  const ids = names.map(({ nameId }) => nameId);
  const rows = ids.length === 0 ? [] : symbols.definitionsOf(ids, mostDefinitions);
  const found = rows.map((symbol) => ({ symbol, match: how.get(symbol.name) ?? "part" }));
  const chunks = texts.at(
    found.map(({ symbol }) => ({ path: symbol.path, line: symbol.headLine })),
  );
  const permitted = allowed === undefined ? undefined : new Set(allowed);
  return found.flatMap(({ symbol, match }, at) => {
    const chunkId = chunks[at];
    if (chunkId === undefined || permitted?.has(chunkId) === false) return [];
    return [{ chunkId, match, symbol }];
  });
}
