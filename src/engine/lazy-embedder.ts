/* An embedder that loads its model at the first text: a run with nothing to embed loads none. */
import { HaypileError } from "../base/errors.ts";
import type { EmbedOptions, TextEmbedder } from "../ports/embedder.ts";

export class LazyEmbedder<Loaded extends TextEmbedder> implements TextEmbedder {
  readonly modelId: string;
  readonly dimensions: number;
  readonly maxTokens: number;
  readonly #load: () => Promise<Loaded>;
  #loading: Promise<Loaded> | undefined;
  #loaded: Loaded | undefined;
  #closed = false;

  constructor(
    model: { id: string; dimensions: number; maxTokens: number },
    load: () => Promise<Loaded>,
  ) {
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
    const loaded: TextEmbedder = await this.ready();
    return (await loaded.countLineTokens?.(text)) ?? (await loaded.countTokens(text.split("\n")));
  }

  async close(): Promise<void> {
    this.#closed = true;
    const loaded = await this.#loading?.catch(() => undefined);
    await loaded?.close();
  }
}
