/*
 * Finds memories: the filter is resolved first, then words and meaning are searched inside it, part by part;
 * the lists are fused as for code, the best part stands for its memory, and what is said of the memory
 * moves its score.
 */
import { throwIfAborted } from "../base/abort.ts";
import { untilTime } from "../base/deadline.ts";
import { HaypileError } from "../base/errors.ts";
import { log } from "../base/log.ts";
import type { TextEmbedder } from "../ports/embedder.ts";
import type { RecallOptions, RecallWhy } from "../ports/memories.ts";
import type { AllowedRows, MemoryRow, MemoryStore, PartHit } from "../ports/memory-store.ts";
import { type FusedChunk, fuse } from "../search/fuse.ts";
import { fusionParameters } from "../search/fusion-parameters.ts";
import { agree, uncrowd } from "../search/neighbours.ts";
import { checkCount, checkFilter } from "./options.ts";
import { factorsOf, type HalfLives, relevanceOf, strengthOf } from "./scoring.ts";

const leastCandidates = 60;
const leastScored = 40;
/** Part of a neighbouring turn's score that a turn gets (bench/memories/locomo.ts). */
const turnContext = 0.3;
const longestQuery = 200_000;
const mostDeadlineMs = 3_600_000;

/** A memory that was found, and the part that was. */
export interface Found {
  row: MemoryRow;
  /** Undefined: it is there to make up the number. */
  partId: number | undefined;
  score: number;
  why: RecallWhy;
}

export interface RecallOutcome {
  found: Found[];
  allowed: AllowedRows;
  withoutVector: number;
  isPartial: boolean;
}

export interface RecallParts {
  store: MemoryStore;
  embedder: TextEmbedder | undefined;
  halfLives: HalfLives;
}

export const defaultK = 8;

/** @throws HaypileError HAYPILE_USAGE, HAYPILE_ABORTED, HAYPILE_CLOSED */
export async function findMemories(
  parts: RecallParts,
  query: string,
  options: RecallOptions,
): Promise<RecallOutcome> {
  const { store } = parts;
  const began = performance.now();
  const now = Date.now();
  const k = checkCount("k", options.k ?? defaultK, 1, 1_000);
  const filter = checkFilter(options, now);
  if (typeof query !== "string" || query.length > longestQuery) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected a query of at most ${longestQuery} characters, but got ${typeof query === "string" ? `${query.length} characters` : typeof query}.`,
    );
  }
  const end =
    options.deadlineMs === undefined
      ? Number.POSITIVE_INFINITY
      : began + checkCount("deadlineMs", options.deadlineMs, 1, mostDeadlineMs);
  const asking = ask(parts.embedder, query, end, options.signal);
  // Awaited below. Where the store fails before that, nobody else would hear of it.
  asking.catch(() => undefined);
  await store.prepare();
  const allowed = store.allowed(filter);
  const limit = Math.max(leastCandidates, k * 2);
  const words = store.searchWords(query, limit, allowed);
  const vector = await asking;
  throwIfAborted(options.signal, "Recall");
  const meaning =
    vector === undefined || vector === "late"
      ? []
      : await store.searchVectors({ vector, limit, allowed });
  const ranked = withContext(store, rankRows(store, words, meaning));
  const then = filter.asOf ?? now;
  // What is said of a memory moves it by some places, not by dozens.
  const found = score(parts, ranked.slice(0, Math.max(leastScored, k * 2)), then);
  if (found.length < k) fillUp(parts, found, allowed, k, then);
  const least = options.minScore;
  return {
    found: found.filter((one) => least === undefined || one.score >= least).slice(0, k),
    allowed,
    withoutVector: store.countPending(allowed),
    isPartial: vector === "late",
  };
}

/** The query's vector; "late" when the deadline came first; undefined where there is no model to be had. */
async function ask(
  embedder: TextEmbedder | undefined,
  query: string,
  end: number,
  signal: AbortSignal | undefined,
): Promise<Float32Array | "late" | undefined> {
  if (embedder === undefined || query.trim() === "") return undefined;
  try {
    return await untilTime(
      (stop) => embedder.embed([query], { kind: "query", signal: stop }),
      end,
      signal,
    );
  } catch (error) {
    if (HaypileError.isInstance(error) && error.code === "HAYPILE_ABORTED") throw error;
    log("warn", `memories are searched by words alone: ${String(error)}`);
    return undefined;
  }
}

interface RankedRow {
  rowId: number;
  partId: number;
  /** Fused; of the best part. */
  score: number;
  words: number | undefined;
  meaning: number | undefined;
}

function rankRows(
  store: MemoryStore,
  words: readonly PartHit[],
  meaning: readonly PartHit[],
): RankedRow[] {
  const rowOf = new Map<number, number>();
  for (const { partId, rowId } of [...words, ...meaning]) rowOf.set(partId, rowId);
  const compare = (ids: readonly number[]): Float32Array => store.similarities(ids);
  const byMeaning = meaning.map(({ partId, score }) => ({ chunkId: partId, score }));
  const cosines = new Map(meaning.map(({ partId, score }) => [partId, score]));
  const { crowding, weightInProse, agreementInProse } = fusionParameters;
  const fused: FusedChunk[] = agree(
    fuse(
      words.map(({ partId, score }) => ({ chunkId: partId, score })),
      uncrowd(byMeaning, compare, crowding),
      weightInProse,
    ),
    compare,
    meaning.length === 0 ? 0 : agreementInProse,
  );
  const best = new Map<number, RankedRow>();
  for (const { chunkId, score, parts } of fused) {
    const rowId = rowOf.get(chunkId) as number;
    if (best.has(rowId)) continue;
    best.set(rowId, {
      rowId,
      partId: chunkId,
      score,
      words: parts.words ?? undefined,
      meaning: cosines.get(chunkId),
    });
  }
  return [...best.values()];
}

/**
 * Turns of a conversation lean on each other: the question stands in one and the answer in the next. Part of what a
 * neighbour scores above the lowest candidate is added.
 */
function withContext(store: MemoryStore, ranked: RankedRow[]): RankedRow[] {
  const first = store.rows(ranked.slice(0, leastScored).map(({ rowId }) => rowId));
  if (!first.some(({ kind }) => kind === "turn")) return ranked;
  const rest = store.rows(ranked.slice(leastScored).map(({ rowId }) => rowId));
  const turns = new Map(
    [...first, ...rest]
      .filter(({ kind }) => kind === "turn")
      .map(({ rowId, namespace }) => [rowId, namespace]),
  );
  const scores = new Map(ranked.map(({ rowId, score }) => [rowId, score]));
  const lowest = ranked.at(-1)?.score ?? 0;
  const around = (rowId: number, by: number): number => {
    const isNear = turns.has(rowId) && turns.get(rowId) === turns.get(rowId + by);
    return isNear ? (scores.get(rowId + by) ?? lowest) - lowest : 0;
  };
  return ranked
    .map((one) => ({
      ...one,
      score: one.score + turnContext * Math.max(around(one.rowId, -1), around(one.rowId, 1)),
    }))
    .sort((a, b) => b.score - a.score || a.rowId - b.rowId);
}

function score({ store, halfLives }: RecallParts, ranked: RankedRow[], now: number): Found[] {
  const rows = new Map(store.rows(ranked.map(({ rowId }) => rowId)).map((row) => [row.rowId, row]));
  const uses = store.uses([...rows.values()].map(({ key }) => key));
  const best = ranked[0]?.score ?? 0;
  const strength = Math.max(
    ...ranked.slice(0, 3).map(({ words, meaning }) => strengthOf(meaning, words)),
    0,
  );
  const found = ranked.flatMap((one): Found[] => {
    const row = rows.get(one.rowId);
    if (row === undefined) return [];
    const factors = factorsOf({ row, uses: uses.get(row.key)?.count ?? 0, now, halfLives });
    const relevance = relevanceOf(one.score, best, strength);
    const { words, meaning } = one;
    return [
      {
        row,
        partId: one.partId,
        score: relevance * factors.decay * factors.importance * factors.use,
        why: { relevance, words, meaning, ...factors },
      },
    ];
  });
  return found.sort((a, b) => b.score - a.score || b.row.rowId - a.row.rowId);
}

/** Allowed memories that no list has got: the newest make up the number, with a score of 0. */
function fillUp(
  { store, halfLives }: RecallParts,
  found: Found[],
  allowed: AllowedRows,
  k: number,
  now: number,
): void {
  const known = new Set(found.map(({ row }) => row.rowId));
  const newest = allowed.newest(k + known.size).filter((rowId) => !known.has(rowId));
  for (const row of store.rows(newest.slice(0, k - found.length))) {
    const factors = factorsOf({ row, uses: 0, now, halfLives });
    const why = { relevance: 0, words: undefined, meaning: undefined, ...factors };
    found.push({ row, partId: undefined, score: 0, why });
  }
}
