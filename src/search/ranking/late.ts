/*
 * Late interaction as one more thing that speaks for a text: how near each word of the query, in its sentence, comes to a
 * word of the text. What a text of its cosine mostly reaches is taken off, so that the rest says something of its own, and
 * candidates that nobody looked at are neither better nor worse off.
 */
import { isProse } from "../../base/text/prose.ts";
import type { LateScorer, Reranker } from "../../ports/reranker.ts";
import type { Query } from "../question/query.ts";
import type { Candidates } from "../routes/candidates.ts";
import type { RankedChunk } from "./rank.ts";

interface LateScale {
  /** What a text of a cosine mostly reaches: least + perMeaning × cosine. */
  least: number;
  perMeaning: number;
  /** What the rest is worth, in cosines. */
  weight: number;
}

/**
 * By model; others are not known, and do without. Seen on Cranfield (odd) and turns of LoCoMo (dev) at once. Code does without: at
 * .15 CoSQA (dev) wins .005 of MRR, and doc comments of eleven languages lose .011, phrases out of comments .027
 * (docs/decisions/0152).
 */
const lateScales: Record<string, LateScale> = {
  "all-minilm-l6-v2": { least: 0.25, perMeaning: 0.6, weight: 0.3 },
};

/** What stands in for the cosine of a text that has none yet. */
const usualMeaning = 0.3;

export function isLateKnown({ modelId }: LateScorer): boolean {
  return lateScales[modelId] !== undefined;
}

/** Prose alone. */
export function isLateText({ places }: Pick<RankedChunk, "places">): boolean {
  return isProse(places[0]?.language ?? "text");
}

/** The same behind the port of cross-encoders. Only what isLateKnown() says yes to. */
export function rerankerOf(scorer: LateScorer): Reranker {
  return {
    modelId: `late ${scorer.modelId}`,
    maxTokens: Number.POSITIVE_INFINITY,
    prepare: () => Promise.resolve(),
    score: (query, passages, options) => scorer.late(query, passages, options),
    close: () => Promise.resolve(),
  };
}

/**
 * Whether it may have a say: not where a name decides, and not where the candidates were found without the model, whose
 * cosines it goes with.
 */
export function takesLate(
  { isStatic, vector, symbols }: Candidates,
  { form }: Pick<Query, "form">,
): boolean {
  const isName = form.lookupShare === 1 || symbols.some(({ match }) => match === "exact");
  return !isStatic && vector !== undefined && !isName;
}

/**
 * What a text gets, in cosines: how far it goes beyond what texts of its cosine mostly reach.
 * @param score of LateScorer.late()
 * @param meaning its cosine; null: it has none yet
 * @returns undefined for a model whose scale is not known
 */
function lateShare(modelId: string, score: number, meaning: number | null): number | undefined {
  const scale = lateScales[modelId];
  if (scale === undefined) return undefined;
  const { least, perMeaning, weight } = scale;
  return weight * (score - least - perMeaning * (meaning ?? usualMeaning));
}

/** Adds what the scores say, and orders anew. */
export function addLate(
  scorer: LateScorer,
  ranked: readonly RankedChunk[],
  scores: ReadonlyMap<number, number>,
): RankedChunk[] {
  const moved = ranked.map((one) => {
    const score = scores.get(one.chunkId);
    if (score === undefined || one.width === undefined) return one;
    const late = lateShare(scorer.modelId, score, one.parts.meaning);
    if (late === undefined) return one;
    const odds = Math.exp(late / one.width) * (one.score / (1 - one.score));
    return {
      ...one,
      score: odds === Number.POSITIVE_INFINITY ? 1 : odds / (1 + odds),
      parts: { ...one.parts, late },
    };
  });
  return moved.sort((a, b) => b.score - a.score || a.chunkId - b.chunkId);
}
