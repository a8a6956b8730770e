import { untilTime } from "../../base/deadline.ts";
import { HaypileError } from "../../base/errors.ts";
import type { RerankReport, SearchRequest } from "../../ports/answers/search.ts";
import type { LateScorer, Reranker } from "../../ports/reranker.ts";
import type { TextIndex } from "../../ports/store.ts";
import type { Query } from "../question/query.ts";
import type { Candidates, SearchParts } from "../routes/candidates.ts";
import { type FusedChunk, spreadOf } from "./fuse.ts";
import { addLate, isLateKnown, isLateText, rerankerOf, takesLate } from "./late.ts";
import type { RankedChunk } from "./rank.ts";

type Scored = Omit<FusedChunk, "evidence">;

/**
 * Puts the best of the fused list in a new order: the reranker reads the query together with each
 * text. Its scores and the fused ones are each brought to mean 0 and spread 1 over these candidates
 * and added by a weight, since the reranker knows neither names nor paths.
 *
 * Half a list is no order: when the time is up before every pair is scored, or will be by the time
 * the pairs so far took, the fused order stays and the report says so.
 */

/** Candidates it looks at. */
const candidatesLookedAt = 20;
/** Weight of the reranker, found on labelled questions (docs/search.md). */
const weightOfReranker = 0.5;
/** Pairs of one call when there is a deadline: after each the time is looked at. */
const pairsPerCall = 8;

export interface Reranked<Chunk> {
  ranked: Chunk[];
  /** Undefined without a reranker. */
  report: RerankReport | undefined;
  cut: string[];
}

/** A reranker, when it may have a say, and how its scores make a new order. */
export interface Wanted<Chunk extends Scored = RankedChunk> {
  reranker: Reranker;
  takes(candidates: Candidates, query: Pick<Query, "form">): boolean;
  /** Which of the best candidates it looks at. */
  looksAt(one: Chunk): boolean;
  merge(ranked: readonly Chunk[], scores: ReadonlyMap<number, number>): Chunk[];
}

/** A cross-encoder, which may always. */
export function crossEncoder<Chunk extends Scored>(reranker: Reranker): Wanted<Chunk> {
  return {
    reranker,
    takes: () => true,
    looksAt: () => true,
    merge: (ranked, scores) => blend(ranked, scores),
  };
}

/** The model's own tokens. @returns undefined where nobody has measured what they are worth */
export function lateInteraction(scorer: LateScorer): Wanted | undefined {
  if (!isLateKnown(scorer)) return undefined;
  return {
    reranker: rerankerOf(scorer),
    takes: takesLate,
    looksAt: isLateText,
    merge: (ranked, scores) => addLate(scorer, ranked, scores),
  };
}

/**
 * The reranker that a request wants: the one that was named, else late interaction; undefined when it wants none.
 * @throws HaypileError HAYPILE_USAGE when it wants one and there is none
 */
export function wantedReranker(
  { reranker, late }: Pick<SearchParts, "reranker" | "late">,
  { rerank: isWanted }: Pick<SearchRequest, "rerank">,
): Wanted | undefined {
  if (isWanted === false) return undefined;
  if (reranker !== undefined) return crossEncoder(reranker);
  const isAsked = isWanted ?? late?.isDefault;
  const found = late === undefined || isAsked !== true ? undefined : lateInteraction(late.scorer);
  if (found !== undefined || isWanted !== true) return found;
  throw new HaypileError(
    "HAYPILE_USAGE",
    "Expected a reranker to rerank with, but none was named. Name the folder of its model when opening the index.",
  );
}

/**
 * @param ranked best first
 * @param end when the answer must be there, as performance.now() tells time
 * @throws HaypileError those of the reranker
 */
export async function rerank<Chunk extends Scored>(
  index: TextIndex,
  wanted: Omit<Wanted<Chunk>, "takes"> | undefined,
  ranked: readonly Chunk[],
  query: string,
  end: number,
  signal: AbortSignal | undefined,
): Promise<Reranked<Chunk>> {
  if (wanted === undefined) return { ranked: [...ranked], report: undefined, cut: [] };
  const { reranker } = wanted;
  const looked = ranked.slice(0, candidatesLookedAt).filter((one) => wanted.looksAt(one));
  const texts = index.passagesOf(looked.map(({ chunkId }) => chunkId));
  if (looked.length === 0 && ranked.length > 0) {
    return { ranked: [...ranked], report: undefined, cut: [] };
  }
  const scores = await scoreUntil(reranker, query, texts, end, signal);
  const report = { pairs: scores.size, of: texts.length };
  if (scores.size < texts.length) {
    const cut = `the deadline passed when ${scores.size} of ${texts.length} candidates were reranked: the order is the one without`;
    return {
      ranked: [...ranked],
      report: { ...report, complete: false, why: "deadline" },
      cut: [cut],
    };
  }
  return { ranked: wanted.merge(ranked, scores), report: { ...report, complete: true }, cut: [] };
}

/** Scores by chunk, from the best candidate down, as many as there is time for. */
async function scoreUntil(
  reranker: Reranker,
  query: string,
  texts: readonly { id: number; text: string }[],
  end: number,
  signal: AbortSignal | undefined,
): Promise<Map<number, number>> {
  const scores = new Map<number, number>();
  if (texts.length === 0) return scores;
  if ((await untilTime(() => reranker.prepare(), end, signal)) === "late") return scores;
  const perCall = end === Number.POSITIVE_INFINITY ? texts.length : pairsPerCall;
  const start = performance.now();
  for (let at = 0; at < texts.length; at += perCall) {
    const now = performance.now();
    const msPerPair = at === 0 ? 0 : (now - start) / at;
    if (now >= end || now + msPerPair * (texts.length - at) > end) break;
    const batch = texts.slice(at, at + perCall);
    const passages = batch.map(({ text }) => text);
    const made = await untilTime(
      (stop) => reranker.score(query, passages, { signal: stop }),
      end,
      signal,
    );
    if (made === "late") break;
    for (const [i, { id }] of batch.entries()) scores.set(id, made[i] as number);
  }
  return scores;
}

/**
 * The reranked first, by both scores; then the rest as it was. Scores stay between 0 and 1: they are blended as
 * logarithms of odds, and where the last of the reranked would score less than the first of the rest, all of them are
 * lifted.
 */
export function blend<Chunk extends Scored>(
  ranked: readonly Chunk[],
  scores: ReadonlyMap<number, number>,
  weight: number = weightOfReranker,
): Chunk[] {
  const head = ranked.filter(({ chunkId }) => scores.has(chunkId));
  const rest = ranked.filter(({ chunkId }) => !scores.has(chunkId));
  if (head.length === 0) return [...ranked];
  const fused = spreadOf(head.map(({ score }) => logit(score)));
  const given = spreadOf([...scores.values()]);
  const blended = head.map((chunk) => {
    const rerankScore = scores.get(chunk.chunkId) as number;
    const own = (logit(chunk.score) - fused.mean) / fused.spread;
    const both = (1 - weight) * own + weight * ((rerankScore - given.mean) / given.spread);
    const odds = fused.mean + both * fused.spread;
    return { ...chunk, odds, parts: { ...chunk.parts, rerank: rerankScore } };
  });
  blended.sort((a, b) => b.odds - a.odds || a.chunkId - b.chunkId);
  const lowest = blended.at(-1)?.odds ?? 0;
  const first = rest[0];
  const lift = first === undefined ? 0 : Math.max(0, logit(first.score) - lowest);
  return [
    ...blended.map(({ odds, ...one }) => ({
      ...(one as unknown as Chunk),
      score: 1 / (1 + Math.exp(-(odds + lift))),
    })),
    ...rest,
  ];
}

/** Nearer to 0 and 1 a number has no odds that could be told apart. */
const least = 1e-12;

function logit(score: number): number {
  const inside = Math.min(1 - least, Math.max(least, score));
  return Math.log(inside / (1 - inside));
}
