/*
 * A static embedding model: a mapped copy of a table of token vectors, added up in the core. No ONNX Runtime,
 * no memory to speak of, and hundreds of times the speed of a transformer; the quality of a good
 * word search that knows synonyms.
 */
import { HaypileError } from "../base/errors.ts";
import type { EmbedOptions, TextEmbedder } from "../ports/embedder.ts";
import type { ModelTokenizer, PieceReader, Reads } from "../ports/tokenizer.ts";
import type { NativeStaticEmbedder, NativeTokenizer } from "./binding.ts";
import { checkEmbed, checkTexts } from "./check-embed.ts";
import { loadBinding } from "./load.ts";
import { awaitNative, callNative } from "./native-error.ts";
import { tokensAsked, unreadOf } from "./unread.ts";
import { nextTurn, windowsOf } from "./windows.ts";

export interface StaticEmbedderOptions {
  modelId: string;
  /** The table: see native/core/static_table.h. */
  modelPath: string;
  /** BERT WordPiece only. */
  tokenizer: ModelTokenizer;
  dimensions: number;
  maxTokens: number;
  /** Where the copy of the table lies that is mapped, without a name. "" or one that is not there: in memory. */
  scratchFolder: string;
  addonFolder?: string | undefined;
  /** As for ONNX models: texts that it does not take get a vector of zeros. */
  reads?: ((pieces: PieceReader) => Reads) | undefined;
}

export class StaticEmbedder implements TextEmbedder {
  readonly modelId: string;
  readonly dimensions: number;
  readonly maxTokens: number;
  readonly #native: NativeStaticEmbedder;
  readonly #tokenizer: NativeTokenizer;
  readonly #inFlight = new Set<Promise<unknown>>();
  readonly #reads: Reads | undefined;
  #isClosed = false;

  /** @throws HaypileError HAYPILE_MODEL_MISSING, HAYPILE_MODEL_DAMAGED, HAYPILE_MODEL_INVALID */
  constructor(options: StaticEmbedderOptions) {
    const { tokenizer, modelPath, dimensions } = options;
    if (tokenizer.kind !== "wordpiece") {
      throw new HaypileError(
        "HAYPILE_MODEL_INVALID",
        `Expected a BERT WordPiece tokenizer for the static model ${options.modelId}, got another kind.`,
      );
    }
    const { spec } = tokenizer;
    const masks = spec.addedTokens.filter(({ content }) => content === "[MASK]");
    const dropped = [
      spec.unknownId,
      spec.padId,
      spec.classifyId,
      spec.separateId,
      ...masks.map(({ id }) => id),
    ];
    const binding = loadBinding(options.addonFolder);
    this.#tokenizer = new binding.Tokenizer(spec);
    const { scratchFolder } = options;
    this.#native = callNative(
      () =>
        new binding.StaticEmbedder(
          modelPath,
          this.#tokenizer,
          Int32Array.from(dropped),
          scratchFolder,
        ),
    );
    if (this.#native.dimensions !== dimensions) {
      const found = this.#native.dimensions;
      this.#native.close();
      throw new HaypileError(
        "HAYPILE_MODEL_INVALID",
        `Expected vectors of ${dimensions} numbers, as its description says, but ${modelPath} has ${found}.`,
        { data: { expected: dimensions, found } },
      );
    }
    this.#reads = options.reads?.({
      encode: (text) => this.#tokenizer.encode(text, tokensAsked),
      unknownId: spec.unknownId,
    });
    this.modelId = options.modelId;
    this.dimensions = dimensions;
    this.maxTokens = options.maxTokens;
  }

  /** There is no session to report on. */
  report(): undefined {
    return undefined;
  }

  async embed(texts: readonly string[], options: EmbedOptions = {}): Promise<Float32Array> {
    this.#assertOpen();
    checkEmbed(texts, options);
    const out = new Float32Array(texts.length * this.dimensions);
    for (const window of windowsOf(texts, "")) {
      if (options.signal?.aborted) {
        throw new HaypileError("HAYPILE_ABORTED", "Embedding was stopped by its caller.");
      }
      out.set(
        await this.#track(() => this.#native.embed(window.texts)),
        window.begin * this.dimensions,
      );
      for (const at of unreadOf(window.texts, this.#reads)) {
        const row = (window.begin + at) * this.dimensions;
        out.fill(0, row, row + this.dimensions);
      }
      const textsDone = window.begin + window.texts.length;
      options.onProgress?.({ textsDone, textsTotal: texts.length, tokensDone: 0 });
      await nextTurn();
    }
    return out;
  }

  async countTokens(texts: readonly string[]): Promise<Uint32Array> {
    this.#assertOpen();
    checkTexts("countTokens()", texts);
    const counts = new Uint32Array(texts.length);
    for (const window of windowsOf(texts, "")) {
      counts.set(await this.#track(() => this.#tokenizer.count(window.texts)), window.begin);
      await nextTurn();
    }
    return counts;
  }

  async countLineTokens(text: string): Promise<Uint32Array> {
    this.#assertOpen();
    return await this.#track(() => this.#tokenizer.countLines(text));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#inFlight);
    this.#native.close();
    this.#tokenizer.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #track<T>(call: () => Promise<T>): Promise<T> {
    const running = awaitNative(call);
    this.#inFlight.add(running);
    try {
      return await running;
    } finally {
      this.#inFlight.delete(running);
    }
  }

  #assertOpen(): void {
    if (this.#isClosed) {
      throw new HaypileError("HAYPILE_CLOSED", "The embedder was closed before this call.");
    }
  }
}
