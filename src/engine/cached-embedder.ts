/*
 * Asks the embedding cache before the model. A text has the same vector whatever file, folder, branch
 * or clone it stands in, so that a fresh index over known code embeds almost nothing.
 */
import { createHash } from "node:crypto";
import type { EmbedOptions, TextEmbedder } from "../ports/embedder.ts";
import type { EmbeddingCache } from "../ports/embedding-cache.ts";

/** Changes when the vectors of a text would differ for another reason than its model. */
const keyVersion = 1;

export class CachedEmbedder implements TextEmbedder {
  readonly #inner: TextEmbedder;
  readonly #openCache: () => EmbeddingCache;
  readonly #model: string;
  #cache: EmbeddingCache | undefined;
  /** Passages asked for, and those that were there. */
  readonly counts = { asked: 0, found: 0 };

  /** @param modelSum what tells this model's weights from any other's */
  constructor(inner: TextEmbedder, modelSum: string, openCache: () => EmbeddingCache) {
    this.#inner = inner;
    this.#openCache = openCache;
    this.#model = `${keyVersion} ${modelSum} ${inner.dimensions}`;
  }

  get modelId(): string {
    return this.#inner.modelId;
  }

  get dimensions(): number {
    return this.#inner.dimensions;
  }

  get maxTokens(): number {
    return this.#inner.maxTokens;
  }

  /** Queries pass through: they seldom come twice, and are short. */
  async embed(texts: readonly string[], options: EmbedOptions = {}): Promise<Float32Array> {
    if (options.kind === "query" || texts.length === 0)
      return await this.#inner.embed(texts, options);
    this.#cache ??= this.#openCache();
    const keys = texts.map((text) => this.#keyOf(text));
    // A damaged row may have any length.
    const known = this.#cache
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
        ...(onProgress !== undefined && {
          onProgress: (progress) =>
            onProgress({
              ...progress,
              textsDone: progress.textsDone + ahead,
              textsTotal: texts.length,
            }),
        }),
      },
    );
    missing.forEach((at, row) => {
      const vector = made.subarray(row * this.dimensions, (row + 1) * this.dimensions);
      result.set(vector, at * this.dimensions);
    });
    this.#cache.put(
      missing.map((at) => keys[at] as Uint8Array),
      made,
    );
    return result;
  }

  countTokens(texts: readonly string[]): Promise<Uint32Array> {
    return this.#inner.countTokens(texts);
  }

  async close(): Promise<void> {
    await this.#inner.close();
    this.#cache?.close();
    this.#cache = undefined;
  }

  #keyOf(text: string): Uint8Array {
    return createHash("sha256").update(`${this.#model}\0${text}`).digest().subarray(0, 16);
  }
}
