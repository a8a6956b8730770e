import { abortedError } from "../../src/base/abort.ts";
import type { EmbedOptions, TextEmbedder } from "../../src/ports/embedder.ts";

/**
 * A deterministic embedder without a model: each word, and each run of three letters in it, adds
 * to one signed position; the sum is scaled to length one. Texts that share words are near.
 */
export class HashEmbedder implements TextEmbedder {
  readonly modelId: string;
  readonly dimensions: number;
  readonly maxTokens: number;
  /** Every text embedded so far, in order: tests count them. */
  readonly embedded: string[] = [];
  /** Calls of embed() at work now, and the most at once. */
  atWork = 0;
  mostAtWork = 0;

  constructor(options: { modelId?: string; dimensions?: number; maxTokens?: number } = {}) {
    this.modelId = options.modelId ?? "hash";
    this.dimensions = options.dimensions ?? 64;
    this.maxTokens = options.maxTokens ?? 256;
  }

  async embed(texts: readonly string[], options: EmbedOptions = {}): Promise<Float32Array> {
    this.atWork += 1;
    this.mostAtWork = Math.max(this.mostAtWork, this.atWork);
    try {
      const vectors = new Float32Array(texts.length * this.dimensions);
      let tokensDone = 0;
      for (let index = 0; index < texts.length; index += 1) {
        if (index % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
        if (options.signal?.aborted) throw abortedError("Embedding");
        const text = texts[index] as string;
        this.#write(text, vectors.subarray(index * this.dimensions, (index + 1) * this.dimensions));
        if (options.kind !== "query") this.embedded.push(text);
        tokensDone += countWords(text);
        options.onProgress?.({ textsDone: index + 1, textsTotal: texts.length, tokensDone });
      }
      return vectors;
    } finally {
      this.atWork -= 1;
    }
  }

  async countTokens(texts: readonly string[]): Promise<Uint32Array> {
    return Uint32Array.from(texts, countWords);
  }

  async close(): Promise<void> {}

  #write(text: string, row: Float32Array): void {
    for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
      this.#add(word, 1, row);
      for (let start = 0; start + 3 <= word.length; start += 1) {
        this.#add(word.slice(start, start + 3), 0.3, row);
      }
    }
    let squares = 0;
    for (const value of row) squares += value * value;
    if (squares === 0) row[0] = 1;
    else row.set(row.map((value) => value / Math.sqrt(squares)));
  }

  #add(key: string, weight: number, row: Float32Array): void {
    const state = hash(key);
    const place = (state >>> 1) % row.length;
    row[place] = (row[place] as number) + (state & 1 ? weight : -weight);
  }
}

/** Words of up to four letters or digits, and signs: like word pieces, additive at white space. */
function countWords(text: string): number {
  return text.match(/[\p{L}\p{N}]{1,4}|[^\s\p{L}\p{N}]/gu)?.length ?? 0;
}

function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
  }
  return (state ^ (state >>> 15)) >>> 0;
}
