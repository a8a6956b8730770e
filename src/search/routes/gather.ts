/*
 * Asks the three routes for candidates: words, meaning, names. The query becomes a vector while words and names are looked
 * up: of that time only what was waited for counts as the model's.
 */
import { untilTime } from "../../base/deadline.ts";
import { HaypileError } from "../../base/errors.ts";
import {
  areSameVectors,
  isSameModel,
  modelInWords,
  nameOfEmbedder,
} from "../../base/model-name.ts";
import type { StageClock, StageNotes } from "../../base/stages.ts";
import type { SearchRequest } from "../../ports/answers/search.ts";
import type { TextEmbedder } from "../../ports/embedder.ts";
import type { ScoredChunk, Store, VectorIndex } from "../../ports/store.ts";
import type { Query } from "../question/query.ts";
import type { Candidates, SearchParts } from "./candidates.ts";
import { fillIn, mostFilledIn } from "./fill-in.ts";
import { namedChunks } from "./names.ts";

type ByMeaning = Pick<Candidates, "meaning" | "vector">;

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
  clock: StageClock,
  end: number,
  limit = Math.max(minCandidates, query.depth * 2),
): Promise<{ candidates: Candidates; cut: string[]; filledIn: number }> {
  const { store } = parts;
  const { signal } = request;
  const cut: string[] = [];
  /** What was found by then; nothing and a word of it when that is not there. */
  const inTime = async (what: string, look: () => Promise<ByMeaning>): Promise<ByMeaning> => {
    const found = performance.now() >= end ? "late" : await untilTime(look, end, signal);
    if (found !== "late") return found;
    cut.push(`the deadline passed before ${what}`);
    return none;
  };
  const byStaticModel = (): Promise<ByMeaning> =>
    inTime("the simpler model was asked", () => staticCandidates(parts, query, limit, allowed));
  const byModel = (of: Float32Array): Promise<ByMeaning> =>
    inTime("vectors were compared: words and names only", async () => {
      return { meaning: await store.vectors.nearest(of, limit, allowed), vector: of };
    });
  const giveUp = new AbortController();
  const stops = signal === undefined ? giveUp.signal : AbortSignal.any([signal, giveUp.signal]);
  const vectorComing = clock.run("embed", () =>
    startEmbedding(parts, query.text, end, stops, clock.beside),
  );
  // Awaited below. Where the index fails before that, nobody else would hear of it.
  vectorComing.catch(() => undefined);
  let words: ScoredChunk[];
  let symbols: Candidates["symbols"];
  try {
    words = clock.run("words", () => store.texts.search(query.text, limit, allowed));
    symbols = clock.run("names", () => namedChunks(store, query, allowed));
  } catch (error) {
    giveUp.abort();
    throw error;
  }
  const asked = performance.now();
  const vector = await vectorComing;
  // What the model did not say of itself: a question that another asked as well, say.
  clock.beside.add("embed", asked);
  if (vector === "late")
    cut.push("the deadline passed before the query had its vector: words and names only");
  if (vector === undefined || vector === "late") {
    const quick = await clock.during("meaning", byStaticModel);
    if (vector === "late") askForVectors(store, symbols, interleave(words, quick.meaning));
    const isStatic = quick.meaning.length > 0;
    return { candidates: { words, ...quick, isStatic, symbols }, cut, filledIn: 0 };
  }
  if (store.pending.count() === 0) {
    const route = await clock.during("meaning", () => byModel(vector));
    return { candidates: { words, ...route, isStatic: false, symbols }, cut, filledIn: 0 };
  }
  const quick = await clock.during("meaning", byStaticModel);
  const most = mostFilledIn(request);
  const seen = interleave(words, quick.meaning);
  const best = seen.slice(0, Math.max(most, leastCovered));
  const filledIn = await clock.during("embed", () => fillIn(parts, best, most, end, signal));
  // Where the model has not seen all good candidates, those it has would win for that alone.
  askForVectors(store, symbols, seen);
  const uncovered = store.pending.of(best.map(({ chunkId }) => chunkId)).length;
  const isStatic = quick.meaning.length > 0 && uncovered > best.length * mostUncovered;
  const route = isStatic ? quick : await clock.during("meaning", () => byModel(vector));
  return { candidates: { words, ...route, isStatic, symbols }, cut, filledIn };
}

/** Candidates that must have a vector for the list by the model to be used. */
const leastCovered = 60;
const mostUncovered = 0.05;

/** Candidates of one query that are put in front of what an index run embeds next. */
const mostAsked = 160;

/** What this query would have liked to have a vector comes first in the next run, or in the one at work. */
function askForVectors(
  store: Pick<Store, "pending" | "unlessBusy">,
  symbols: Candidates["symbols"],
  seen: readonly ScoredChunk[],
): void {
  const ids = new Set([...symbols, ...seen].map(({ chunkId }) => chunkId));
  try {
    store.unlessBusy(() => store.pending.ask([...ids].slice(0, mostAsked)));
  } catch {
    // An index that cannot be written now is searched all the same.
  }
}

async function staticCandidates(
  { store, embedder, staticEmbedder }: SearchParts,
  query: Query,
  limit: number,
  allowed: Uint32Array | undefined,
): Promise<ByMeaning> {
  if (staticEmbedder === undefined) return none;
  // Where the index's own model has seen every chunk, it alone decides. Without it, this one does.
  if (embedder !== undefined && store.pending.count() === 0) return none;
  const vector = await staticEmbedder.embed([query.text], { kind: "query" });
  if (!isReadable(vector)) return none;
  return { meaning: store.staticVectors.nearest(vector, limit, allowed), vector };
}

const none: ByMeaning = { meaning: [], vector: undefined };

/** Zeros: the model cannot read the query. */
function isReadable(vector: Float32Array): boolean {
  return vector.some((value) => value !== 0);
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
  {
    store: { vectors },
    embedder,
  }: { store: { vectors: VectorIndex }; embedder?: TextEmbedder | undefined },
  text: string,
  end: number,
  signal: AbortSignal | undefined,
  stages: StageNotes,
): Promise<Float32Array | "late" | undefined> {
  const model = vectors.model();
  if (embedder === undefined || model === undefined) return undefined;
  const given = nameOfEmbedder(embedder);
  if (!isSameModel(model, given)) {
    throw new HaypileError(
      "HAYPILE_DIMENSIONS_DIFFER",
      `Expected the model of the index, ${model.id} (${model.dimensions} dimensions), but got ${embedder.modelId} (${embedder.dimensions}). Search with that model, change the model of the index with "haypile migrate-model --model ${embedder.modelId}", or index again into another database.`,
      { data: { index: model, given } },
    );
  }
  if (!areSameVectors(model, given)) {
    throw new HaypileError(
      "HAYPILE_VECTORS_DIFFER",
      `Expected queries of ${modelInWords(model)}, of which the vectors of the index are, but those of ${modelInWords(given)} came. Make the vectors anew with "haypile index" or "haypile migrate-model".`,
      { data: { index: model, given } },
    );
  }
  const vector = await untilTime(
    (stop) => embedder.embed([text], { kind: "query", signal: stop, stages }),
    end,
    signal,
  );
  return vector === "late" || isReadable(vector) ? vector : undefined;
}
