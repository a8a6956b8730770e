import { describe, expect, it } from "vitest";
import type { ScoredChunk } from "../../../../src/ports/store.ts";
import type { FusedChunk } from "../../../../src/search/ranking/fuse.ts";
import {
  agree,
  type Compare,
  crowdingOf,
  mostAsked,
} from "../../../../src/search/ranking/neighbours.ts";
import { seededRandom } from "../../../helpers/temp-tree.ts";

/** Cosines by a rule over pairs of ids. */
function comparing(cosine: (a: number, b: number) => number): Compare {
  return (ids) =>
    Float32Array.from(ids.flatMap((a) => ids.map((b) => (a === b ? 1 : cosine(a, b)))));
}

function fusedOf(scores: readonly number[]): FusedChunk[] {
  return scores.map((score, chunkId) => ({
    chunkId,
    score,
    evidence: { meaning: undefined, share: 0, words: 0 },
    parts: { words: null, share: 0, meaning: null },
  }));
}

const ids = (chunks: readonly { chunkId: number }[]): number[] => chunks.map((one) => one.chunkId);

describe("crowdingOf", () => {
  const list = (count: number): ScoredChunk[] =>
    Array.from({ length: count }, (_, at) => ({ chunkId: at, score: 1 - at / 1000 }));

  it("takes off what is near to everything, and lifts what stands alone by little", () => {
    // All but the last are a crowd.
    const compare = comparing((a, b) => (a === 29 || b === 29 ? 0.1 : 0.9));
    const found = crowdingOf(list(30), compare, 0.25);
    // .19 without a bound.
    expect(found.get(29)).toBeCloseTo(-0.04, 6);
    expect(found.get(0)).toBeGreaterThan(0);
    // Less alone than that, it is lifted in proportion.
    const loose = comparing((a, b) => (a === 29 || b === 29 ? 0.8 : 0.9));
    expect(crowdingOf(list(30), loose, 0.25).get(29)).toBeCloseTo(-0.0242, 3);
  });

  it("takes nothing off among few, when all are alike, or when it is off", () => {
    const alike = comparing(() => 0.5);
    expect(
      [...crowdingOf(list(40), alike, 0.25).values()].every((one) => Math.abs(one) < 1e-6),
    ).toBe(true);
    expect(
      crowdingOf(
        list(40),
        comparing((a) => a / 40),
        0,
      ).size,
    ).toBe(0);
    expect(
      crowdingOf(
        list(10),
        comparing((a) => a / 10),
        0.25,
      ).size,
    ).toBe(0);
    expect(crowdingOf([], alike, 0.25).size).toBe(0);
  });

  it("measures the best two hundred", () => {
    let asked = 0;
    const compare: Compare = (chunkIds) => {
      asked = chunkIds.length;
      return comparing(() => 0.4)(chunkIds);
    };
    expect(crowdingOf(list(300), compare, 0.25).size).toBe(200);
    expect(asked).toBe(200);
  });
});

describe("agree", () => {
  it("never puts the worse of two near ones first (agreement swapped near pairs)", () => {
    const random = seededRandom(3);
    for (let round = 0; round < 50; round += 1) {
      const fused = Array.from({ length: 30 }, (_, chunkId) => {
        const evidence = { meaning: random(), share: 0, words: random() };
        const parts = { words: null, share: 0, meaning: null };
        return { chunkId, evidence, score: evidence.meaning + evidence.words, parts };
      }).sort((a, b) => b.score - a.score);
      const cosines = Array.from({ length: 900 }, random);
      const found = agree(
        fused,
        comparing((a, b) => cosines[Math.min(a, b) * 30 + Math.max(a, b)] as number),
        0.6,
      );
      for (const [at, later] of found.entries()) {
        for (const { evidence } of found.slice(0, at)) {
          const beats =
            (later.evidence.meaning ?? -1) > (evidence.meaning ?? -1) &&
            later.evidence.words > evidence.words;
          expect(beats).toBe(false);
        }
      }
    }
  });

  it("raises what good neighbours surround and lowers what stands among bad ones", () => {
    // 0, 1 and 3 are alike, 2 is like 4 only.
    const group = (id: number): number => (id === 2 || id === 4 ? 1 : 0);
    const compare = comparing((a, b) => (a > 4 || b > 4 ? 0 : group(a) === group(b) ? 0.95 : 0.1));
    const others = Array.from({ length: 20 }, () => -3);
    const found = agree(fusedOf([3, 2.8, 1, 0.9, -1, ...others]), compare, 0.5);
    expect(ids(found).slice(0, 5)).toEqual([0, 1, 3, 2, 4]);
    expect(found.find((one) => one.chunkId === 3)?.parts.neighbours).toBeCloseTo(1, 1);
    expect(found.find((one) => one.chunkId === 2)?.parts.neighbours).toBeCloseTo(-1, 1);
  });

  it("has little to say among few: the better of two stays the better", () => {
    for (const cosine of [0.05, 0.5, 0.99]) {
      const fused = agree(
        fusedOf([1, -1]),
        comparing(() => cosine),
        0.6,
      );
      expect(ids(fused)).toEqual([0, 1]);
    }
    for (const count of [3, 5, 10]) {
      const scores = Array.from({ length: count }, (_, i) => (i === 0 ? 2 : -0.1 * i));
      expect(
        agree(
          fusedOf(scores),
          comparing(() => 0.2),
          0.6,
        )[0]?.chunkId,
      ).toBe(0);
    }
  });

  it("leaves what has no vector alone", () => {
    const compare = comparing((a, b) => (a === 1 || b === 1 ? 0 : 0.9));
    const found = agree(fusedOf([3, 2, 1]), compare, 0.5);
    expect(found.find((one) => one.chunkId === 1)?.score).toBe(2);
    expect(found.find((one) => one.chunkId === 1)?.parts.neighbours).toBeUndefined();
  });

  it("asks the best only; the others stay behind them in their order", () => {
    const scores = Array.from({ length: mostAsked + 20 }, (_, at) => 5 - at * 0.01);
    const found = agree(
      fusedOf(scores),
      comparing(() => 0.99),
      0.6,
    );
    const behind = found.slice(mostAsked);
    expect(ids(behind)).toEqual(Array.from({ length: 20 }, (_, at) => mostAsked + at));
    const lowest = Math.min(...found.slice(0, mostAsked).map(({ score }) => score));
    for (const { score } of behind) expect(score).toBeLessThanOrEqual(lowest);
  });

  it("does nothing for one candidate, or when it is off", () => {
    expect(
      agree(
        fusedOf([1]),
        comparing(() => 1),
        0.5,
      )[0]?.score,
    ).toBe(1);
    expect(
      ids(
        agree(
          fusedOf([2, 1]),
          comparing(() => 1),
          0,
        ),
      ),
    ).toEqual([0, 1]);
  });
});
