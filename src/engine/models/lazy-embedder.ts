/* An embedder that loads its model at the first text: a run with nothing to embed loads none. */
import { HaypileError } from "../../base/errors.ts";
import { footprintEvents } from "../../base/events.ts";
import type { ModelName } from "../../base/model-name.ts";
import type { EmbedOptions, TextEmbedder } from "../../ports/embedder.ts";
import type { LateScorer, ScoreOptions } from "../../ports/reranker.ts";
import { LazyModel, type LazyModelOptions } from "./lazy-model.ts";

/** Counts tokens, and is closed when the model can. */
type Counter = TokenCounting & { close(): void };
type TokenCounting = Pick<TextEmbedder, "countTokens" | "countLineTokens">;

export class LazyEmbedder<Loaded extends TextEmbedder & Partial<LateScorer>>
  extends LazyModel<Loaded>
  implements TextEmbedder, LateScorer
{
  readonly modelId: string;
  readonly dimensions: number;
  readonly vectors: string | undefined;
  readonly maxTokens: number;
  readonly #loadCounter: (() => Promise<Counter>) | undefined;
  #counting: Promise<Counter> | undefined;

  /** @param loadCounter loads the tokeniser alone, for light() */
  constructor(
    model: ModelName & { maxTokens: number },
    load: () => Promise<Loaded>,
    loadCounter?: () => Promise<Counter>,
    options: LazyModelOptions = {},
  ) {
    super(`model ${model.id}`, load, options);
    this.#loadCounter = loadCounter;
    this.modelId = model.id;
    this.dimensions = model.dimensions;
    this.vectors = model.vectors;
    this.maxTokens = model.maxTokens;
  }

  override async use<T>(run: (loaded: Loaded) => Promise<T>, why?: string): Promise<T> {
    return await super.use(async (loaded) => {
      await this.#closeCounter();
      return await run(loaded);
    }, why);
  }

  async embed(texts: readonly string[], options?: EmbedOptions): Promise<Float32Array> {
    if (texts.length === 0) return new Float32Array(0);
    const kind = options?.kind === "query" ? "query" : "text";
    const stages = this.loaded === undefined ? options?.stages : undefined;
    const asked = performance.now();
    return await this.use(async (loaded) => {
      if (stages !== undefined) {
        stages.add("open", asked);
        stages.facts.model = this.modelId;
      }
      const vectors = await loaded.embed(texts, options);
      footprintEvents.look();
      return vectors;
    }, `a ${kind} was to be embedded`);
  }

  async late(
    query: string,
    passages: readonly string[],
    options?: ScoreOptions,
  ): Promise<Float32Array> {
    return await this.use(async (loaded) => {
      const scores = await loaded.late?.(query, passages, options);
      if (scores !== undefined) return scores;
      throw new HaypileError("HAYPILE_USAGE", `The model ${this.modelId} has no rows of tokens.`);
    }, "hits were to be compared token by token");
  }

  async countTokens(texts: readonly string[]): Promise<Uint32Array> {
    if (texts.length === 0) return new Uint32Array(0);
    return await this.use((loaded) => loaded.countTokens(texts), "tokens were to be counted");
  }

  async countLineTokens(text: string): Promise<Uint32Array> {
    return await this.use((loaded) => countLines(loaded, text), "tokens were to be counted");
  }

  /**
   * The same embedder, for work that counts long before it embeds, or ends without a vector: it counts
   * with the tokeniser alone until something else has the model loaded.
   */
  light(): TextEmbedder {
    const { modelId, dimensions, vectors, maxTokens } = this;
    return {
      modelId,
      dimensions,
      vectors,
      maxTokens,
      embed: (texts, options) => this.embed(texts, options),
      countTokens: (texts) => this.#counted((tokens) => tokens.countTokens(texts)),
      countLineTokens: (text) => this.#counted((tokens) => countLines(tokens, text)),
      close: () => this.close(),
    };
  }

  /** The model where it is loaded or being loaded, else its tokeniser alone. */
  async #counted<T>(count: (tokens: TokenCounting) => Promise<T>): Promise<T> {
    if (this.isStarted || this.#loadCounter === undefined) return await this.use(count);
    this.#counting ??= this.#loadCounter();
    let counter: Counter;
    try {
      counter = await this.#counting;
    } catch (error) {
      this.#counting = undefined;
      throw error;
    }
    return await count(counter);
  }

  /** Counts in flight hold what they need. */
  async #closeCounter(): Promise<void> {
    const counting = this.#counting;
    this.#counting = undefined;
    (await counting?.catch(() => undefined))?.close();
  }

  override async close(): Promise<void> {
    await this.#closeCounter();
    await super.close();
  }
}

async function countLines(tokens: TokenCounting, text: string): Promise<Uint32Array> {
  return (await tokens.countLineTokens?.(text)) ?? (await tokens.countTokens(text.split("\n")));
}
