/* A reranker that loads its model at the first search that wants it. */
import type { Reranker, ScoreOptions } from "../ports/reranker.ts";
import { LazyModel } from "./lazy-model.ts";

export class LazyReranker<Loaded extends Reranker> extends LazyModel<Loaded> implements Reranker {
  readonly modelId: string;
  readonly maxTokens: number;

  constructor(model: { id: string; maxTokens: number }, load: () => Promise<Loaded>) {
    super(`reranker ${model.id}`, load);
    this.modelId = model.id;
    this.maxTokens = model.maxTokens;
  }

  async prepare(): Promise<void> {
    await this.ready("a search wanted it");
  }

  async score(
    query: string,
    passages: readonly string[],
    options?: ScoreOptions,
  ): Promise<Float32Array> {
    if (passages.length === 0) return new Float32Array(0);
    return await (await this.ready("hits were to be reranked")).score(query, passages, options);
  }
}
