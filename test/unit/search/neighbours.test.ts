import { describe, expect, it } from "vitest";
import type { ScoredChunk } from "../../../src/ports/store.ts";
import type { FusedChunk } from "../../../src/search/fuse.ts";
import { agree, type Compare, mostAsked, uncrowd } from "../../../src/search/neighbours.ts";

/** Cosines by a rule over pairs of ids. */
function comparing(cosine: (a: number, b: number) => number): Compare {
  return (ids) =>
    Float32Array.from(ids.flatMap((a) => ids.map((b) => (a === b ? 1 : cosine(a, b)))));
}

function fusedOf(scores: readonly number[]): FusedChunk[] {
  return scores.map((score, chunkId) => ({
    chunkId,
    score,
    parts: { words: null, meaning: null, weight: 0.5 },
  }));
}

const ids = (chunks: readonly { chunkId: number }[]): number[] => chunks.map((one) => one.chunkId);

describe("uncrowd", () => {
  const list: ScoredChunk[] = [
    { chunkId: 1, score: 0.62 },
    { chunkId: 2, score: 0.61 },
    { chunkId: 3, score: 0.6 },
    { chunkId: 4, score: 0.59 },
  ];

  it("puts what is near to the query alone above what is near to everything", () => {
    // 1, 2 and 3 are a crowd, 4 stands apart.
    const compare = comparing((a, b) => (a === 4 || b === 4 ? 0.1 : 0.9));
    const found = uncrowd(list, compare, 0.25);
    expect(ids(found)).toEqual([4, 1, 2, 3]);
    expect(found[0]?.score).toBeCloseTo(0.59 - 0.25 * 0.1, 5);
    expect(found[1]?.score).toBeCloseTo(0.62 - 0.25 * ((0.9 + 0.9 + 0.1) / 3), 5);
  });

  it("changes nothing when all are alike, or when it is off", () => {
    expect(
      ids(
        uncrowd(
          list,
          comparing(() => 0.5),
          0.25,
        ),
      ),
    ).toEqual([1, 2, 3, 4]);
    expect(
      uncrowd(
        list,
        comparing((a) => a / 10),
        0,
      ),
    ).toEqual(list);
    expect(
      uncrowd(
        [],
        comparing(() => 1),
        0.25,
      ),
    ).toEqual([]);
    expect(
      uncrowd(
        list.slice(0, 1),
        comparing(() => 1),
        0.25,
      ),
    ).toEqual(list.slice(0, 1));
  });

  it("gives what lies behind the measured ones their mean, and loses nothing", () => {
    const many = Array.from({ length: 300 }, (_, at) => ({ chunkId: at, score: 1 - at / 1000 }));
    let asked = 0;
    const compare: Compare = (chunkIds) => {
      asked = chunkIds.length;
      return comparing(() => 0.4)(chunkIds);
    };
    const found = uncrowd(many, compare, 0.25);
    expect(asked).toBe(200);
    expect(ids(found)).toEqual(ids(many));
    expect(found[250]?.score).toBeCloseTo(0.75 - 0.25 * 0.4, 5);
  });
});

describe("agree", () => {
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
