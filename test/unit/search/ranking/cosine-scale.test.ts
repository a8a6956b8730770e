/** Models whose cosines begin elsewhere: the same texts get the same relevance. */
import { describe, expect, it } from "vitest";
import type { EmbedOptions, TextEmbedder } from "../../../../src/ports/embedder.ts";
import {
  cosineScaleOf,
  seenCosine,
  seenCosines,
} from "../../../../src/search/ranking/cosine-scale.ts";
import { HashEmbedder } from "../../../helpers/hash-embedder.ts";
import { memoryBench } from "../../../helpers/open-memories.ts";

/** Gives a question and a text the cosine origin + cosine / stretch of another embedder, under a model's name. */
class Squeezed implements TextEmbedder {
  readonly modelId: string;
  readonly dimensions: number;
  readonly maxTokens = 256;
  readonly #own = new HashEmbedder();

  constructor(modelId: string) {
    this.modelId = modelId;
    this.dimensions = this.#own.dimensions + 3;
  }

  async embed(texts: readonly string[], options: EmbedOptions = {}): Promise<Float32Array> {
    const { origin, stretch } = cosineScaleOf(this.modelId);
    const vectors = await this.#own.embed(texts, options);
    const width = this.#own.dimensions;
    const out = new Float32Array(texts.length * this.dimensions);
    for (let row = 0; row < texts.length; row += 1) {
      const at = row * this.dimensions;
      const own = vectors.subarray(row * width, (row + 1) * width);
      out.set(
        own.map((value) => value / Math.sqrt(stretch)),
        at,
      );
      out[at + width] = Math.sqrt(origin);
      // What is left of the length lies where questions and texts do not meet.
      const rest = Math.sqrt(1 - origin - 1 / stretch);
      out[at + width + (options.kind === "query" ? 1 : 2)] = rest;
    }
    return out;
  }

  countTokens(texts: readonly string[]): Promise<Uint32Array> {
    return this.#own.countTokens(texts);
  }

  async close(): Promise<void> {}
}

describe("the scale of a model's cosines", () => {
  it("leaves those of the packaged model and of unknown ones as they are, and what is no number", () => {
    for (const id of [undefined, "all-minilm-l6-v2", "somebody's own"]) {
      expect(seenCosine(cosineScaleOf(id), 0.3)).toBe(0.3);
      const cosines = Float32Array.of(0.1, Number.NaN);
      expect(seenCosines(cosineScaleOf(id), cosines)).toBe(cosines);
    }
    const scale = cosineScaleOf("e5-small-v2");
    expect(seenCosines(scale, Float32Array.of(Number.NaN, 1))[0]).toBeNaN();
    expect(seenCosine(scale, 0.85)).toBeGreaterThan(seenCosine(scale, 0.76) + 0.35);
  });

  it.each(["e5-small-v2", "bge-small-en-v1.5"])(
    "gives what %s says the relevance it has by a model whose cosines begin at 0",
    async (modelId) => {
      const bench = memoryBench();
      try {
        const texts = [
          "The deploy key is rotated in March",
          "Lunch is at noon on Fridays",
          "Keys of the deployment are kept in the vault",
          "The garden gate is painted green",
        ];
        const found = async (name: string, embedder: TextEmbedder) => {
          const memories = await bench.open({ database: `${bench.path}.${name}`, embedder });
          await memories.rememberMany(texts.map((text) => ({ text })));
          await memories.settled();
          const { hits } = await memories.recall("when is the deploy key rotated", { minScore: 0 });
          const nothing = await memories.recall("quarterly revenue of zinc mines");
          return { hits, nothing: nothing.hits.length };
        };
        const plain = await found("plain", new HashEmbedder());
        const squeezed = await found("squeezed", new Squeezed(modelId));
        expect(squeezed.hits.map(({ memory }) => memory.text)).toEqual(
          plain.hits.map(({ memory }) => memory.text),
        );
        for (const [at, { score }] of plain.hits.entries()) {
          expect(squeezed.hits[at]?.score).toBeCloseTo(score, 1);
        }
        expect(squeezed.nothing).toBe(plain.nothing);
        expect(plain.nothing).toBe(0);
      } finally {
        await bench.end();
      }
    },
  );
});
