import { describe, expect, it } from "vitest";
import type { ScoredChunk } from "../../../../src/ports/store.ts";
import { fuse, noFacts } from "../../../../src/search/ranking/fuse.ts";
import { seededRandom } from "../../../helpers/temp-tree.ts";

const weights = { share: 0.45, words: 0.03, whole: 0, usual: { least: 0.1, perShare: 0.4 } };

function list(scores: Record<number, number>): ScoredChunk[] {
  return Object.entries(scores)
    .map(([id, score]) => ({ chunkId: Number(id), score }))
    .sort((a, b) => b.score - a.score);
}

const ids = (chunks: readonly { chunkId: number }[]): number[] => chunks.map((one) => one.chunkId);

describe("fuse", () => {
  it("keeps each list's own order when the other is empty", () => {
    const facts = noFacts;
    expect(ids(fuse(list({ 1: 3, 2: 9, 3: 5 }), [], facts, weights))).toEqual([2, 3, 1]);
    expect(ids(fuse([], list({ 1: 0.3, 2: 0.9, 3: 0.5 }), facts, weights))).toEqual([2, 3, 1]);
    expect(fuse([], [], facts, weights)).toEqual([]);
    expect(fuse(list({ 2: 9 }), [], facts, weights)[0]?.parts).toMatchObject({
      words: 9,
      share: 0,
      meaning: null,
    });
  });

  it("knows the cosine of what only the words have found", () => {
    const words = list({ 1: 8, 2: 7.9 });
    const facts = {
      ...noFacts,
      cosines: new Map([
        [1, 0.02],
        [2, 0.55],
      ]),
    };
    const fused = fuse(words, list({ 3: 0.5 }), facts, weights);
    expect(ids(fused)).toEqual([2, 3, 1]);
    expect(fused[0]?.parts).toMatchObject({ words: 7.9, meaning: 0.55 });
  });

  it("does not let one common word among few texts outweigh the only right vector (fifty short memories)", () => {
    // Three of five share a word that is worth little; the answer shares none.
    const words = list({ 1: 0.9, 2: 0.8, 3: 0.7 });
    const meaning = list({ 4: 0.62, 1: 0.3, 2: 0.2, 3: 0.15, 5: 0.1 });
    const shares = new Map([
      [1, 0.15],
      [2, 0.15],
      [3, 0.15],
    ]);
    expect(fuse(words, meaning, { ...noFacts, shares }, weights)[0]?.chunkId).toBe(4);
  });

  it("puts what has the words and the meaning above what has one of them", () => {
    const words = list({ 1: 9, 2: 8.9 });
    const meaning = list({ 3: 0.7, 2: 0.65, 1: 0.1 });
    const shares = new Map([
      [1, 0.8],
      [2, 0.8],
    ]);
    expect(fuse(words, meaning, { ...noFacts, shares }, weights)[0]?.chunkId).toBe(2);
  });

  it("takes crowding off, and tells it", () => {
    const crowding = new Map([[1, 0.1]]);
    const fused = fuse([], list({ 1: 0.6, 2: 0.55 }), { ...noFacts, crowding }, weights);
    expect(ids(fused)).toEqual([2, 1]);
    expect(fused[1]?.parts).toMatchObject({ crowding: 0.1, meaning: 0.6 });
  });

  it("orders equal scores by chunk id, and loses or doubles nothing", () => {
    const random = seededRandom(5);
    for (let round = 0; round < 100; round += 1) {
      const some = (): ScoredChunk[] => {
        const scored: Record<number, number> = {};
        for (let count = random() * 150; count > 0; count -= 1) {
          scored[Math.floor(random() * 200)] = Math.floor(random() * 5) / 5;
        }
        return list(scored);
      };
      const [words, meaning] = [some(), some()];
      const fused = fuse(words, meaning, { ...noFacts }, weights);
      expect(new Set(ids(fused))).toEqual(new Set([...ids(words), ...ids(meaning)]));
      expect(fused).toHaveLength(new Set(ids(fused)).size);
      for (const [at, b] of fused.entries()) {
        const a = fused[at - 1];
        if (a !== undefined) expect(a.score).toBeGreaterThanOrEqual(b.score);
      }
    }
  });
});
