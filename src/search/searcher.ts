import { throwIfAborted } from "../base/abort.ts";
import { HaypileError } from "../base/errors.ts";
import { isProse } from "../base/prose.ts";
import type { TextEmbedder } from "../ports/embedder.ts";
import type { ChunkPlace, ScoredChunk, Store } from "../ports/store.ts";
import { type FusedChunk, fuse, type ScoreParts } from "./fuse.ts";
import { parseQuery } from "./query.ts";
import { makeSnippet, type Snippet, type SnippetOptions } from "./snippet.ts";

export interface SearchRequest {
  /** What to look for, 1 to 20,000 characters. */
  query: string;
  /** Hits wanted, 1 to 1000. Default 10. */
  k?: number;
  snippet?: SnippetOptions;
  signal?: AbortSignal;
}

export interface SearchHit extends Place {
  language: string;
  /** Fused score: comparable inside one result only. */
  score: number;
  parts: ScoreParts;
  snippet: Snippet;
  /** The whole chunk. */
  text: string;
  /** Further places of the same text. */
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
  /** Candidates each half gave; both 0 means that nothing in the index has to do with the query. */
  candidates: { words: number; meaning: number };
  /** Milliseconds. */
  timesMs: {
    embed: number;
    words: number;
    meaning: number;
    fuse: number;
    show: number;
    total: number;
  };
}

/** Candidates asked of each half: enough for the scores' mean and spread. */
const minCandidates = 100;

/**
 * Searches by words and by meaning, and fuses the two. Before any vector exists, or without an
 * embedder, it searches by words alone.
 *
 * @throws HaypileError HAYPILE_USAGE, HAYPILE_DIMENSIONS_DIFFER, HAYPILE_ABORTED, and those of the
 *   store and the embedder
 */
export async function search(
  parts: { store: Store; embedder?: TextEmbedder | undefined },
  request: SearchRequest,
): Promise<SearchResult> {
  const { store, embedder } = parts;
  const start = performance.now();
  const query = parseQuery(request);
  throwIfAborted(request.signal, "Searching");
  const limit = Math.max(minCandidates, query.k * 2);
  const timesMs = { embed: 0, words: 0, meaning: 0, fuse: 0, show: 0, total: 0 };
  let mark = performance.now();
  const lap = (name: keyof typeof timesMs): void => {
    const now = performance.now();
    timesMs[name] = now - mark;
    mark = now;
  };

  let vector: Float32Array | undefined;
  if (embedder !== undefined && hasVectors(store, embedder)) {
    const signal = request.signal === undefined ? {} : { signal: request.signal };
    vector = await embedder.embed([query.text], { kind: "query", ...signal });
  }
  lap("embed");
  const words = store.searchWords(query.text, limit);
  lap("words");
  const meaning: ScoredChunk[] = vector === undefined ? [] : await store.nearest(vector, limit);
  lap("meaning");
  const { lookupShare } = query.form;
  const codeShare = shareOfCode(store, words, meaning);
  const fused = fuse(words, meaning, { lookupShare, codeShare });
  lap("fuse");
  const hits = showHits(store, fused, query.k, query.text, request.snippet);
  lap("show");
  timesMs.total = performance.now() - start;
  return { hits, candidates: { words: words.length, meaning: meaning.length }, timesMs };
}

/** False when there is nothing to compare with, so that no model is loaded for it. */
function hasVectors(store: Store, embedder: TextEmbedder): boolean {
  const model = store.model();
  if (model === undefined) return false;
  if (model.id === embedder.modelId && model.dimensions === embedder.dimensions) return true;
  throw new HaypileError(
    "HAYPILE_DIMENSIONS_DIFFER",
    `Expected the model of the index, ${model.id} (${model.dimensions} dimensions), but got ${embedder.modelId} (${embedder.dimensions}). Search with that model, or index again into another database.`,
    { data: { index: model, given: { id: embedder.modelId, dimensions: embedder.dimensions } } },
  );
}

/** Candidates of each list whose language is looked at. */
const languageSample = 10;

/** Share of code among the best of both lists; 0.5 where there is nothing to go by. */
export function shareOfCode(
  store: Store,
  words: readonly ScoredChunk[],
  meaning: readonly ScoredChunk[],
): number {
  if (words.length === 0 || meaning.length === 0) return 0.5;
  const best = [...words.slice(0, languageSample), ...meaning.slice(0, languageSample)];
  const languages = new Map<number, string>();
  for (const place of store.places([...new Set(best.map(({ chunkId }) => chunkId))])) {
    languages.set(place.chunkId, place.language);
  }
  let code = 0;
  for (const language of languages.values()) if (!isProse(language)) code += 1;
  return languages.size === 0 ? 0.5 : code / languages.size;
}

function showHits(
  store: Store,
  fused: readonly FusedChunk[],
  k: number,
  query: string,
  snippetOptions: SnippetOptions | undefined,
): SearchHit[] {
  const hits: SearchHit[] = [];
  // Usually one round: a chunk without a place was removed since it was found.
  for (let from = 0; from < fused.length && hits.length < k; ) {
    const batch = fused.slice(from, from + k - hits.length);
    from += batch.length;
    const placesOf = groupPlaces(store.places(batch.map((one) => one.chunkId)));
    for (const { chunkId, score, parts } of batch) {
      const places = placesOf.get(chunkId);
      const first = places?.[0];
      if (places === undefined || first === undefined) continue;
      hits.push({
        ...placeOf(first),
        language: first.language,
        score,
        parts,
        snippet: makeSnippet(first.text, first.startLine, query, snippetOptions),
        text: first.text,
        alsoAt: places.slice(1).map(placeOf),
      });
    }
  }
  return hits;
}

/** Places of each chunk, by path and line whatever order the store has. */
function groupPlaces(places: readonly ChunkPlace[]): Map<number, ChunkPlace[]> {
  const groups = new Map<number, ChunkPlace[]>();
  for (const place of places) {
    const group = groups.get(place.chunkId);
    if (group === undefined) groups.set(place.chunkId, [place]);
    else group.push(place);
  }
  for (const group of groups.values()) {
    group.sort((a, b) =>
      a.path === b.path ? a.startLine - b.startLine : a.path < b.path ? -1 : 1,
    );
  }
  return groups;
}

function placeOf({ path, startLine, endLine }: ChunkPlace): Place {
  return { path, startLine, endLine };
}
