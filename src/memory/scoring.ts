/*
 * score = relevance × decay × importance × use.
 *
 * Relevance comes from the fused lists, whose scores are counted in spreads: e^(score/2) relative to the best
 * hit, times how good the best hit is by itself (its cosine, or its BM25 where there is none). Decay halves with
 * each half-life, but never below a floor: old is not wrong. Importance moves a memory by a quarter at
 * most, what half a spread of relevance does; use by far less.
 */
import type { MemoryKind, RecallWhy } from "../ports/memories.ts";
import type { MemoryRow } from "../ports/memory-store.ts";

/** Days until the decay is half done; undefined: it does not age. */
export type HalfLives = Partial<Record<MemoryKind, number>>;

export const defaultHalfLives: HalfLives = { note: 365, event: 180, turn: 365 };

const leastDecay = 0.5;
const dayMs = 24 * 3_600_000;
/** More than this, and what was found before crowds out what is asked for now (bench/memories/locomo.ts). */
const mostUseBonus = 0.02;
/** What documents say counts a little less than what people said. */
const documentFactor = 0.9;

export interface FactorInput {
  row: MemoryRow;
  uses: number;
  now: number;
  halfLives: HalfLives;
}

export function factorsOf({
  row,
  uses,
  now,
  halfLives,
}: FactorInput): Omit<RecallWhy, "relevance" | "words" | "meaning"> {
  const halfLife = halfLives[row.kind];
  // A caller who says from when on it holds says how old it is.
  const began = row.validFrom === row.created ? row.since : row.validFrom;
  const ageDays = Math.max(0, now - began) / dayMs;
  const decay =
    halfLife === undefined ? 1 : leastDecay + (1 - leastDecay) * 0.5 ** (ageDays / halfLife);
  const importance =
    (0.75 + 0.5 * row.importance) * (row.source === "document" ? documentFactor : 1);
  const use = 1 + Math.min(mostUseBonus, 0.005 * Math.log2(1 + uses));
  return { decay, importance, use };
}

/** How good the best hit is by itself, 0 to 1. */
export function strengthOf(cosine: number | undefined, bm25: number | undefined): number {
  const byMeaning = Math.max(0, cosine ?? 0);
  const byWords = bm25 === undefined || bm25 <= 0 ? 0 : bm25 / (bm25 + 8);
  return Math.min(1, Math.max(byMeaning, byWords));
}

export function relevanceOf(score: number, best: number, strength: number): number {
  return strength * Math.exp((score - best) / 2);
}
