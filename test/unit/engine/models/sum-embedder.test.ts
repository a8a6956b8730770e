/** Two models as one: the mean of what they say, by the weights on their common scale. */
import { describe, expect, it } from "vitest";
import { SumEmbedder } from "../../../../src/engine/models/sum-embedder.ts";
import { sums } from "../../../../src/models/sums.ts";
import { cosineScaleOf } from "../../../../src/search/ranking/cosine-scale.ts";
import { HashEmbedder } from "../../../helpers/hash-embedder.ts";

const dot = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, at) => sum + value * (b[at] as number), 0);

describe("a sum of models", () => {
  it("has unit vectors whose cosine is the weighted mean of the parts' ones", async () => {
    const one = new HashEmbedder({ modelId: "one", dimensions: 32 });
    const other = new HashEmbedder({ modelId: "e5-small-v2", dimensions: 48 });
    const sum = new SumEmbedder("one+other", [
      { embedder: one, weight: 0.7 },
      { embedder: other, weight: 0.3 },
    ]);
    expect(sum.dimensions).toBe(80);
    const texts = ["lighthouse keepers drink tea", "tea at the lighthouse", "zinc mines"];
    const vectors = await sum.embed(texts);
    const row = (of: Float32Array, width: number, at: number): Float32Array =>
      of.subarray(at * width, (at + 1) * width);
    const ones = await one.embed(texts);
    const others = await other.embed(texts);
    const stretch = cosineScaleOf("e5-small-v2").stretch;
    for (const [a, b] of [
      [0, 0],
      [0, 1],
      [1, 2],
    ] as const) {
      const mean =
        (0.7 * dot(row(ones, 32, a), row(ones, 32, b)) +
          0.3 * stretch * dot(row(others, 48, a), row(others, 48, b))) /
        (0.7 + 0.3 * stretch);
      expect(dot(row(vectors, 80, a), row(vectors, 80, b))).toBeCloseTo(mean, 5);
    }
  });

  it.each(sums)("$name has the scale that follows from its parts", ({ name, parts }) => {
    const scales = parts.map(({ model, weight }) => ({ ...cosineScaleOf(model), weight }));
    const stretch = scales.reduce((sum, one) => sum + one.weight * one.stretch, 0);
    const origin =
      scales.reduce((sum, one) => sum + one.weight * one.stretch * one.origin, 0) / stretch;
    expect(cosineScaleOf(name).stretch).toBeCloseTo(stretch, 6);
    expect(cosineScaleOf(name).origin).toBeCloseTo(origin, 3);
  });
});
