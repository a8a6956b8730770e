import type { ScoredChunk } from "../ports/store.ts";

/**
 * Fuses the two result lists on their scores. Each list is brought to mean 0 and spread 1 over its
 * best hundred, so that a list that knows a clear winner says so louder than one that does not.
 * A chunk that one list lacks gets that list's lowest score, for it is at most that good there; a
 * word list that ends early lacks only chunks without any of the words, whose score is 0.
 *
 * How much the meaning counts is decided per query. No constant is right: a question about code
 * shares few words with it and wants the meaning; a name in code, and any question about prose,
 * want both.
 */
export interface FusedChunk {
  chunkId: number;
  score: number;
  parts: ScoreParts;
}

/** Why a hit stands where it does. */
export interface ScoreParts {
  /** BM25 as the store gave it; null when the word list has not got the chunk. */
  words: number | null;
  /** Cosine; null when the vector list has not got the chunk. */
  meaning: number | null;
  /** Taken off the cosine for being near to many other candidates (neighbours.ts). */
  crowding?: number;
  /** Share of the meaning in the fused score, 0 to 1. */
  weight: number;
  /** Added or taken off by what the candidates nearest to it score. */
  neighbours?: number;
  /** Added because a definition in it has the query's name. */
  name?: number;
  /** Taken off for tests, generated and vendored code. */
  path?: number;
  /** What the reranker gave, on its model's own scale; without it, it was not among those looked at. */
  rerank?: number;
}

/** Scores are normalised over this many of the best. */
const normalisedOver = 100;

/**
 * @param words best first
 * @param meaning best first
 * @param share of the meaning, 0 to 1, when neither list is empty
 * @returns all chunks of both lists, best first; equal scores by chunk id
 */
export function fuse(
  words: readonly ScoredChunk[],
  meaning: readonly ScoredChunk[],
  share: number,
): FusedChunk[] {
  const weight = meaning.length === 0 ? 0 : words.length === 0 ? 1 : share;
  const byWords = normalise(words, Math.min(meaning.length, normalisedOver));
  const byMeaning = normalise(meaning, 0);
  const fused = new Map<number, FusedChunk>();
  const chunkOf = (chunkId: number): FusedChunk => {
    let chunk = fused.get(chunkId);
    if (chunk === undefined) {
      const score = (1 - weight) * byWords.lowest + weight * byMeaning.lowest;
      chunk = { chunkId, score, parts: { words: null, meaning: null, weight } };
      fused.set(chunkId, chunk);
    }
    return chunk;
  };
  for (const { chunkId, score } of words) {
    const chunk = chunkOf(chunkId);
    chunk.parts.words = score;
    chunk.score += (1 - weight) * (byWords.scale(score) - byWords.lowest);
  }
  for (const { chunkId, score } of meaning) {
    const chunk = chunkOf(chunkId);
    chunk.parts.meaning = score;
    chunk.score += weight * (byMeaning.scale(score) - byMeaning.lowest);
  }
  return [...fused.values()].sort((a, b) => b.score - a.score || a.chunkId - b.chunkId);
}

/** Mean and standard deviation of at least one number; equal ones have a spread of 1, and stay equal. */
export function spreadOf(values: readonly number[]): { mean: number; spread: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, spread: Math.sqrt(squares / values.length) || 1 };
}

interface Normalised {
  scale(score: number): number;
  /** What a chunk outside the list gets. */
  lowest: number;
}

/** @param atLeast a shorter list is filled up with scores of 0 to this length */
function normalise(list: readonly ScoredChunk[], atLeast: number): Normalised {
  const scores = list.slice(0, normalisedOver).map(({ score }) => score);
  while (scores.length < atLeast) scores.push(0);
  if (scores.length === 0) return { scale: () => 0, lowest: 0 };
  const { mean, spread } = spreadOf(scores);
  const scale = (score: number): number => (score - mean) / spread;
  return { scale, lowest: scale(scores.at(-1) as number) };
}
