/*
 * The reranker over the native core: pairs of the query and each passage are tokenised, sorted by
 * length and run there as texts of an embedder are, on threads of its own.
 */
import { HaypileError } from "../base/errors.ts";
import type { SessionReport } from "../ports/answers/index-facts.ts";
import type { Reranker, ScoreOptions } from "../ports/reranker.ts";
import type { NativeReranker, NativeTokenizer } from "./binding.ts";
import { bindingFor } from "./load.ts";
import { awaitNative } from "./native-error.ts";
import { nativeOptions, type OnnxModelOptions } from "./onnx-options.ts";
import { longestText, nextTurn, windowsOf } from "./windows.ts";

/** A loaded cross-encoder: an ONNX graph, or packed weights. */
export class OnnxReranker implements Reranker {
  readonly modelId: string;
  readonly maxTokens: number;
  readonly #native: NativeReranker;
  readonly #tokenizer: NativeTokenizer;
  #nextJob = 1;
  #closing: Promise<void> | undefined;

  private constructor(
    options: OnnxModelOptions,
    native: NativeReranker,
    tokenizer: NativeTokenizer,
  ) {
    this.modelId = options.modelId;
    this.maxTokens = options.maxTokens;
    this.#native = native;
    this.#tokenizer = tokenizer;
  }

  /**
   * Loads a model off the JS thread.
   * @throws HaypileError HAYPILE_MODEL_MISSING, HAYPILE_MODEL_DAMAGED, HAYPILE_MODEL_INVALID (it gives
   *   no scores, or its tokenizer is no BERT WordPiece), HAYPILE_NATIVE_MISSING, HAYPILE_USAGE
   */
  static async load(options: OnnxModelOptions): Promise<OnnxReranker> {
    const loaded = await OnnxReranker.#load(options, false);
    if (loaded !== undefined) return loaded;
    throw new HaypileError("HAYPILE_INTERNAL", `The model ${options.modelPath} was not loaded.`);
  }

  /** From the graph cache or not at all, as OnnxEmbedder.loadCached(). Same errors as load(). */
  static async loadCached(options: OnnxModelOptions): Promise<OnnxReranker | undefined> {
    return await OnnxReranker.#load(options, true);
  }

  static async #load(
    options: OnnxModelOptions,
    cacheOnly: boolean,
  ): Promise<OnnxReranker | undefined> {
    if (options.tokenizer.kind !== "wordpiece") {
      throw new HaypileError(
        "HAYPILE_MODEL_INVALID",
        `Expected a reranker of the BERT family, but the tokenizer of ${options.modelId} is no BERT WordPiece. Use another model.`,
        { data: { model: options.modelId } },
      );
    }
    const binding = bindingFor(options);
    const tokenizer = new binding.Tokenizer(options.tokenizer.spec);
    const native = await awaitNative(() =>
      binding.Reranker.load(
        nativeOptions(binding, options, tokenizer, { dimensions: 1, pooling: "graph", cacheOnly }),
      ),
    );
    return native && new OnnxReranker(options, native, tokenizer);
  }

  /** The options of the session as they took effect, and how the model was loaded. */
  report(): SessionReport {
    return this.#native.report();
  }

  async prepare(): Promise<void> {
    this.#assertOpen();
  }

  async score(
    query: string,
    passages: readonly string[],
    options: ScoreOptions = {},
  ): Promise<Float32Array> {
    this.#assertOpen();
    const { signal } = options;
    if (signal?.aborted) throw stopped();
    const scores = new Float32Array(passages.length);
    let job = 0;
    const stop = (): void => this.#native.cancel(job);
    signal?.addEventListener("abort", stop);
    try {
      for (const { begin, texts } of windowsOf(passages, "")) {
        if (signal?.aborted) throw stopped();
        job = this.#nextJob++;
        const part = scores.subarray(begin, begin + texts.length);
        const cut = query.slice(0, longestText);
        await awaitNative(() => this.#native.score(cut, texts, part, job));
        await nextTurn();
      }
    } catch (error) {
      throw signal?.aborted ? stopped() : error;
    } finally {
      signal?.removeEventListener("abort", stop);
    }
    return scores;
  }

  /** Gives memory freed by past work back to the operating system. */
  releaseMemory(): void {
    if (this.#closing === undefined) this.#native.releaseMemory();
  }

  close(): Promise<void> {
    this.#closing ??= awaitNative(() => this.#native.close()).finally(() => {
      this.#tokenizer.close();
    });
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #assertOpen(): void {
    if (this.#closing === undefined) return;
    throw new HaypileError("HAYPILE_CLOSED", "The reranker was closed before this call.");
  }
}

function stopped(): HaypileError {
  return new HaypileError("HAYPILE_ABORTED", "Reranking was stopped by its caller.");
}
