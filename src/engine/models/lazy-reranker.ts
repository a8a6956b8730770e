/* A reranker that loads its model at the first search that wants it. */
import { currentClock } from "../../base/stages.ts";
import type { Reranker, ScoreOptions } from "../../ports/reranker.ts";
import { LazyModel, type LazyModelOptions } from "./lazy-model.ts";

export class LazyReranker<Loaded extends Reranker> extends LazyModel<Loaded> implements Reranker {
  readonly modelId: string;
  readonly maxTokens: number;

  constructor(
    model: { id: string; maxTokens: number },
    load: () => Promise<Loaded>,
    options: LazyModelOptions = {},
  ) {
    super(`reranker ${model.id}`, load, options);
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
    const clock = this.loaded === undefined ? currentClock() : undefined;
    const asked = performance.now();
    return await this.use((loaded) => {
      clock?.add("open", asked);
      if (clock !== undefined) clock.facts.model = this.modelId;
      return loaded.score(query, passages, options);
    }, "hits were to be reranked");
  }
}
