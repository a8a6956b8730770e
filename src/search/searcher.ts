import { throwIfAborted } from "../base/abort.ts";
import { HaypileError } from "../base/errors.ts";
import type { TextEmbedder } from "../ports/embedder.ts";
import type { ChunkPlace, FileStamp, ScoredChunk, Store } from "../ports/store.ts";
import type { SymbolRow } from "../ports/symbols.ts";
import {
  allowedChunks,
  type Candidates,
  type SearchParts,
  symbolCandidates,
} from "./candidates.ts";
import { fillIn } from "./fill-in.ts";
import { joinFilters, parseFilters, type SearchFilter } from "./filter.ts";
import { FreshnessCheck } from "./freshness.ts";
import type { ScoreParts } from "./fuse.ts";
import { parseQuery, type Query } from "./query.ts";
import { type RankedChunk, rank } from "./rank.ts";
import { type Selected, select } from "./select.ts";
import { makeSnippet, type Snippet, type SnippetOptions } from "./snippet.ts";

export interface SearchRequest {
  /** What to look for, 1 to 20,000 characters; may hold filters (see parseFilters). */
  query: string;
  /** Hits wanted, 1 to 1000. Default 10. */
  k?: number;
  /** Beside those in the query. */
  filter?: SearchFilter;
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
  /** Folder of the files, to compare hits with. Without it nothing is compared. */
  root?: string;
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
  /** Milliseconds. */
  timesMs: SearchTimes;
}

export interface SearchTimes {
  embed: number;
  words: number;
  meaning: number;
  fuse: number;
  show: number;
  total: number;
}

/** Candidates asked of each half: enough for the scores' mean and spread. */
const minCandidates = 100;

/**
 * Searches by words, by meaning and by name, and fuses the three. Before any vector exists, or without an
 * embedder, words and names decide.
 *
 * @throws HaypileError HAYPILE_USAGE, HAYPILE_DIMENSIONS_DIFFER, HAYPILE_ABORTED, and those of the
 *   store and the embedder
 */
export async function search(parts: SearchParts, request: SearchRequest): Promise<SearchResult> {
  const { store } = parts;
  const start = performance.now();
  const timesMs: SearchTimes = { embed: 0, words: 0, meaning: 0, fuse: 0, show: 0, total: 0 };
  const { query, allowed } = readRequest(store, request);
  throwIfAborted(request.signal, "Searching");
  const found = await gather(parts, query, allowed, request, timesMs);
  let mark = performance.now();
  const ranked = rank(store, found.candidates, query);
  timesMs.fuse = performance.now() - mark;
  mark = performance.now();
  const shown = await show(parts, ranked, query, request);
  timesMs.show = performance.now() - mark;
  timesMs.total = performance.now() - start;
  const { words, meaning, symbols } = found.candidates;
  return {
    hits: shown.hits,
    candidates: { words: words.length, meaning: meaning.length, symbols: symbols.length },
    withoutVector: store.countWithoutVector(),
    isStatic: found.candidates.isStatic,
    cut: [...found.cut, ...shown.cut],
    changedFiles: shown.changedFiles,
    filledIn: found.filledIn,
    timesMs,
  };
}

/** The query without its filters, and the chunks the filters leave. */
export function readRequest(
  store: Store,
  request: SearchRequest,
): { query: Query; allowed: Uint32Array | undefined } {
  const checked = parseQuery(request);
  const { text, filter } = parseFilters(checked.text);
  const query = parseQuery({ query: text, k: request.k });
  return { query, allowed: allowedChunks(store, joinFilters(filter, request.filter)) };
}

/** Asks the three routes. */
export async function gather(
  parts: SearchParts,
  query: Query,
  allowed: Uint32Array | undefined,
  request: Pick<SearchRequest, "deadlineMs" | "fillIn" | "signal">,
  timesMs: SearchTimes,
  limit = Math.max(minCandidates, query.k * 2),
): Promise<{ candidates: Candidates; cut: string[]; filledIn: number }> {
  const { store, embedder } = parts;
  const cut: string[] = [];
  const end = performance.now() + (request.deadlineMs ?? Number.POSITIVE_INFINITY);
  let mark = performance.now();
  const vectorComing = startEmbedding(store, embedder, query.text, end, request.signal);
  const words = store.searchWords(query.text, limit, allowed);
  timesMs.words = performance.now() - mark;
  const symbols = symbolCandidates(parts, query, allowed);
  mark = performance.now();
  const vector = await vectorComing;
  timesMs.embed = performance.now() - mark;
  if (vector === "late")
    cut.push("the deadline passed before the query had its vector: words and names only");
  if (vector === undefined || vector === "late") {
    const meaning = await staticCandidates(parts, query, limit, allowed);
    const isStatic = meaning.length > 0;
    return { candidates: { words, meaning, isStatic, symbols }, cut, filledIn: 0 };
  }
  if (store.countWithoutVector() === 0) {
    mark = performance.now();
    const meaning = await store.nearest(vector, limit, allowed);
    timesMs.meaning = performance.now() - mark;
    return { candidates: { words, meaning, isStatic: false, symbols }, cut, filledIn: 0 };
  }
  const quick = await staticCandidates(parts, query, limit, allowed);
  const most = request.fillIn ?? 0;
  const best = interleave(words, quick).slice(0, Math.max(most, leastCovered));
  const filledIn = await fillIn(parts, best, most, end, request.signal);
  mark = performance.now();
  // Where the model has not seen all good candidates, those it has would win for that alone.
  const uncovered = store.withoutVector(best.map(({ chunkId }) => chunkId)).length;
  const isStatic = quick.length > 0 && uncovered > best.length * mostUncovered;
  const meaning = isStatic ? quick : await store.nearest(vector, limit, allowed);
  timesMs.meaning = performance.now() - mark;
  return { candidates: { words, meaning, isStatic, symbols }, cut, filledIn };
}

/** Candidates that must have a vector for the list by the model to be used. */
const leastCovered = 60;
const mostUncovered = 0.05;

async function staticCandidates(
  { store, staticEmbedder }: SearchParts,
  query: Query,
  limit: number,
  allowed: Uint32Array | undefined,
): Promise<ScoredChunk[]> {
  if (staticEmbedder === undefined || store.countWithoutVector() === 0) return [];
  const vector = await staticEmbedder.embed([query.text], { kind: "query" });
  return store.nearestStatic(vector, limit, allowed);
}

/** First of one list, first of the other, and so on, each chunk once. */
function interleave(a: readonly ScoredChunk[], b: readonly ScoredChunk[]): ScoredChunk[] {
  const seen = new Map<number, ScoredChunk>();
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    for (const one of [a[at], b[at]]) {
      if (one !== undefined && !seen.has(one.chunkId)) seen.set(one.chunkId, one);
    }
  }
  return [...seen.values()];
}

/** Undefined when there is nothing to compare with, so that no model is loaded for it. */
async function startEmbedding(
  store: Store,
  embedder: TextEmbedder | undefined,
  text: string,
  end: number,
  signal: AbortSignal | undefined,
): Promise<Float32Array | "late" | undefined> {
  const model = store.model();
  if (embedder === undefined || model === undefined) return undefined;
  if (model.id !== embedder.modelId || model.dimensions !== embedder.dimensions) {
    throw new HaypileError(
      "HAYPILE_DIMENSIONS_DIFFER",
      `Expected the model of the index, ${model.id} (${model.dimensions} dimensions), but got ${embedder.modelId} (${embedder.dimensions}). Search with that model, or index again into another database.`,
      { data: { index: model, given: { id: embedder.modelId, dimensions: embedder.dimensions } } },
    );
  }
  const stop = new AbortController();
  const signals = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const vector = embedder.embed([text], { kind: "query", signal: signals });
  if (end === Number.POSITIVE_INFINITY) return await vector;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((done) => {
    timer = setTimeout(() => done("late"), Math.max(0, end - performance.now()));
  });
  const first = await Promise.race([vector, late]).finally(() => clearTimeout(timer));
  if (first === "late") {
    stop.abort();
    vector.catch(() => undefined);
  }
  return first;
}

interface Shown {
  hits: SearchHit[];
  cut: string[];
  changedFiles: string[];
}

async function show(
  parts: SearchParts,
  ranked: readonly RankedChunk[],
  query: Query,
  request: SearchRequest,
): Promise<Shown> {
  const { store, symbols } = parts;
  const check = request.root === undefined ? undefined : new FreshnessCheck(request.root);
  const located = new Map<RankedChunk, { place: ChunkPlace; stale: boolean }>();
  const isUsable = async (chunk: RankedChunk): Promise<boolean> => {
    const found = await whereNow(chunk, check, (path) => store.stampOf(path));
    if (found !== undefined) located.set(chunk, found);
    return found !== undefined;
  };
  const selected = await select(ranked, query.k, isUsable);
  const chosen = selected.flatMap((one) => {
    const at = located.get(one.chunk);
    return at === undefined ? [] : [{ ...one, ...at }];
  });
  const own = chosen.map(({ chunk }) => chunk.places[0] as ChunkPlace);
  const holders = symbols?.((look) => {
    const first = look.definitionsAt(own.map(({ path, startLine }) => ({ path, line: startLine })));
    const last = look.definitionsAt(own.map(({ path, endLine }) => ({ path, line: endLine })));
    // A constant above a function is not what the chunk is about.
    return first.map((one, i) =>
      one === undefined || asides.has(one.kind) ? (last[i] ?? one) : one,
    );
  });
  const hits = chosen.map((one, i) => toHit(one, holders?.[i], query.text, request.snippet));
  const cut = fitTokens(hits, request.maxTokens);
  return { hits, cut, changedFiles: [...(check?.changed ?? [])].sort() };
}

/** The first place of a chunk that is still there; undefined when none is. */
async function whereNow(
  chunk: RankedChunk,
  check: FreshnessCheck | undefined,
  stampOf: (path: string) => FileStamp | undefined,
): Promise<{ place: ChunkPlace; stale: boolean } | undefined> {
  let stale: ChunkPlace | undefined;
  for (const place of chunk.places) {
    const now =
      check === undefined
        ? { state: "fresh" as const }
        : await check.check(place, stampOf(place.path));
    if (now.state === "fresh") return { place, stale: false };
    if (now.state === "moved") return { place: { ...place, ...now }, stale: false };
    if (now.state === "stale") stale ??= place;
  }
  return stale === undefined ? undefined : { place: stale, stale: true };
}

function toHit(
  { chunk, copies, place, stale }: Selected & { place: ChunkPlace; stale: boolean },
  symbol: SymbolRow | undefined,
  query: string,
  options: SnippetOptions | undefined,
): SearchHit {
  const others = [...chunk.places, ...copies.flatMap((copy) => copy.places)];
  return {
    ...placeOf(place),
    language: place.language,
    score: chunk.score,
    parts: chunk.parts,
    snippet: makeSnippet(place.text, place.startLine, query, options),
    text: place.text,
    ...(symbol !== undefined && {
      symbol: { name: symbol.name, kind: symbol.kind, container: symbol.container },
    }),
    stale,
    alsoAt: others
      .filter((one) => one.path !== place.path || one.chunkId !== place.chunkId)
      .map(placeOf),
  };
}

/** Kinds that stand beside what a chunk is about. */
const asides: ReadonlySet<string> = new Set(["variable", "constant", "property", "type", "key"]);

/** A token has three characters or more in code and prose alike: an upper estimate. */
const charsPerToken = 3;
/** Path, numbers and signs around a snippet. */
const tokensAround = 24;

/** Cuts from the end of the list, and then the last snippet, until the answer fits. */
function fitTokens(hits: SearchHit[], maxTokens: number | undefined): string[] {
  if (maxTokens === undefined) return [];
  let left = maxTokens;
  for (const [at, hit] of hits.entries()) {
    const cost = (): number =>
      tokensAround + Math.ceil(hit.snippet.lines.join("\n").length / charsPerToken);
    while (cost() > left && hit.snippet.lines.length > 1) hit.snippet.lines.pop();
    if (cost() > left) {
      const gone = hits.length - at;
      hits.length = at;
      return [
        `${gone} ${gone === 1 ? "hit was" : "hits were"} left out to fit ${maxTokens} tokens`,
      ];
    }
    left -= cost();
  }
  return [];
}

function placeOf({ path, startLine, endLine }: Place): Place {
  return { path, startLine, endLine };
}
