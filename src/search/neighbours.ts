/*
 * What candidates say about each other, by the cosines of their vectors. Two uses:
 *
 * Crowding. Some texts are near to everything ("Hello, how are you?", a getter), and so to the query
 * as well. How near a candidate is to its nearest fellow candidates is taken off, in part: what is left
 * is how near it is to the query in particular (the idea is that of cross-domain similarity local
 * scaling, Conneau et al. 2018, with the candidates as neighbourhood).
 *
 * Agreement. Texts that are alike answer the same questions. A candidate whose neighbours score well
 * was probably undervalued by the words it happens to use, one that stands alone overvalued (score
 * regularisation, Diaz 2005).
 */
import type { ScoredChunk } from "../ports/store.ts";
import type { FusedChunk } from "./fuse.ts";

/** Cosines of chunks with each other, n × n. */
export type Compare = (chunkIds: readonly number[]) => Float32Array;

/** Candidates whose crowding is measured; those behind them get the mean. */
const mostMeasured = 200;
/** Neighbours that make a crowd. */
const crowdSize = 10;

/** Best of the fused list that are asked about each other. */
export const mostAsked = 50;
/**
 * So many others have their full say; fewer have less. Of two candidates each would mostly get the other's
 * score, and the worse one would come first.
 */
const fullSay = 20;
/** Cosines are raised to this: only near ones have a say. */
const sharpness = 8;

/**
 * @param meaning best first
 * @param part of the crowding that is taken off, 0 to 1
 * @returns the same chunks in their new order, with the cosines that are left
 */
export function uncrowd(
  meaning: readonly ScoredChunk[],
  compare: Compare,
  part: number,
): ScoredChunk[] {
  if (part === 0 || meaning.length < 2) return [...meaning];
  const measured = meaning.slice(0, mostMeasured);
  const cosines = compare(measured.map(({ chunkId }) => chunkId));
  const crowding = measured.map((_, row) => crowdingOf(cosines, row, measured.length));
  const mean = crowding.reduce((sum, one) => sum + one, 0) / crowding.length;
  return meaning
    .map(({ chunkId, score }, at) => ({ chunkId, score: score - part * (crowding[at] ?? mean) }))
    .sort((a, b) => b.score - a.score || a.chunkId - b.chunkId);
}

/** Mean of a row's best cosines, its own left out. */
function crowdingOf(cosines: Float32Array, row: number, count: number): number {
  const others = cosines.slice(row * count, (row + 1) * count);
  others[row] = Number.NEGATIVE_INFINITY;
  const best = others.sort().subarray(Math.max(1, count - crowdSize));
  return best.reduce((sum, cosine) => sum + Math.max(0, cosine), 0) / best.length;
}

/**
 * Moves each of the best scores towards those of its neighbours; the others stay behind them.
 *
 * @param fused best first; scores are changed in place and sorted again
 * @param part of the score that neighbours decide, 0 to 1
 */
export function agree(fused: FusedChunk[], compare: Compare, part: number): FusedChunk[] {
  const asked = fused.slice(0, mostAsked);
  if (part === 0 || asked.length < 2) return fused;
  const cosines = compare(asked.map(({ chunkId }) => chunkId));
  const count = asked.length;
  const say = part * Math.min(1, (count - 1) / fullSay);
  const scores = asked.map(({ score }) => score);
  let lowest = Number.POSITIVE_INFINITY;
  for (const [row, chunk] of asked.entries()) {
    let weights = 0;
    let sum = 0;
    for (let at = 0; at < count; at += 1) {
      if (at === row) continue;
      const weight = Math.max(0, cosines[row * count + at] as number) ** sharpness;
      weights += weight;
      sum += weight * (scores[at] as number);
    }
    // A chunk without a vector has no neighbours: its score is its own.
    if (weights > 0) {
      const moved = say * (sum / weights - chunk.score);
      chunk.score += moved;
      chunk.parts.neighbours = moved;
    }
    lowest = Math.min(lowest, chunk.score);
  }
  for (const chunk of fused.slice(count)) chunk.score = Math.min(chunk.score, lowest);
  return fused.sort((a, b) => b.score - a.score || a.chunkId - b.chunkId);
}
