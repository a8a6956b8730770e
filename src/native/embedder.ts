/*
 * The embedder over the native core. Texts go to the core in windows, so that no turn of the event
 * loop converts more than a few hundred kilobytes of strings, and memory does not grow with the
 * number of texts. Two windows are in flight: the workers always have work. The core sorts each
 * window by length, runs it in batches of at most `tokensPerRun` padded tokens, and writes the
 * vectors into the result array that JS owns. Packed weights need no padding: their batches keep the order.
 */
import { HaypileError } from "../base/errors.ts";
import type { StageFacts } from "../base/stages.ts";
import type { SessionReport } from "../ports/answers/index-facts.ts";
import type { EmbedOptions, TextEmbedder } from "../ports/embedder.ts";
import type { LateScorer, ScoreOptions } from "../ports/reranker.ts";
import type { LibraryTokenizer, PieceReader, Reads } from "../ports/tokenizer.ts";
import type { NativeEmbedder, NativeTokenizer } from "./binding.ts";
import { checkEmbed, checkTexts } from "./check-embed.ts";
import { bindingFor, loadRuntime } from "./load.ts";
import { awaitNative, callNative } from "./native-error.ts";
import { isLibrary, nativeOptions, type OnnxModelOptions } from "./onnx-options.ts";
import { countLineTokens, countTokens } from "./token-counter.ts";
import { tokensAsked, unreadOf } from "./unread.ts";
import { longestText, nextTurn, windowsOf } from "./windows.ts";

const windowsInFlight = 2;
/** Of a query and a passage so many count in late(), special ones included: a function's head and its first lines. */
const lateTokens = 66;

export interface OnnxEmbedderOptions extends OnnxModelOptions {
  dimensions: number;
  pooling?: "graph" | "mean" | "cls" | undefined;
  prefixes?: { query: string; passage: string } | undefined;
  /**
   * Made when the tokeniser is there. Texts that it does not take get a vector of zeros: the model cannot read them,
   * and what it would say of them would be near to whatever else it cannot read.
   */
  reads?: ((pieces: PieceReader) => Reads) | undefined;
  /** What each word of the vocabulary counts by in late(), 0 to 255; undefined: it has none. */
  worth?: Uint8Array | undefined;
}

/** A loaded embedding model with runs: an ONNX graph, or packed weights. */
export class OnnxEmbedder implements TextEmbedder, LateScorer {
  readonly modelId: string;
  readonly dimensions: number;
  readonly maxTokens: number;
  readonly #native: NativeEmbedder;
  readonly #tokenizer: NativeTokenizer | LibraryTokenizer;
  readonly #prefixes: { query: string; passage: string };
  readonly #reads: Reads | undefined;
  readonly #worth: Uint8Array | undefined;
  #nextJob = 1;
  /** Calls at work: those that somebody waits for, and the others. */
  readonly #atWork = { interactive: 0, background: 0 };
  #closing: Promise<void> | undefined;

  private constructor(
    options: OnnxEmbedderOptions,
    native: NativeEmbedder,
    tokenizer: NativeTokenizer | LibraryTokenizer,
  ) {
    this.modelId = options.modelId;
    this.dimensions = options.dimensions;
    this.maxTokens = options.maxTokens;
    this.#native = native;
    this.#tokenizer = tokenizer;
    this.#prefixes = options.prefixes ?? { query: "", passage: "" };
    const { tokenizer: kind } = options;
    this.#worth = options.worth;
    this.#reads = options.reads?.({
      encode: (text) => tokenizer.encode(text, tokensAsked),
      unknownId: kind.kind === "wordpiece" ? kind.spec.unknownId : undefined,
    });
  }

  /**
   * Loads a model off the JS thread.
   * @throws HaypileError HAYPILE_MODEL_MISSING, HAYPILE_MODEL_DAMAGED, HAYPILE_MODEL_INVALID,
   *   HAYPILE_NATIVE_MISSING, HAYPILE_USAGE
   */
  static async load(options: OnnxEmbedderOptions): Promise<OnnxEmbedder> {
    const loaded = await OnnxEmbedder.#load(options, false);
    if (loaded !== undefined) return loaded;
    throw new HaypileError("HAYPILE_INTERNAL", `The model ${options.modelPath} was not loaded.`);
  }

  /**
   * Loads a model that the cache folder knows or none: undefined when it has no good graph of exactly this
   * file, and for packed weights when these were not loaded from it before. Same errors as load().
   */
  static async loadCached(options: OnnxEmbedderOptions): Promise<OnnxEmbedder | undefined> {
    return await OnnxEmbedder.#load(options, true);
  }

  static async #load(
    options: OnnxEmbedderOptions,
    cacheOnly: boolean,
  ): Promise<OnnxEmbedder | undefined> {
    const binding = bindingFor(options);
    const tokenizer =
      options.tokenizer.kind === "wordpiece"
        ? new binding.Tokenizer(options.tokenizer.spec)
        : options.tokenizer.tokenizer;
    const native = await awaitNative(() =>
      binding.Embedder.load(
        nativeOptions(binding, options, tokenizer, {
          dimensions: options.dimensions,
          pooling: options.pooling ?? "graph",
          cacheOnly,
        }),
      ),
    );
    return native && new OnnxEmbedder(options, native, tokenizer);
  }

  /** The options of the session as they took effect, and how the model was loaded. */
  report(): SessionReport {
    return this.#native.report();
  }

  async embed(given: readonly string[], options: EmbedOptions = {}): Promise<Float32Array> {
    this.#assertOpen();
    checkEmbed(given, options);
    const unread = unreadOf(given, this.#reads);
    const texts = unread.size === 0 ? given : given.map((text, at) => (unread.has(at) ? "" : text));
    const { signal } = options;
    if (signal?.aborted) throw aborted();
    const out = new Float32Array(texts.length * this.dimensions);
    const { kind = "passage", urgency = kind === "query" ? "interactive" : "background" } = options;
    const prefix = this.#prefixes[kind];
    const jobs = new Set<number>();
    const stop = (): void => {
      for (const job of jobs) this.#native.cancel(job);
    };
    signal?.addEventListener("abort", stop);
    let textsDone = 0;
    let tokensDone = 0;
    const { stages } = options;
    if (stages !== undefined) stages.facts.behind = this.#behind;
    this.#atWork[urgency] += 1;
    let failure: { error: unknown } | undefined; // thrown by the caller's own onProgress
    let failed: { error: unknown } | undefined; // the first window that failed, also while nobody waited for it
    const onRun = (inWindow: { texts: number; tokens: number }) => (at: number, tokens: number) => {
      textsDone += at - inWindow.texts;
      tokensDone += tokens - inWindow.tokens;
      inWindow.texts = at;
      inWindow.tokens = tokens;
      try {
        options.onProgress?.({ textsDone, textsTotal: texts.length, tokensDone });
      } catch (error) {
        failure ??= { error };
        stop();
      }
    };

    const running = new Set<Promise<void>>();
    try {
      for (const window of windowsOf(texts, prefix)) {
        if (signal?.aborted) throw aborted();
        if (failed !== undefined) break;
        const job = this.#nextJob++;
        jobs.add(job);
        const rows = out.subarray(
          window.begin * this.dimensions,
          (window.begin + window.texts.length) * this.dimensions,
        );
        const progress = options.onProgress && onRun({ texts: 0, tokens: 0 });
        const isUrgent = urgency === "interactive";
        const asked = performance.now();
        const done = this.#run(window.texts, rows, job, progress, isUrgent)
          .then((queuedMs) => {
            // A core that does not say how long it waited: all of it was the model's.
            stages?.add("queue", asked, asked + (queuedMs ?? 0));
            stages?.add("embed", asked);
          })
          .finally(() => {
            jobs.delete(job);
            running.delete(done);
          });
        running.add(done);
        done.catch((error: unknown) => {
          failed ??= { error };
        });
        await nextTurn();
        if (running.size >= windowsInFlight) await Promise.race(running);
      }
      await Promise.all(running);
      // One that failed before it was waited for is not among them any more.
      if (failed !== undefined) throw failed.error;
    } catch (error) {
      stop();
      await Promise.allSettled(running);
      if (failure !== undefined) throw failure.error;
      throw signal?.aborted ? aborted() : error;
    } finally {
      this.#atWork[urgency] -= 1;
      signal?.removeEventListener("abort", stop);
    }
    for (const at of unread) out.fill(0, at * this.dimensions, (at + 1) * this.dimensions);
    return out;
  }

  async late(
    query: string,
    passages: readonly string[],
    { signal }: ScoreOptions = {},
  ): Promise<Float32Array> {
    this.#assertOpen();
    checkTexts("late()", passages);
    if (signal?.aborted) throw aborted();
    const worth = this.#worth;
    if (worth === undefined) {
      throw new HaypileError(
        "HAYPILE_USAGE",
        `Expected a model with BERT's vocabulary for late interaction, but got ${this.modelId}.`,
        { data: { model: this.modelId } },
      );
    }
    const scores = new Float32Array(passages.length);
    const job = this.#nextJob++;
    const stop = (): void => this.#native.cancel(job);
    signal?.addEventListener("abort", stop);
    const cut = (text: string): string => text.slice(0, longestText);
    const texts = passages.map(cut);
    try {
      await awaitNative(() => this.#native.late(cut(query), texts, worth, lateTokens, scores, job));
    } catch (error) {
      throw signal?.aborted ? aborted() : error;
    } finally {
      signal?.removeEventListener("abort", stop);
    }
    return scores;
  }

  async countTokens(texts: readonly string[]): Promise<Uint32Array> {
    this.#assertOpen();
    checkTexts("countTokens()", texts);
    return await countTokens(this.#tokenizer, texts);
  }

  async countLineTokens(text: string): Promise<Uint32Array> {
    this.#assertOpen();
    return await countLineTokens(this.#tokenizer, text);
  }

  /** Gives memory freed by past work back to the operating system. */
  releaseMemory(): void {
    if (this.#closing === undefined) this.#native.releaseMemory();
  }

  /**
   * Uses at most so many workers and tokens a run from the next run on: what it was loaded with, or less.
   */
  tune(limits: { workers: number; tokensPerRun: number }): void {
    if (this.#closing === undefined) this.#native.tune(limits.workers, limits.tokensPerRun);
  }

  close(): Promise<void> {
    this.#closing ??= awaitNative(() => this.#native.close()).finally(() => {
      if (!isLibrary(this.#tokenizer)) this.#tokenizer.close();
    });
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #run(
    texts: string[],
    rows: Float32Array,
    job: number,
    onRun: ((textsDone: number, tokensDone: number) => void) | undefined,
    isUrgent: boolean,
  ): Promise<number | undefined> {
    const tokenizer = this.#tokenizer;
    if (!isLibrary(tokenizer)) {
      return await awaitNative(() => this.#native.embed(texts, rows, job, onRun, isUrgent));
    }
    const tokens: Int32Array[] = [];
    for (const [i, text] of texts.entries()) {
      tokens.push(tokenizer.encode(text, this.maxTokens));
      if (i % 16 === 15) await nextTurn();
    }
    const lengths = Uint32Array.from(tokens, (ids) => ids.length);
    const ids = new Int32Array(lengths.reduce((sum, length) => sum + length, 0));
    let at = 0;
    for (const part of tokens) {
      ids.set(part, at);
      at += part.length;
    }
    return await awaitNative(() =>
      this.#native.embedTokens(ids, lengths, rows, job, onRun, isUrgent),
    );
  }

  /** What a question that comes now has to wait for. */
  get #behind(): StageFacts["behind"] {
    if (this.#atWork.background > 0) return "passages";
    return this.#atWork.interactive > 0 ? "questions" : undefined;
  }

  #assertOpen(): void {
    if (this.#closing === undefined) return;
    throw new HaypileError("HAYPILE_CLOSED", "The embedder was closed before this call.");
  }
}

/** Which execution providers work on this machine, and why the others do not. */
export function probeProviders(
  addonFolder?: string,
): { provider: string; available: boolean; reason: string }[] {
  const { binding } = loadRuntime(addonFolder);
  return ["cpu", "cuda", "coreml"].map((provider) => ({
    provider,
    ...callNative(() => binding.runtime.probe(provider)),
  }));
}

function aborted(): HaypileError {
  return new HaypileError("HAYPILE_ABORTED", "Embedding was stopped by its caller.");
}
