import type { ModelName } from "../base/model-name.ts";
import type { StageNotes } from "../base/stages.ts";

/** What any embedder gives: texts in, one matrix of unit vectors out. */
export interface TextEmbedder {
  /** Name of the model, as kept in the index ("all-minilm-l6-v2"). */
  readonly modelId: string;
  /** Length of one vector. */
  readonly dimensions: number;
  /** The format of its vectors: another one where the same text gets other bits. Undefined: it does not say. */
  readonly vectors?: string | undefined;
  /** Most tokens of one text that reach the model, special tokens included. */
  readonly maxTokens: number;

  /**
   * Embeds `texts`. Row i of the result (i * dimensions …) is the unit vector of texts[i].
   * An empty list gives an empty array; an empty string gets the vector of the empty text. In an engine a text that
   * the model cannot read (another script than it was trained on) gets zeros, and is found by its words alone.
   *
   * @throws HaypileError HAYPILE_ABORTED, HAYPILE_CLOSED, HAYPILE_RUNTIME_FAILED, HAYPILE_MODEL_INVALID when a
   *   vector is no number
   */
  embed(texts: readonly string[], options?: EmbedOptions): Promise<Float32Array>;

  /**
   * Counts the tokens of each text without special tokens and without truncation.
   * For texts split at white space, the counts add up.
   */
  countTokens(texts: readonly string[]): Promise<Uint32Array>;

  /**
   * The same for each line of a text, lines ending with "\n": one number more than it has line ends.
   * An empty line has none. Embedders that cannot do it faster have no such method.
   */
  readonly countLineTokens?: ((text: string) => Promise<Uint32Array>) | undefined;

  /**
   * Takes the model that its file has now: the memories may change theirs while they are open. Name, dimensions and
   * format are right after it. Embedders of one model have no such method.
   */
  readonly follow?: (() => Promise<void>) | undefined;

  /** Vectors of this name are of the model that runs here. Without it: their names tell. */
  readonly isOf?: ((there: ModelName) => boolean) | undefined;

  /** They are of an older format, and may be searched with vectors of this one. Without it: none may. */
  readonly isComparable?: ((there: ModelName) => boolean) | undefined;

  /** Waits for work in flight, then frees the model. A second call is harmless. */
  close(): Promise<void>;
}

export interface EmbedOptions {
  /** Queries and passages have different prefixes with some models. Default "passage". */
  kind?: "query" | "passage" | undefined;
  /**
   * "interactive": somebody waits for it, so it goes before everything in the background, whatever the sizes.
   * Default: interactive for queries, else background.
   */
  urgency?: "interactive" | "background" | undefined;
  /** Stops the work between two runs of the model. */
  signal?: AbortSignal | undefined;
  /** false: no cache of vectors is asked or filled. Default true. */
  cache?: boolean | undefined;
  /** Takes notes of where the time of a query went: loading the model, waiting for it, its run. @internal */
  stages?: StageNotes | undefined;
  /** Called on the JS thread after each run of the model. */
  onProgress?: ((progress: EmbedProgress) => void) | undefined;
}

export interface EmbedProgress {
  /** Texts done, of `textsTotal`. */
  textsDone: number;
  textsTotal: number;
  /** Tokens run so far in this call, without padding. */
  tokensDone: number;
}

/** Vectors that were made elsewhere, by the texts they are of: an exported index that is being imported. */
export interface KnownVectors {
  /**
   * Vectors of texts (context and text of a chunk), of unit length or zeros; undefined where there is none.
   * @throws HaypileError HAYPILE_IO
   */
  find(texts: readonly string[]): (Float32Array | undefined)[];
}
