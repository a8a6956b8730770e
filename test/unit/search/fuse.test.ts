import { describe, expect, it } from "vitest";
import type { ScoredChunk } from "../../../src/ports/store.ts";
import { fuse } from "../../../src/search/fuse.ts";
import { agreementOf, weightOfMeaning } from "../../../src/search/fusion-parameters.ts";
import { seededRandom } from "../../helpers/temp-tree.ts";

const half = 0.45;

function list(scores: Record<number, number>): ScoredChunk[] {
  return Object.entries(scores)
    .map(([id, score]) => ({ chunkId: Number(id), score }))
    .sort((a, b) => b.score - a.score);
}

/** Ids 1000 and up with falling scores: a background for what is tested. */
function background(count: number, top: number, from = 1000): ScoredChunk[] {
  return Array.from({ length: count }, (_, index) => ({
    chunkId: from + index,
    score: top - index * 0.01,
  }));
}

const ids = (chunks: readonly { chunkId: number }[]): number[] => chunks.map((one) => one.chunkId);

describe("fuse", () => {
  it("keeps each list's own order when the other is empty", () => {
    const scored = list({ 1: 3, 2: 9, 3: 5 });
    expect(ids(fuse(scored, [], half))).toEqual([2, 3, 1]);
    expect(ids(fuse([], scored, half))).toEqual([2, 3, 1]);
    expect(fuse([], [], half)).toEqual([]);
    expect(fuse(scored, [], half)[0]?.parts).toEqual({ words: 9, meaning: null, weight: 0 });
    expect(fuse([], scored, half)[0]?.parts).toEqual({ words: null, meaning: 9, weight: 1 });
  });

  it("puts what both lists like above what one likes", () => {
    const words = [{ chunkId: 1, score: 9 }, { chunkId: 2, score: 8.9 }, ...background(98, 5)];
    const meaning = [
      { chunkId: 3, score: 0.8 },
      { chunkId: 2, score: 0.79 },
      ...background(98, 0.5, 2000),
    ];
    expect(fuse(words, meaning, half)[0]?.chunkId).toBe(2);
  });

  it("does not depend on the scale or the offset of the scores", () => {
    const words = list({ 1: 9, 2: 7, 3: 6, 4: 1 });
    const meaning = list({ 4: 0.9, 3: 0.7, 2: 0.3, 1: 0.2 });
    const scaled = meaning.map(({ chunkId, score }) => ({ chunkId, score: score * 50 - 7 }));
    expect(ids(fuse(words, scaled, half))).toEqual(ids(fuse(words, meaning, half)));
  });

  it("lets one clear winner by words stand out: no other chunk has the word at all", () => {
    const words = [{ chunkId: 7, score: 4 }];
    const meaning = [...background(99, 0.6), { chunkId: 7, score: -0.5 }];
    expect(fuse(words, meaning, half)[0]?.chunkId).toBe(7);
  });

  it("gives a chunk that a list lacks no better than that list's last", () => {
    const words = background(100, 9, 0);
    const meaning = [{ chunkId: 500, score: 0.9 }, ...background(99, 0.8, 0)];
    const fused = fuse(words, meaning, 0.5);
    const last = fused.find((one) => one.chunkId === 99);
    const absent = fused.find((one) => one.chunkId === 500);
    expect(absent?.parts).toEqual({ words: null, meaning: 0.9, weight: 0.5 });
    expect(last?.parts.meaning).toBeNull();
    expect(ids(fused).indexOf(500)).toBeGreaterThan(0);
  });

  it("follows the weight from one end to the other", () => {
    const words = background(50, 9, 0);
    const meaning = background(50, 0.9, 0)
      .toReversed()
      .map(({ chunkId }, index) => ({
        chunkId,
        score: 0.9 - index * 0.01,
      }));
    expect(ids(fuse(words, meaning, 0))[0]).toBe(0);
    expect(ids(fuse(words, meaning, 1))[0]).toBe(49);
  });

  it("orders equal scores by chunk id, and loses or doubles nothing", () => {
    const random = seededRandom(5);
    for (let round = 0; round < 200; round += 1) {
      const some = (): ScoredChunk[] => {
        const scored: Record<number, number> = {};
        for (let count = random() * 150; count > 0; count -= 1) {
          scored[Math.floor(random() * 200)] = Math.floor(random() * 5) - 2;
        }
        return list(scored);
      };
      const [words, meaning] = [some(), some()];
      const fused = fuse(words, meaning, random());
      expect(new Set(ids(fused))).toEqual(new Set([...ids(words), ...ids(meaning)]));
      expect(fused).toHaveLength(new Set(ids(fused)).size);
      for (let index = 1; index < fused.length; index += 1) {
        const [a, b] = [fused[index - 1], fused[index]];
        if (a === undefined || b === undefined) throw new Error("expected two");
        expect(Number.isFinite(b.score)).toBe(true);
        expect(a.score > b.score || (a.score === b.score && a.chunkId < b.chunkId)).toBe(true);
      }
    }
  });
});

describe("weightOfMeaning", () => {
  it("trusts the meaning most for questions about code, then for names, then for prose", () => {
    const of = (lookupShare: number, codeShare: number): number =>
      weightOfMeaning({ lookupShare, codeShare });
    expect(of(0, 1)).toBeGreaterThan(of(0.5, 1));
    expect(of(0.5, 1)).toBeGreaterThan(of(1, 1));
    expect(of(1, 1)).toBeGreaterThan(of(1, 0));
    expect(of(1, 0)).toBe(of(0, 0));
    expect(of(0, 0.5)).toBeCloseTo((of(0, 0) + of(0, 1)) / 2);
  });

  it("trusts the static model less, whatever the query looks like", () => {
    for (const codeShare of [0, 0.5, 1]) {
      const traits = { lookupShare: 0, codeShare };
      const weight = weightOfMeaning({ ...traits, isStatic: true });
      expect(weight).toBeLessThan(weightOfMeaning(traits));
      expect(weightOfMeaning({ lookupShare: 1, codeShare, isStatic: true })).toBe(weight);
    }
  });

  it("lets neighbours say more in prose than in code", () => {
    const of = (codeShare: number): number => agreementOf({ lookupShare: 0, codeShare });
    expect(of(0)).toBeGreaterThan(of(1));
    expect(of(0.5)).toBeCloseTo((of(0) + of(1)) / 2);
  });
});
