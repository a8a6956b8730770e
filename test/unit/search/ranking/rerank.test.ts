import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Reranker } from "../../../../src/ports/reranker.ts";
import type { FusedChunk } from "../../../../src/search/ranking/fuse.ts";
import {
  blend,
  crossEncoder,
  rerank,
  wantedReranker,
} from "../../../../src/search/ranking/rerank.ts";
import { MapStore } from "../../../helpers/map-store.ts";

type Chunk = Omit<FusedChunk, "evidence">;
/** @param odds as a logarithm: 0 is a score of .5 */
const chunk = (chunkId: number, odds: number): Chunk => ({
  chunkId,
  score: 1 / (1 + Math.exp(-odds)),
  parts: { words: null, share: 0, meaning: null },
});
const idsOf = (chunks: readonly Chunk[]): number[] => chunks.map(({ chunkId }) => chunkId);
const fused = [chunk(1, 3), chunk(2, 2), chunk(3, 1), chunk(4, 0.5), chunk(5, 0.4)];

/** Chunks of a store, one a file, best first. */
function storeOf(count: number): { store: MapStore; ranked: Chunk[] } {
  const store = new MapStore();
  const stamp = { sizeBytes: 1, mtimeMs: 1, readMs: 1 };
  const texts = Array.from({ length: count }, (_, i) => `text ${i}`);
  store.files.put(
    texts.map((text, i) => ({
      path: `f${i}.txt`,
      stamp,
      contentHash: text,
      language: "text",
      chunks: [{ text, startLine: 1, endLine: 1, tokens: 2 }],
    })),
  );
  const ids = store.pending.page(0, count).map(({ id }) => id);
  return { store, ranked: ids.map((id, i) => chunk(id, count - i)) };
}

/** Prefers later texts, and takes a time for each call: what no real model can be told to do. */
class SlowReranker implements Reranker {
  readonly modelId = "slow";
  readonly maxTokens = 512;
  readonly calls: number[] = [];
  readonly #waitMs: number;
  readonly #loadMs: number;
  constructor(waitMs: number, loadMs = 0) {
    this.#waitMs = waitMs;
    this.#loadMs = loadMs;
  }
  async prepare(): Promise<void> {
    await pause(this.#loadMs);
  }
  async score(_: string, passages: readonly string[]): Promise<Float32Array> {
    this.calls.push(passages.length);
    await pause(this.#waitMs);
    return Float32Array.from(passages, (text) => Number(text.split(" ")[1]));
  }
  async close(): Promise<void> {}
}

const never = Number.POSITIVE_INFINITY;
const pause = (ms: number): Promise<void> => (ms === never ? new Promise(() => {}) : wait(ms));

describe("blend", () => {
  const scores = new Map([
    [1, -4],
    [2, 0],
    [3, 4],
  ]);

  it("orders by both scores, and leaves what was not scored behind them", () => {
    expect(idsOf(blend(fused, scores, 0))).toEqual([1, 2, 3, 4, 5]);
    expect(idsOf(blend(fused, scores, 1))).toEqual([3, 2, 1, 4, 5]);
    expect(idsOf(blend(fused, scores, 0.4))).toEqual([1, 2, 3, 4, 5]);
    expect(idsOf(blend(fused, scores, 0.6))).toEqual([3, 2, 1, 4, 5]);
  });

  it("keeps scores falling, and says what the reranker gave", () => {
    const blended = blend(fused, scores, 1);
    expect(blended.map(({ parts }) => parts.rerank)).toEqual([4, 0, -4, undefined, undefined]);
    for (const [i, { score }] of blended.entries()) {
      if (i > 0) expect(score).toBeLessThanOrEqual(blended[i - 1]?.score as number);
    }
    // A spread so wide that the last of the reranked falls below the rest.
    const wide = [chunk(1, 25), chunk(2, 1), chunk(3, 0.9)];
    const given = new Map([
      [1, 0],
      [2, 9],
    ]);
    const lifted = blend(wide, given, 1);
    expect(idsOf(lifted)).toEqual([2, 1, 3]);
    expect(lifted[1]?.score).toBeGreaterThanOrEqual(lifted[2]?.score as number);
  });

  it("takes equal scores and no scores for no opinion", () => {
    const equal = new Map(fused.map(({ chunkId }) => [chunkId, 7]));
    expect(idsOf(blend(fused, equal))).toEqual([1, 2, 3, 4, 5]);
    expect(blend(fused, new Map())).toEqual(fused);
  });
});

describe("rerank", () => {
  const noEnd = Number.POSITIVE_INFINITY;

  it("scores the best candidates in one call when there is time", async () => {
    const { store, ranked } = storeOf(100);
    const slow = new SlowReranker(0);
    const result = await rerank(store.texts, crossEncoder(slow), ranked, "x", noEnd, undefined);
    expect(slow.calls).toHaveLength(1);
    const looked = slow.calls[0] as number;
    expect(result.report).toEqual({ pairs: looked, of: looked, complete: true });
    expect(result.cut).toEqual([]);
    expect(idsOf(result.ranked.slice(looked))).toEqual(idsOf(ranked.slice(looked)));
    expect(result.ranked.filter(({ parts }) => parts.rerank !== undefined)).toHaveLength(looked);
  });

  it("gives up as soon as the rest would come too late, and keeps the order", async () => {
    const { store, ranked } = storeOf(100);
    const slow = new SlowReranker(60);
    const start = performance.now();
    const result = await rerank(
      store.texts,
      crossEncoder(slow),
      ranked,
      "x",
      start + 90,
      undefined,
    );
    expect(result.ranked).toEqual(ranked);
    expect(result.report).toMatchObject({ complete: false, why: "deadline" });
    // One call fits at most; on a busy machine not even that.
    expect(slow.calls.length).toBeLessThanOrEqual(1);
    expect([0, slow.calls[0]]).toContain(result.report?.pairs);
    expect(result.cut[0]).toMatch(/deadline passed when \d+ of \d+ candidates were reranked/);
  });

  it("waits neither for a call nor for a model that comes too late", async () => {
    const { store, ranked } = storeOf(20);
    for (const slow of [new SlowReranker(never), new SlowReranker(0, never)]) {
      const start = performance.now();
      const result = await rerank(
        store.texts,
        crossEncoder(slow),
        ranked,
        "x",
        start + 30,
        undefined,
      );
      expect(result.report).toMatchObject({ pairs: 0, of: 20, complete: false });
      expect(result.ranked).toEqual(ranked);
    }
  });

  it("says nothing without a reranker, and takes an empty list", async () => {
    const { store, ranked } = storeOf(3);
    const without = await rerank(store.texts, undefined, ranked, "x", noEnd, undefined);
    expect(without).toEqual({ ranked, report: undefined, cut: [] });
    const empty = await rerank(
      store.texts,
      crossEncoder(new SlowReranker(0)),
      [],
      "x",
      noEnd,
      undefined,
    );
    expect(empty.report).toEqual({ pairs: 0, of: 0, complete: true });
  });

  it("is wanted when there is one, unless the request says no", () => {
    const reranker = new SlowReranker(0);
    expect(wantedReranker({ reranker }, {})?.reranker).toBe(reranker);
    expect(wantedReranker({ reranker }, { rerank: false })).toBeUndefined();
    expect(wantedReranker({}, {})).toBeUndefined();
    expect(() => wantedReranker({}, { rerank: true })).toThrow(/none was named/);
  });
});
