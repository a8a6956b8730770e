/* From what speaks for rows to their scores: relevance, what is said of each memory, and which of them is newer. */
import type { RecallWhy } from "../../ports/answers/memory-reports.ts";
import { type MemoryRow, type MemoryStore, toldAt } from "../../ports/memory-rows.ts";
import type { CosineScale } from "../../search/ranking/cosine-scale.ts";
import { floor, relevance } from "../../search/ranking/evidence.ts";
import { noteScale } from "../../search/ranking/ranking-parameters.ts";
import type { RankedRow } from "./gather.ts";
import { asksForPast, outdatedOf } from "./outdated.ts";
import { factorsOf, type HalfLives, scoreOf } from "./scoring.ts";

/** A memory that was found, and the part that was. */
export interface Found {
  row: MemoryRow;
  /** Undefined: it is there to make up the number. */
  partId: number | undefined;
  score: number;
  /** A newer one that seems to contradict it: see outdated.ts. */
  olderThan: MemoryRow | undefined;
  why: RecallWhy;
}

export interface Question {
  text: string;
  /** Words of it, common ones left out. */
  terms: number;
  /** Of those that tell something beside the times that it names; undefined: it names none. */
  besideTimes: number | undefined;
  /** It names a time: of what was so then, nothing newer is asked for. */
  hasTimes: boolean;
  /** It asks for the newest of what answers. */
  isForLatest: boolean;
  /** What it is asked at, milliseconds since 1970. */
  now: number;
  /** Of the model's cosines. */
  scale: CosineScale;
}

/** A question with no more words than that, and a time, is asked for what was at that time. */
const fewWords = 1;
/** What answers little by itself has this part of it above the floor, so that the nearer comes first. */
const ownPart = 0.25;
/** Odds of what a newer one contradicts, at least; it need not fall further than right behind that. */
const leastOutdated = 0.25;
const behind = 0.99;
/** Part of the best relevance that answers alike have; of the newest of them each has so much of what the one before has. */
const alike = 0.6;
const fading = 0.7;

/** Best first. */
export function scoreRows(
  store: Pick<MemoryStore, "rows" | "vectors">,
  halfLives: HalfLives,
  ranked: readonly RankedRow[],
  question: Question,
): Found[] {
  const rows = new Map(
    store.rows.get(ranked.map(({ rowId }) => rowId)).map((row) => [row.rowId, row]),
  );
  const near = ranked.flatMap((one) => {
    const row = rows.get(one.rowId);
    return row === undefined ? [] : [{ one, row, relevance: relevanceOf(one, question) }];
  });
  const newest = question.isForLatest ? newestOf(near) : new Map<number, number>();
  const found = near.map(({ one, row, relevance: own }): Found => {
    const met = Math.max(one.met, newest.get(row.rowId) ?? 0);
    const factors = factorsOf({ row, now: question.now, halfLives, met });
    const { evidence, phrase, length, context, bm25 } = one;
    const { meaning, share } = evidence;
    const why = { relevance: own, meaning, share, words: bm25, phrase, length, context };
    return {
      row,
      partId: one.partId,
      score: scoreOf(own, factors),
      olderThan: undefined,
      why: { ...why, ...factors },
    };
  });
  // Sorting keeps the order of equal scores: what beats another in all stands before it.
  found.sort((a, b) => b.score - a.score);
  if (!question.hasTimes && !asksForPast(question.text))
    putOutdatedBehind(store, found, question.scale);
  return found;
}

/** An allowed memory that no list has got. */
export function foundByNone(row: MemoryRow, halfLives: HalfLives, now: number): Found {
  const factors = factorsOf({ row, now, halfLives, met: 0 });
  const none = { relevance: 0, meaning: undefined, share: 0, words: undefined };
  const why = { ...none, phrase: 0, length: 0, context: 0, ...factors };
  return { row, partId: undefined, score: 0, olderThan: undefined, why };
}

/** What is of the time that is asked for is near enough, where next to nothing else is asked; the nearer the better. */
function relevanceOf(one: RankedRow, { terms, besideTimes }: Question): number {
  const own = relevance(one.score, terms, noteScale, one.evidence.share);
  const isOfTime = one.met === 1 && besideTimes !== undefined && besideTimes <= fewWords;
  return isOfTime ? Math.max(own, floor + ownPart * own) : own;
}

/** Of those that answer about as well as the best: 1 for the newest, less for each one before it. */
function newestOf(near: readonly { row: MemoryRow; relevance: number }[]): Map<number, number> {
  const best = Math.max(0, ...near.map((one) => one.relevance));
  const answers = near.filter((one) => one.relevance >= alike * best);
  const times = [...new Set(answers.map(({ row }) => toldAt(row)))].sort((a, b) => b - a);
  if (times.length < 2) return new Map();
  return new Map(answers.map(({ row }) => [row.rowId, fading ** times.indexOf(toldAt(row))]));
}

function oddsOf(score: number): number {
  return score / Math.max(1e-12, 1 - score);
}

function putOutdatedBehind(
  { vectors }: Pick<MemoryStore, "vectors">,
  found: Found[],
  scale: CosineScale,
): void {
  const compared = found.map(({ row, partId, why }) => ({ row, partId, share: why.share }));
  const outdated = outdatedOf(compared, vectors, scale);
  if (outdated.size === 0) return;
  const all = [...found];
  for (const [at, newer] of outdated) {
    const one = all[at] as Found;
    const other = all[newer] as Found;
    one.olderThan = other.row;
    const wanted = (behind * oddsOf(other.score)) / oddsOf(one.score);
    one.why.outdated = Math.min(1, Math.max(leastOutdated, wanted));
    one.score = scoreOf(one.why.relevance, one.why);
  }
  found.sort((a, b) => b.score - a.score);
}
