/*
 * Finds memories: the filter is resolved first, then words and meaning are searched inside it, part by part; what
 * speaks for each candidate makes its relevance (search/ranking/evidence.ts), and what is said of the memory moves its
 * score. Where nothing is near enough, nothing comes.
 */
import { throwIfAborted } from "../../base/abort.ts";
import { untilTime } from "../../base/deadline.ts";
import { HaypileError } from "../../base/errors.ts";
import { log } from "../../base/log.ts";
import { StageClock, type StageNotes } from "../../base/stages.ts";
import type { TextEmbedder } from "../../ports/embedder.ts";
import type { RecallOptions } from "../../ports/memories.ts";
import type { AllowedRows, MemoryStore, PartHit } from "../../ports/memory-rows.ts";
import { cosineScaleOf } from "../../search/ranking/cosine-scale.ts";
import { checkCount, checkFilter, checkShare } from "../checks/options.ts";
import { type AskedTimes, askedTimes, asksForLatest } from "../time/asked-times.ts";
import { floorOf } from "./floor.ts";
import { gatherEvidence } from "./gather.ts";
import { type Found, foundByNone, scoreRows } from "./scored.ts";
import type { HalfLives } from "./scoring.ts";

const leastCandidates = 60;
const leastScored = 40;
/** The same where times are asked for: these move more. */
const leastDated = 200;
const mostDated = 60;
const longestQuery = 200_000;
const mostDeadlineMs = 3_600_000;

export interface RecallOutcome {
  found: Found[];
  allowed: AllowedRows;
  /** Best score of those that are not near enough; undefined: there is none. */
  nearest: number | undefined;
  withoutVector: number;
  isPartial: boolean;
}

export interface RecallParts {
  store: Pick<MemoryStore, "rows" | "scope" | "words" | "vectors">;
  embedder: TextEmbedder | undefined;
  halfLives: HalfLives;
  /** Milliseconds since 1970. Default: Date.now(). */
  clock?: (() => number) | undefined;
}

const defaultK = 8;
/** Vectors are exchanged once in a migration: more often in one recall is chance. */
const mostTries = 3;

/** @throws HaypileError HAYPILE_USAGE, HAYPILE_ABORTED, HAYPILE_CLOSED */
export async function findMemories(
  parts: RecallParts,
  query: string,
  options: RecallOptions,
  clock = new StageClock(),
  began = performance.now(),
  tries = 1,
): Promise<RecallOutcome> {
  const { store } = parts;
  const model = JSON.stringify(store.vectors.model());
  const now = (parts.clock ?? Date.now)();
  const k = checkCount("k", options.k ?? defaultK, 1, 1_000);
  const least = checkShare("minScore", options.minScore) ?? usualLeast(query, options);
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
  const then = filter.asOf ?? now;
  const times = askedTimes(query, then);
  const asking = clock.run("embed", () =>
    ask(parts.embedder, query, end, options.signal, clock.beside),
  );
  // Awaited below. Where the store fails before that, nobody else would hear of it.
  asking.catch(() => undefined);
  await clock.during("open", () => store.scope.prepare());
  const limit = Math.max(leastCandidates, k * 2);
  const allowed = clock.run("words", () => store.scope.allowed(filter));
  // What is compared elsewhere (threads, a server) is compared while words are looked up here.
  const nearing = asking.then((asked): PromiseLike<PartHit[]> | PartHit[] =>
    asked === undefined || asked === "late"
      ? []
      : clock.during("meaning", () => store.vectors.search({ vector: asked, limit, allowed })),
  );
  nearing.catch(() => undefined);
  let words: PartHit[];
  let asked: Awaited<typeof asking>;
  try {
    // A vector that is there already goes first.
    await undefined;
    words = clock.run("words", () => store.words.search(query, limit, allowed));
    const mark = performance.now();
    asked = await asking;
    clock.beside.add("embed", mark);
    throwIfAborted(options.signal, "Recall");
  } catch (error) {
    // Whoever closes the store waits for this recall, and so for what it began.
    await nearing.catch(() => undefined);
    throw error;
  }
  const vector = asked === "late" ? undefined : asked;
  const meaning = await nearing;
  const fusing = performance.now();
  const byMeaning = { vector, scale: cosineScaleOf(parts.embedder?.modelId) };
  const { ranked, terms } = gatherEvidence(
    store,
    query,
    allowed,
    { words, meaning, dated: datedRows(allowed, times) },
    byMeaning,
    times,
  );
  // The vectors were exchanged meanwhile: the query's is of the model before.
  if (JSON.stringify(store.vectors.model()) !== model && tries < mostTries) {
    return findMemories(parts, query, options, clock, began, tries + 1);
  }
  const mostScored = Math.max(times === undefined ? leastScored : leastDated, k * 2);
  const question = {
    ...{ text: query, now: then, scale: byMeaning.scale },
    ...{ hasTimes: times !== undefined, besideTimes: times?.telling },
    isForLatest: asksForLatest(query),
    terms,
  };
  const scored = scoreRows(store, parts.halfLives, ranked.slice(0, mostScored), question);
  const { found, others } = nearEnough(scored, least);
  if (least === 0 && found.length < k) fillUp(parts, found, allowed, k, then);
  clock.add("fuse", fusing);
  return {
    found: found.slice(0, k),
    allowed,
    nearest: others[0]?.score,
    withoutVector: store.vectors.countPending(allowed),
    isPartial: asked === "late",
  };
}

/** The newest of the times that are asked for: the words of "what did we do yesterday" find none of them. */
function datedRows(allowed: AllowedRows, asked: AskedTimes | undefined): number[] {
  const found = asked?.times.map(({ from, to }) => allowed.toldBetween(from, to, mostDated));
  return [...new Set(found?.flat())].slice(0, mostDated);
}

/** Who names tags has said what is wanted, and who asks nothing wants the newest: the floor is for questions. */
function usualLeast(query: string, { tags }: RecallOptions): number | undefined {
  const named = (tags?.any?.length ?? 0) + (tags?.all?.length ?? 0);
  return named > 0 || (typeof query === "string" && query.trim() === "") ? 0 : undefined;
}

/** Without a least score of the caller's, relevance decides: age and importance hide nothing. */
function nearEnough(
  scored: readonly Found[],
  least: number | undefined,
): { found: Found[]; others: Found[] } {
  const isNear = ({ score: own, why, row }: Found): boolean =>
    least === undefined ? why.relevance >= floorOf(row.text.length) : own >= least;
  return { found: scored.filter(isNear), others: scored.filter((one) => !isNear(one)) };
}

/** The query's vector; "late" when the deadline came first; undefined where there is no model to be had. */
async function ask(
  embedder: TextEmbedder | undefined,
  query: string,
  end: number,
  signal: AbortSignal | undefined,
  stages: StageNotes,
): Promise<Float32Array | "late" | undefined> {
  if (embedder === undefined || query.trim() === "") return undefined;
  try {
    const vector = await untilTime(
      (stop) => embedder.embed([query], { kind: "query", signal: stop, stages }),
      end,
      signal,
    );
    // Zeros: the model cannot read the question.
    return vector === "late" || vector.some((value) => value !== 0) ? vector : undefined;
  } catch (error) {
    if (HaypileError.isInstance(error) && error.code === "HAYPILE_ABORTED") throw error;
    log("warn", `memories are searched by words alone: ${String(error)}`);
    return undefined;
  }
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
  for (const row of store.rows.get(newest.slice(0, k - found.length))) {
    found.push(foundByNone(row, halfLives, now));
  }
}
