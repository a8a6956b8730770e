import { describe, expect, it } from "vitest";
import type { ChunkPlace } from "../../../../src/ports/store.ts";
import {
  addLate,
  isLateKnown,
  isLateText,
  takesLate,
} from "../../../../src/search/ranking/late.ts";
import type { RankedChunk } from "../../../../src/search/ranking/rank.ts";
import { wantedReranker } from "../../../../src/search/ranking/rerank.ts";
import type { Candidates } from "../../../../src/search/routes/candidates.ts";

const scorer = (modelId = "all-minilm-l6-v2") => ({
  modelId,
  late: async () => new Float32Array(0),
});
const width = 0.2;
const chunk = (
  chunkId: number,
  odds: number,
  meaning: number | null,
  language = "markdown",
): RankedChunk => ({
  chunkId,
  score: 1 / (1 + Math.exp(-odds)),
  relevance: 0.5,
  width,
  parts: { words: null, share: 0, meaning },
  places: [{ chunkId, path: "a", startLine: 1, endLine: 2, language } as ChunkPlace],
});
const idsOf = (ranked: readonly RankedChunk[]): number[] => ranked.map(({ chunkId }) => chunkId);

describe("the share of late interaction", () => {
  const ranked = [chunk(1, 1, 0.5), chunk(2, 0.9, 0.5), chunk(3, 0.8, null), chunk(4, 0.1, 0.4)];

  it("is what a text reaches beyond others of its cosine, and moves the score by so many cosines", () => {
    const moved = addLate(scorer(), ranked, new Map([[2, 0.62]]));
    expect(idsOf(moved)).toEqual([2, 1, 3, 4]);
    const [first] = moved;
    expect(first?.parts.late).toBeCloseTo(0.3 * (0.62 - 0.25 - 0.6 * 0.5), 12);
    const odds = Math.log((first?.score ?? 0) / (1 - (first?.score ?? 0)));
    expect(odds).toBeCloseTo(0.9 + (first?.parts.late ?? 0) / width, 10);
    expect(first?.relevance).toBe(0.5);
    expect(moved.slice(1)).toEqual([ranked[0], ranked[2], ranked[3]]);
  });

  it("is looked for among prose alone", () => {
    expect(isLateText(chunk(1, 1, 0.5, "python"))).toBe(false);
    expect(isLateText(chunk(2, 1, 0.5, "markdown"))).toBe(true);
  });

  it("is none for a text that reaches what it mostly reaches", () => {
    const usual = new Map([
      [1, 0.55],
      [2, 0.55],
      [3, 0.43],
      [4, 0.49],
    ]);
    const moved = addLate(scorer(), ranked, usual);
    expect(idsOf(moved)).toEqual([1, 2, 3, 4]);
    for (const { parts } of moved) expect(parts.late).toBeCloseTo(0, 12);
  });

  it("leaves scores from 0 to 1, whatever they were", () => {
    const edges = [
      { ...chunk(1, 0, 0.5), score: 1 },
      { ...chunk(2, 0, 0.5), score: 0 },
    ];
    const moved = addLate(
      scorer(),
      edges,
      new Map([
        [1, -1],
        [2, 1],
      ]),
    );
    expect(moved.map(({ score }) => score)).toEqual([1, 0]);
  });
});

describe("who has a say", () => {
  const found: Candidates = {
    words: [],
    meaning: [],
    vector: new Float32Array(1),
    isStatic: false,
    symbols: [],
  };
  const described = { form: { lookupShare: 0.5 } };

  it("is not the model where a name decides, or where its cosines are not known", () => {
    const symbol = {} as Candidates["symbols"][0]["symbol"];
    expect(takesLate(found, described)).toBe(true);
    expect(takesLate(found, { form: { lookupShare: 1 } })).toBe(false);
    expect(takesLate({ ...found, isStatic: true }, described)).toBe(false);
    expect(takesLate({ ...found, vector: undefined }, described)).toBe(false);
    for (const [match, takes] of [
      ["exact", false],
      ["parts", true],
    ] as const) {
      const symbols = [{ chunkId: 1, match, symbol }];
      expect(takesLate({ ...found, symbols } as Candidates, described)).toBe(takes);
    }
  });

  it("is one reranker: the one that was named, else the model's tokens", () => {
    const late = { scorer: scorer(), isDefault: true };
    const named = { modelId: "named" } as Parameters<typeof wantedReranker>[0]["reranker"];
    expect(wantedReranker({ late, reranker: named }, {})?.reranker).toBe(named);
    expect(wantedReranker({ late }, {})?.reranker.modelId).toBe("late all-minilm-l6-v2");
    expect(wantedReranker({ late }, { rerank: false })).toBeUndefined();
    const quiet = { ...late, isDefault: false };
    expect(wantedReranker({ late: quiet }, {})).toBeUndefined();
    expect(wantedReranker({ late: quiet }, { rerank: true })).toBeDefined();
    const other = { scorer: scorer("e5-small-v2"), isDefault: true };
    expect(isLateKnown(other.scorer)).toBe(false);
    expect(wantedReranker({ late: other }, {})).toBeUndefined();
    expect(() => wantedReranker({ late: other }, { rerank: true })).toThrow(/none was named/);
  });
});
