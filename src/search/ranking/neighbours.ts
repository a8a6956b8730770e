/*
 * What candidates say about each other, by the cosines of their vectors. Two uses:
 *
 * Crowding. Some texts are near to everything ("Hello, how are you?", a getter), and so to the query as well. How much
 * nearer a candidate is to its nearest fellow candidates than candidates mostly are is taken off, in part: what is left
 * is how near it is to the query in particular (the idea is that of cross-domain similarity local scaling, Conneau
 * et al. 2018, with the candidates as neighbourhood).
 *
 * Agreement. Texts that are alike answer the same questions. A candidate whose neighbours score well was probably
 * undervalued by the words it happens to use, one that stands alone overvalued (score regularisation, Diaz 2005). It
 * never puts a candidate before one that beats it by words and by meaning (evidence.ts), and needs many candidates:
 * of two, each would mostly get the other's score, and the worse one would come first.
 */
import type { ScoredChunk } from "../../ports/store.ts";
import { type FusedChunk, ordered } from "./fuse.ts";

/** Cosines of chunks with each other, n × n. */
export type Compare = (chunkIds: readonly number[]) => Float32Array;

/** Candidates whose crowding is measured; those behind them have none. */
const mostMeasured = 200;
/** Neighbours that make a crowd. */
const crowdSize = 10;
/** What stands alone gets so much at most: a licence among code is like nothing else, and answers nothing for that. */
const mostAdded = 0.04;
/** Fewer candidates tell nothing of what candidates mostly are. */
const leastCrowd = 20;

/** Best of the fused list that are asked about each other. */
export const mostAsked = 50;
/** So many others have their full say; fewer have less. */
const fullSay = 20;
/** Cosines are raised to this: only near ones have a say. */
const sharpness = 8;

/**
 * What is to be taken off, in cosines: less than nothing for what stands more alone than candidates mostly do.
 *
 * @param meaning best first
 * @param part of the crowding that is taken off, 0 to 1
 */
export function crowdingOf(
  meaning: readonly ScoredChunk[],
  compare: Compare,
  part: number,
): Map<number, number> {
  if (part === 0 || meaning.length < leastCrowd) return new Map();
  const measured = meaning.slice(0, mostMeasured);
  const cosines = compare(measured.map(({ chunkId }) => chunkId));
  const crowds = measured.map((_, row) => nearness(cosines, row, measured.length));
  const mean = crowds.reduce((sum, one) => sum + one, 0) / crowds.length;
  return new Map(
    measured.map(({ chunkId }, at) => [
      chunkId,
      Math.max(-mostAdded, part * ((crowds[at] as number) - mean)),
    ]),
  );
}

/** Mean of a row's best cosines, its own left out. */
function nearness(cosines: Float32Array, row: number, count: number): number {
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
    if (weights > 0) chunk.score += say * (sum / weights - chunk.score);
  }
  for (const [at, chunk] of asked.entries()) {
    const change = chunk.score - (scores[at] as number);
    if (change !== 0) chunk.parts.neighbours = change;
  }
  const moved = ordered(asked);
  const lowest = (moved.at(-1) as FusedChunk).score;
  const rest = fused.slice(count);
  for (const chunk of rest) {
    if (chunk.score <= lowest) continue;
    chunk.parts.neighbours = lowest - chunk.score;
    chunk.score = lowest;
  }
  return [...moved, ...rest];
}
