/* Asks the three routes for candidates: words, meaning, names. */
import { untilTime } from "../base/deadline.ts";
import { HaypileError } from "../base/errors.ts";
import type { TextEmbedder } from "../ports/embedder.ts";
import type { ScoredChunk, Store } from "../ports/store.ts";
import { type Candidates, type SearchParts, symbolCandidates } from "./candidates.ts";
import { fillIn } from "./fill-in.ts";
import type { Query } from "./query.ts";
import type { SearchRequest, SearchTimes } from "./request.ts";

/** Candidates asked of each half: enough for the scores' mean and spread. */
const minCandidates = 100;

/**
 * Asks the three routes. A route that is not done at the deadline is left out and named.
 *
 * @param end when the answer must be there, as performance.now() tells time
 */
export async function gather(
  parts: SearchParts,
  query: Query,
  allowed: Uint32Array | undefined,
  request: Pick<SearchRequest, "fillIn" | "signal">,
  timesMs: SearchTimes,
  end: number,
  limit = Math.max(minCandidates, query.k * 2),
): Promise<{ candidates: Candidates; cut: string[]; filledIn: number }> {
  const { store, embedder } = parts;
  const { signal } = request;
  const cut: string[] = [];
  /** What was found by then; [] and a word of it when that is not there. */
  const inTime = async (
    what: string,
    look: () => Promise<ScoredChunk[]>,
  ): Promise<ScoredChunk[]> => {
    const found = performance.now() >= end ? "late" : await untilTime(look, end, signal);
    if (found !== "late") return found;
    cut.push(`the deadline passed before ${what}`);
    return [];
  };
  const byStaticModel = (): Promise<ScoredChunk[]> =>
    inTime("the simpler model was asked", () => staticCandidates(parts, query, limit, allowed));
  const byModel = (of: Float32Array): Promise<ScoredChunk[]> =>
    inTime("vectors were compared: words and names only", () => store.nearest(of, limit, allowed));
  let mark = performance.now();
  const giveUp = new AbortController();
  const stops = signal === undefined ? giveUp.signal : AbortSignal.any([signal, giveUp.signal]);
  const vectorComing = startEmbedding(store, embedder, query.text, end, stops);
  // Awaited below. Where the index fails before that, nobody else would hear of it.
  vectorComing.catch(() => undefined);
  let words: ScoredChunk[];
  let symbols: Candidates["symbols"];
  try {
    words = store.searchWords(query.text, limit, allowed);
    timesMs.words = performance.now() - mark;
    symbols = symbolCandidates(parts, query, allowed);
  } catch (error) {
    giveUp.abort();
    throw error;
  }
  mark = performance.now();
  const vector = await vectorComing;
  timesMs.embed = performance.now() - mark;
  if (vector === "late")
    cut.push("the deadline passed before the query had its vector: words and names only");
  if (vector === undefined || vector === "late") {
    const meaning = await byStaticModel();
    if (vector === "late") askForVectors(store, symbols, interleave(words, meaning));
    const isStatic = meaning.length > 0;
    return { candidates: { words, meaning, isStatic, symbols }, cut, filledIn: 0 };
  }
  if (store.countWithoutVector() === 0) {
    mark = performance.now();
    const meaning = await byModel(vector);
    timesMs.meaning = performance.now() - mark;
    return { candidates: { words, meaning, isStatic: false, symbols }, cut, filledIn: 0 };
  }
  const quick = await byStaticModel();
  const most = request.fillIn ?? 0;
  const seen = interleave(words, quick);
  const best = seen.slice(0, Math.max(most, leastCovered));
  const filledIn = await fillIn(parts, best, most, end, signal);
  mark = performance.now();
  // Where the model has not seen all good candidates, those it has would win for that alone.
  askForVectors(store, symbols, seen);
  const uncovered = store.withoutVector(best.map(({ chunkId }) => chunkId)).length;
  const isStatic = quick.length > 0 && uncovered > best.length * mostUncovered;
  const meaning = isStatic ? quick : await byModel(vector);
  timesMs.meaning = performance.now() - mark;
  return { candidates: { words, meaning, isStatic, symbols }, cut, filledIn };
}

/** Candidates that must have a vector for the list by the model to be used. */
const leastCovered = 60;
const mostUncovered = 0.05;

/** Candidates of one query that are put in front of what an index run embeds next. */
const mostAsked = 160;

/** What this query would have liked to have a vector comes first in the next run, or in the one at work. */
function askForVectors(
  store: Store,
  symbols: Candidates["symbols"],
  seen: readonly ScoredChunk[],
): void {
  const ids = new Set([...symbols, ...seen].map(({ chunkId }) => chunkId));
  try {
    store.unlessBusy(() => store.askForVectors([...ids].slice(0, mostAsked)));
  } catch {
    // An index that cannot be written now is searched all the same.
  }
}

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
  return await untilTime(
    (stop) => embedder.embed([text], { kind: "query", signal: stop }),
    end,
    signal,
  );
}
