/* An embedder that loads its model at the first text: a run with nothing to embed loads none. */
import type { EmbedOptions, TextEmbedder } from "../ports/embedder.ts";
import { LazyModel } from "./lazy-model.ts";

export class LazyEmbedder<Loaded extends TextEmbedder>
  extends LazyModel<Loaded>
  implements TextEmbedder
{
  readonly modelId: string;
  readonly dimensions: number;
  readonly maxTokens: number;

  constructor(
    model: { id: string; dimensions: number; maxTokens: number },
    load: () => Promise<Loaded>,
  ) {
    super(load);
    this.modelId = model.id;
    this.dimensions = model.dimensions;
    this.maxTokens = model.maxTokens;
  }

  async embed(texts: readonly string[], options?: EmbedOptions): Promise<Float32Array> {
    if (texts.length === 0) return new Float32Array(0);
    return await (await this.ready()).embed(texts, options);
  }

  async countTokens(texts: readonly string[]): Promise<Uint32Array> {
    if (texts.length === 0) return new Uint32Array(0);
    return await (await this.ready()).countTokens(texts);
  }
}
