import type { TextEmbedder } from "../../ports/embedder.ts";
import type { Reranker } from "../../ports/reranker.ts";
import type { ScoredChunk, Store } from "../../ports/store.ts";
import type { NameCandidate, SymbolRow, SymbolStore } from "../../ports/symbols.ts";
import { fileMatcher, type SearchFilter } from "../question/filter.ts";
import type { Query } from "../question/query.ts";
import type { RankingCache } from "../ranking-cache.ts";

export interface SearchParts {
  store: Store;
  embedder?: TextEmbedder | undefined;
  /** The static model, for chunks that have no vector yet. */
  staticEmbedder?: TextEmbedder | undefined;
  /** Looks at the best candidates once more, with the query beside each. */
  reranker?: Reranker | undefined;
  /** Rankings of earlier searches; without it every search is made anew. */
  rankings?: RankingCache | undefined;
  /** Looks something up among names and definitions; without it there is no symbol route. */
  symbols?: (<T>(look: (symbols: SymbolStore) => T) => T) | undefined;
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
  store: Store,
  filter: SearchFilter | undefined,
): Uint32Array | undefined {
  return filter === undefined ? undefined : store.chunksWhere(fileMatcher(filter), filter.kinds);
}

/** Chunks found by name. Cheap, so it is asked whenever the query could be one. */
export function symbolCandidates(
  { store, symbols }: SearchParts,
  query: Query,
  allowed: Uint32Array | undefined,
): Candidates["symbols"] {
  if (symbols === undefined || query.form.lookupShare === 0) return [];
  if (query.text.split(/\s+/u).length > mostNameWords) return [];
  const found = symbols((look) => {
    const names = look.findNames(query.text, mostNames);
    const how = new Map(names.map(({ name, match }) => [name, match]));
    const ids = names.map(({ nameId }) => nameId);
    const rows = ids.length === 0 ? [] : look.definitionsOf(ids, mostDefinitions);
    return rows.map((symbol) => ({ symbol, match: how.get(symbol.name) ?? "part" }));
  });
  const chunks = store.chunksAt(
    found.map(({ symbol }) => ({ path: symbol.path, line: symbol.headLine })),
  );
  const permitted = allowed === undefined ? undefined : new Set(allowed);
  return found.flatMap(({ symbol, match }, at) => {
    const chunkId = chunks[at];
    if (chunkId === undefined || permitted?.has(chunkId) === false) return [];
    return [{ chunkId, match, symbol }];
  });
}
