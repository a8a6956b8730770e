/* An embedder that loads its model at the first text: a run with nothing to embed loads none. */
import { HaypileError } from "../base/errors.ts";
import type { EmbedOptions, TextEmbedder } from "../ports/embedder.ts";

/** Counts tokens, and is closed when the model can. */
type Counter = TokenCounting & { close(): void };
type TokenCounting = Pick<TextEmbedder, "countTokens" | "countLineTokens">;

export class LazyEmbedder<Loaded extends TextEmbedder> implements TextEmbedder {
  readonly modelId: string;
  readonly dimensions: number;
  readonly maxTokens: number;
  readonly #load: () => Promise<Loaded>;
  readonly #loadCounter: (() => Promise<Counter>) | undefined;
  #loading: Promise<Loaded> | undefined;
  #counting: Promise<Counter> | undefined;
  #loaded: Loaded | undefined;
  #closed = false;

  /** @param loadCounter loads the tokeniser alone, for light() */
  constructor(
    model: { id: string; dimensions: number; maxTokens: number },
    load: () => Promise<Loaded>,
    loadCounter?: () => Promise<Counter>,
  ) {
    this.#loadCounter = loadCounter;
    this.modelId = model.id;
    this.dimensions = model.dimensions;
    this.maxTokens = model.maxTokens;
    this.#load = load;
  }

  /** The loaded embedder; undefined while no text was given. */
  get loaded(): Loaded | undefined {
    return this.#loaded;
  }

  /** Loads now. A failed load is tried again at the next call. */
  async ready(): Promise<Loaded> {
    if (this.#closed) {
      throw new HaypileError("HAYPILE_CLOSED", "The engine was closed before this call.");
    }
    this.#loading ??= this.#load();
    try {
      this.#loaded = await this.#loading;
      await this.#closeCounter();
      return this.#loaded;
    } catch (error) {
      this.#loading = undefined;
      throw error;
    }
  }

  async embed(texts: readonly string[], options?: EmbedOptions): Promise<Float32Array> {
    if (texts.length === 0) return new Float32Array(0);
    return await (await this.ready()).embed(texts, options);
  }

  async countTokens(texts: readonly string[]): Promise<Uint32Array> {
    if (texts.length === 0) return new Uint32Array(0);
    return await (await this.ready()).countTokens(texts);
  }

  async countLineTokens(text: string): Promise<Uint32Array> {
    return await countLines(await this.ready(), text);
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
    if (this.#loading !== undefined || this.#loadCounter === undefined || this.#closed) {
      return await this.ready();
    }
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

  async close(): Promise<void> {
    this.#closed = true;
    await this.#closeCounter();
    const loaded = await this.#loading?.catch(() => undefined);
    await loaded?.close();
  }
}

async function countLines(tokens: TokenCounting, text: string): Promise<Uint32Array> {
  return (await tokens.countLineTokens?.(text)) ?? (await tokens.countTokens(text.split("\n")));
}
