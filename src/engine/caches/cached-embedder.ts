/*
 * Asks the embedding cache before the model. A text has the same vector whatever file, folder, branch
 * or clone it stands in and however it is laid out, so that a fresh index over known code embeds almost
 * nothing.
 */
import { createHash } from "node:crypto";
import type { EmbedOptions, TextEmbedder } from "../../ports/embedder.ts";
import type { EmbeddingCache } from "../../ports/embedding-cache.ts";

/** Changes when the same chunk would get another vector, or another normal form. */
const keyVersion = 2;

/** The size of the cache is looked at after so many new vectors, some 10 MB, and at the end. */
const vectorsBetweenTrims = 20_000;

export interface CachedEmbedderOptions {
  /** What tells this model's weights from any other's. */
  modelSum: string;
  /**
   * The format of its vectors where model.json says one: another engine makes others of the same weights. Without it
   * the key is that of earlier versions, whose vectors are still right.
   */
  format?: string | undefined;
  /** Texts of one normal form have one vector (see normal-form.ts). Asked for once, when it is needed. */
  normalForm: () => Promise<(text: string) => string>;
  openCache: () => EmbeddingCache;
}

export class CachedEmbedder implements TextEmbedder {
  readonly #inner: TextEmbedder;
  readonly #options: CachedEmbedderOptions;
  readonly #model: string;
  #cache: EmbeddingCache | undefined;
  #putSinceTrim = 0;
  #normalForm: ((text: string) => string) | undefined;
  /** Passages asked for, and those that were there. */
  readonly counts = { asked: 0, found: 0 };

  constructor(inner: TextEmbedder, options: CachedEmbedderOptions) {
    this.#inner = inner;
    this.#options = options;
    const of = options.format === undefined ? "" : ` ${options.format}`;
    this.#model = `${keyVersion} ${options.modelSum} ${inner.dimensions}${of}`;
  }

  get modelId(): string {
    return this.#inner.modelId;
  }

  get dimensions(): number {
    return this.#inner.dimensions;
  }

  get vectors(): string | undefined {
    return this.#inner.vectors;
  }

  get maxTokens(): number {
    return this.#inner.maxTokens;
  }

  /** Queries pass through: they are remembered in memory, and seldom come again in another process. */
  async embed(texts: readonly string[], options: EmbedOptions = {}): Promise<Float32Array> {
    if (options.kind === "query" || options.cache === false || texts.length === 0)
      return await this.#inner.embed(texts, options);
    this.#normalForm ??= await this.#options.normalForm();
    this.#cache ??= this.#options.openCache();
    const cache = this.#cache;
    const normalForm = this.#normalForm;
    const keys = texts.map((text) => this.#keyOf(normalForm(text)));
    // A damaged row may have any length.
    const known = cache
      .get(keys)
      .map((vector) => (vector?.length === this.dimensions ? vector : undefined));
    const missing = [...known.keys()].filter((at) => known[at] === undefined);
    this.counts.asked += texts.length;
    this.counts.found += texts.length - missing.length;
    const result = new Float32Array(texts.length * this.dimensions);
    for (const [at, vector] of known.entries()) {
      if (vector !== undefined) result.set(vector, at * this.dimensions);
    }
    if (missing.length === 0) return result;
    const { onProgress } = options;
    const ahead = texts.length - missing.length;
    const made = await this.#inner.embed(
      missing.map((at) => texts[at] as string),
      {
        ...options,
        onProgress:
          onProgress === undefined
            ? undefined
            : (progress) =>
                onProgress({
                  ...progress,
                  textsDone: progress.textsDone + ahead,
                  textsTotal: texts.length,
                }),
      },
    );
    missing.forEach((at, row) => {
      const vector = made.subarray(row * this.dimensions, (row + 1) * this.dimensions);
      result.set(vector, at * this.dimensions);
    });
    cache.put(
      missing.map((at) => keys[at] as Uint8Array),
      made,
    );
    this.#putSinceTrim += missing.length;
    if (this.#putSinceTrim >= vectorsBetweenTrims) this.#trim(cache);
    return result;
  }

  countTokens(texts: readonly string[]): Promise<Uint32Array> {
    return this.#inner.countTokens(texts);
  }

  async countLineTokens(text: string): Promise<Uint32Array> {
    const inner = this.#inner;
    return (await inner.countLineTokens?.(text)) ?? (await inner.countTokens(text.split("\n")));
  }

  async close(): Promise<void> {
    await this.#inner.close();
    if (this.#cache !== undefined && this.#putSinceTrim > 0) this.#trim(this.#cache);
    this.#cache?.close();
    this.#cache = undefined;
  }

  #trim(cache: EmbeddingCache): void {
    this.#putSinceTrim = 0;
    cache.trim();
  }

  #keyOf(normalText: string): Uint8Array {
    return createHash("sha256").update(`${this.#model}\0${normalText}`).digest().subarray(0, 16);
  }
}
