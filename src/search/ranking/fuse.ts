/* From the lists of the routes to one order: see evidence.ts for the model. */

import type { ScoreParts } from "../../ports/answers/search.ts";
import type { ScoredChunk } from "../../ports/store.ts";
import {
  compareOrdered,
  type Evidence,
  type EvidenceWeights,
  evidenceOf,
  keepOrder,
  wholeOf,
} from "./evidence.ts";

/** A candidate with all that its score is made of. */
export interface FusedChunk {
  chunkId: number;
  /** In cosines: see evidence.ts. */
  score: number;
  evidence: Evidence;
  parts: ScoreParts;
}

/** What is known of the candidates besides the two lists. */
export interface CandidateFacts {
  /** Cosines of what the vector list has not got; nothing for what has no vector. */
  cosines: ReadonlyMap<number, number>;
  /** Shares of the query's words; nothing counts as 0. */
  shares: ReadonlyMap<number, number>;
  /** Taken off (neighbours.ts). */
  crowding: ReadonlyMap<number, number>;
}

export const noFacts: CandidateFacts = {
  cosines: new Map(),
  shares: new Map(),
  crowding: new Map(),
};

/**
 * @param named found by the name of a definition; they may stand in no list
 * @returns every chunk once, best first
 */
export function fuse(
  words: readonly ScoredChunk[],
  meaning: readonly ScoredChunk[],
  facts: CandidateFacts,
  weights: EvidenceWeights,
  named: readonly number[] = [],
): FusedChunk[] {
  const byWords = new Map(words.map(({ chunkId, score }) => [chunkId, score]));
  const spreads = spreadsOf(words, meaning.length);
  const byMeaning = new Map(meaning.map(({ chunkId, score }) => [chunkId, score]));
  const fused = [...new Set([...byWords.keys(), ...byMeaning.keys(), ...named])].map((chunkId) => {
    const bm25 = byWords.get(chunkId);
    const cosine = byMeaning.get(chunkId) ?? facts.cosines.get(chunkId);
    const share = facts.shares.get(chunkId) ?? 0;
    const taken = facts.crowding.get(chunkId) ?? 0;
    const evidence: Evidence = {
      meaning: cosine === undefined ? undefined : cosine - taken,
      share,
      words: bm25 === undefined ? 0 : spreads(bm25),
    };
    const parts: ScoreParts = { words: bm25 ?? null, share, meaning: cosine ?? null };
    const { usual, ...own } = weights;
    parts.fromMeaning = cosine ?? usual.least + usual.perShare * share;
    parts.fromWords = own.words * evidence.words;
    parts.fromShare = own.share * share;
    parts.fromWhole = wholeOf(share, own.whole);
    if (taken !== 0) parts.crowding = taken;
    return { chunkId, score: evidenceOf(evidence, weights), evidence, parts };
  });
  return ordered(fused);
}

/** BM25 is spread over so many of the best. */
const spreadOver = 100;
/** A word that few texts have makes any text that has it stand out: more than so many spreads say no more. */
const mostSpreads = 8;

/**
 * How far a BM25 score stands above the last of the list, in spreads of the list: a list that knows a clear winner says
 * so louder than one that does not. A list that ends early lacks only texts without any of the words, whose score is 0.
 *
 * @param atLeast so long the list is taken to be, up to a hundred
 */
function spreadsOf(words: readonly ScoredChunk[], atLeast: number): (score: number) => number {
  const scores = words.slice(0, spreadOver).map(({ score }) => score);
  while (scores.length < Math.min(atLeast, spreadOver)) scores.push(0);
  if (scores.length === 0) return () => 0;
  const { spread } = spreadOf(scores);
  const lowest = scores.at(-1) as number;
  return (score) => Math.max(0, Math.min(mostSpreads, (score - lowest) / spread));
}

/** Best first, by the rule that nothing stands before what beats it by words and by meaning. */
export function ordered<Chunk extends FusedChunk>(chunks: Chunk[]): Chunk[] {
  const before = chunks.map(({ score }) => score);
  keepOrder(chunks);
  for (const [at, { score, parts }] of chunks.entries()) {
    const raised = score - (before[at] as number);
    if (raised !== 0) parts.order = (parts.order ?? 0) + raised;
  }
  return chunks.sort((a, b) => compareOrdered(a, b) || a.chunkId - b.chunkId);
}

/** Mean and standard deviation of at least one number; equal ones have a spread of 1, and stay equal. */
export function spreadOf(values: readonly number[]): { mean: number; spread: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, spread: Math.sqrt(squares / values.length) || 1 };
}
