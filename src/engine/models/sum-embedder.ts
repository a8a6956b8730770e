/* Several models as one: their vectors side by side, weighted, so that its cosine is the weighted mean of theirs. */
import type { EmbedOptions, TextEmbedder } from "../../ports/embedder.ts";
import { cosineScaleOf } from "../../search/ranking/cosine-scale.ts";

export interface SumPart {
  embedder: TextEmbedder & { unload?(): Promise<boolean> };
  /** On the scale of all models (cosine-scale.ts): a model whose cosines lie close together is not drowned. */
  weight: number;
}

/** Its parts are closed by whoever gave them. */
export class SumEmbedder implements TextEmbedder {
  readonly modelId: string;
  readonly dimensions: number;
  readonly maxTokens: number;
  readonly #parts: readonly { embedder: SumPart["embedder"]; factor: number }[];
  readonly #first: TextEmbedder;

  /** @param parts at least one; the first counts tokens */
  constructor(modelId: string, parts: readonly [SumPart, ...SumPart[]]) {
    const worth = ({ embedder, weight }: SumPart): number =>
      weight * cosineScaleOf(embedder.modelId).stretch;
    const total = parts.reduce((sum, part) => sum + worth(part), 0);
    this.modelId = modelId;
    this.dimensions = parts.reduce((sum, { embedder }) => sum + embedder.dimensions, 0);
    this.maxTokens = Math.min(...parts.map(({ embedder }) => embedder.maxTokens));
    this.#parts = parts.map((part) => {
      return { embedder: part.embedder, factor: Math.sqrt(worth(part) / total) };
    });
    this.#first = parts[0].embedder;
  }

  /** One model after the other: side by side they would take each other's threads, and need twice the room. */
  async embed(texts: readonly string[], options?: EmbedOptions): Promise<Float32Array> {
    const out = new Float32Array(texts.length * this.dimensions);
    let column = 0;
    for (const { embedder, factor } of this.#parts) {
      const vectors = await embedder.embed(texts, options);
      const width = embedder.dimensions;
      for (let row = 0; row < texts.length; row += 1) {
        const own = vectors.subarray(row * width, (row + 1) * width);
        out.set(
          own.map((value) => value * factor),
          row * this.dimensions + column,
        );
      }
      column += width;
    }
    return out;
  }

  async countTokens(texts: readonly string[]): Promise<Uint32Array> {
    return await this.#first.countTokens(texts);
  }

  /** Frees its parts while nothing uses them. */
  async unload(): Promise<boolean> {
    const freed = await Promise.all(this.#parts.map(({ embedder }) => embedder.unload?.()));
    return freed.every((one) => one !== false);
  }

  async close(): Promise<void> {}
}
