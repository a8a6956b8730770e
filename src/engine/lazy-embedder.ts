/* An embedder that loads its model at the first text: a run with nothing to embed loads none. */
import { memoryEvents } from "../base/events.ts";
import type { EmbedOptions, TextEmbedder } from "../ports/embedder.ts";
import { LazyModel } from "./lazy-model.ts";

/** Counts tokens, and is closed when the model can. */
type Counter = TokenCounting & { close(): void };
type TokenCounting = Pick<TextEmbedder, "countTokens" | "countLineTokens">;

export class LazyEmbedder<Loaded extends TextEmbedder>
  extends LazyModel<Loaded>
  implements TextEmbedder
{
  readonly modelId: string;
  readonly dimensions: number;
  readonly maxTokens: number;
  readonly #loadCounter: (() => Promise<Counter>) | undefined;
  #counting: Promise<Counter> | undefined;

  /** @param loadCounter loads the tokeniser alone, for light() */
  constructor(
    model: { id: string; dimensions: number; maxTokens: number },
    load: () => Promise<Loaded>,
    loadCounter?: () => Promise<Counter>,
  ) {
    super(`model ${model.id}`, load);
    this.#loadCounter = loadCounter;
    this.modelId = model.id;
    this.dimensions = model.dimensions;
    this.maxTokens = model.maxTokens;
  }

  override async ready(why?: string): Promise<Loaded> {
    const loaded = await super.ready(why);
    await this.#closeCounter();
    return loaded;
  }

  async embed(texts: readonly string[], options?: EmbedOptions): Promise<Float32Array> {
    if (texts.length === 0) return new Float32Array(0);
    const kind = options?.kind === "query" ? "query" : "text";
    const loaded = await this.ready(`a ${kind} was to be embedded`);
    const vectors = await loaded.embed(texts, options);
    memoryEvents.look();
    return vectors;
  }

  async countTokens(texts: readonly string[]): Promise<Uint32Array> {
    if (texts.length === 0) return new Uint32Array(0);
    return await (await this.ready("tokens were to be counted")).countTokens(texts);
  }

  async countLineTokens(text: string): Promise<Uint32Array> {
    return await countLines(await this.ready("tokens were to be counted"), text);
  }

  /**
   * The same embedder, for work that ends without a vector: it counts with the tokeniser alone. Other work
   * loads the model first, so that a model that cannot be used is told before anything is stored.
   */
  light(): TextEmbedder {
    const { modelId, dimensions, maxTokens } = this;
    return {
      modelId,
      dimensions,
      maxTokens,
      embed: (texts, options) => this.embed(texts, options),
      countTokens: async (texts) => await (await this.#tokens()).countTokens(texts),
      countLineTokens: async (text) => await countLines(await this.#tokens(), text),
      close: () => this.close(),
    };
  }

  /** The model where it is loaded or being loaded, else its tokeniser alone. */
  async #tokens(): Promise<TokenCounting> {
    if (this.isStarted || this.#loadCounter === undefined) return await this.ready();
    this.#counting ??= this.#loadCounter();
    try {
      return await this.#counting;
    } catch (error) {
      this.#counting = undefined;
      throw error;
    }
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
