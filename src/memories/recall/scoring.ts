/*
 * What is said of a memory moves its score: odds(score) = odds(relevance) × decay × importance × time × outdated,
 * with odds(p) = p / (1 - p). So a score stays between 0 and 1, and neither age nor importance lifts what does not answer above what
 * does. Decay halves with each half-life, but never below a floor: old is not wrong. Importance moves a memory by
 * a quarter at most.
 */
import type { RecallWhy } from "../../ports/answers/memory-reports.ts";
import type { MemoryKind } from "../../ports/memories.ts";
import { type MemoryRow, toldAt } from "../../ports/memory-rows.ts";

/** Days until the decay is half done; undefined: it does not age. */
export type HalfLives = Partial<Record<MemoryKind, number>>;

export const defaultHalfLives: HalfLives = { note: 365, event: 180, turn: 365 };

const leastDecay = 0.5;
const dayMs = 24 * 3_600_000;
/** What documents say counts a little less than what people said. */
const documentFactor = 0.9;

type Factors = "decay" | "importance" | "time" | "outdated";

export interface FactorInput {
  row: MemoryRow;
  now: number;
  halfLives: HalfLives;
  /** How well it meets the times that the question names, 0 to 1; 0 where it names none. */
  met: number;
}

/** Odds of what meets a time that is asked for, against the same that does not. */
const worthOfTime = 4;

export function factorsOf({ row, now, halfLives, met }: FactorInput): Pick<RecallWhy, Factors> {
  const halfLife = halfLives[row.kind];
  const ageDays = Math.max(0, now - toldAt(row)) / dayMs;
  const decay =
    halfLife === undefined ? 1 : leastDecay + (1 - leastDecay) * 0.5 ** (ageDays / halfLife);
  const importance =
    (0.75 + 0.5 * row.importance) * (row.source === "document" ? documentFactor : 1);
  return { decay, importance, time: worthOfTime ** met, outdated: 1 };
}

/** @param relevance 0 to 1 */
export function scoreOf(
  relevance: number,
  { decay, importance, time, outdated }: Pick<RecallWhy, Factors>,
): number {
  const odds = (relevance / (1 - relevance)) * decay * importance * time * outdated;
  return odds === Number.POSITIVE_INFINITY ? 1 : odds / (1 + odds);
}
