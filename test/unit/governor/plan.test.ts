import { describe, expect, test } from "vitest";
import { planFor } from "../../../src/governor/plan.ts";
import {
  heldBytes,
  loadBytes,
  type ModelFacts,
  modelBytes,
  smallestLimit,
} from "../../../src/governor/prediction.ts";

const facts: ModelFacts = {
  fileBytes: 23e6,
  dimensions: 384,
  workers: 2,
  tokensPerRun: 320,
  maxTokens: 256,
  isFirstLoad: false,
};

describe("prediction", () => {
  test("is the same for the same facts, and grows with each of them", () => {
    expect(modelBytes(facts)).toBe(modelBytes({ ...facts }));
    for (const more of [
      { fileBytes: 90e6 },
      { dimensions: 768 },
      { workers: 3 },
      { tokensPerRun: 640 },
    ]) {
      expect(modelBytes({ ...facts, ...more })).toBeGreaterThan(modelBytes(facts));
    }
    expect(modelBytes({ ...facts, fileBytes: 90e6, isFirstLoad: true })).toBeGreaterThan(
      modelBytes({ ...facts, fileBytes: 90e6 }),
    );
  });

  test("a run has at least one text, however few tokens a run may have", () => {
    expect(modelBytes({ ...facts, tokensPerRun: 1 })).toBe(
      modelBytes({ ...facts, tokensPerRun: 256 }),
    );
  });

  test("packed weights take less than a graph, and least without the runtime", () => {
    const [graph, onnx, direct] = [undefined, "onnx", "direct"].map((packed) => ({
      ...facts,
      packed: packed as ModelFacts["packed"],
    })) as [ModelFacts, ModelFacts, ModelFacts];
    for (const bytes of [modelBytes, heldBytes, loadBytes]) {
      expect(bytes(onnx)).toBeLessThanOrEqual(bytes(graph));
      expect(bytes(direct)).toBeLessThan(bytes(onnx));
    }
    expect(smallestLimit(direct, 60e6)).toBeLessThan(smallestLimit(graph, 60e6));
    // Weights are pages of a file; there is no graph to build, and a text costs no square of its length.
    expect(heldBytes(direct)).toBe(heldBytes({ ...direct, fileBytes: 90e6 }));
    expect(modelBytes({ ...direct, isFirstLoad: true })).toBe(modelBytes(direct));
    const [short, long] = [512, 1_024].map((tokens) =>
      modelBytes({ ...direct, workers: 1, tokensPerRun: 1, maxTokens: tokens }),
    ) as [number, number];
    expect(long - short).toBe(Math.round(512 * 384 * 6.6));
    for (const more of [{ workers: 3 }, { tokensPerRun: 640 }, { dimensions: 768 }]) {
      expect(modelBytes({ ...direct, ...more })).toBeGreaterThan(modelBytes(direct));
    }
  });

  test("the smallest limit is above the base and no more than this layout needs", () => {
    const smallest = smallestLimit(facts, 60e6);
    expect(smallest).toBeGreaterThan(60e6);
    expect(smallestLimit({ ...facts, workers: 16 }, 60e6)).toBe(smallest);
    expect(smallestLimit(facts, 70e6)).toBe(smallest + 10e6);
  });
});

describe("plan", () => {
  test("without a limit, nothing is smaller than by default", () => {
    expect(planFor(undefined, 8)).toEqual({
      workers: 8,
      tokensPerRun: undefined,
      pageCacheBytes: undefined,
      bitsBudgetBytes: undefined,
      indexing: {},
      parser: undefined,
    });
  });

  test("a lower limit never gives more of anything", () => {
    const plans = [192e6, 256e6, 512e6].map((limit) => planFor(limit, 16));
    const sizes = plans.map((plan) => [
      plan.workers,
      plan.tokensPerRun ?? 320,
      plan.indexing.batchChunks ?? 512,
      plan.pageCacheBytes ?? 8 * 2 ** 20,
      plan.bitsBudgetBytes ?? 128 * 2 ** 20,
      plan.indexing.groups?.chars ?? 2 * 2 ** 20,
      plan.parser?.mostBytes ?? Number.POSITIVE_INFINITY,
    ]);
    for (const [at, low] of sizes.slice(0, -1).entries()) {
      const high = sizes[at + 1] as number[];
      for (const [i, value] of low.entries()) expect(value).toBeLessThanOrEqual(high[i] as number);
    }
  });
});
