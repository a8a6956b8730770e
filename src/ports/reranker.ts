/** Looks at a query and a passage together and says how well the one answers the other. */
export interface Reranker {
  /** Name of the model, for people. */
  readonly modelId: string;
  /** Most tokens of a pair that reach the model, special tokens included. */
  readonly maxTokens: number;

  /** Loads the model, if it is not yet loaded. score() does it too. */
  prepare(): Promise<void>;

  /**
   * One score a passage, in their order; higher is better. Only scores of one query compare. Pairs
   * that are too long lose the end of the longer text.
   *
   * @throws HaypileError HAYPILE_ABORTED, HAYPILE_CLOSED, HAYPILE_MODEL_INVALID when a score is no
   *   number, HAYPILE_RUNTIME_FAILED
   */
  score(query: string, passages: readonly string[], options?: ScoreOptions): Promise<Float32Array>;

  /** Waits for work in flight, then frees the model. A second call is harmless. */
  close(): Promise<void>;
}

export interface ScoreOptions {
  /** Stops the work, also inside a run of the model. */
  signal?: AbortSignal | undefined;
}

/** Compares a query with passages token by token, by the rows that the embedding model gives before they are summed. */
export interface LateScorer {
  /** Name of the model. */
  readonly modelId: string;

  /**
   * One number a passage, in their order, -1 to 1: each token of the query looks for its nearest of the passage, and
   * the mean of those cosines is taken, by how rare the words are. Only the beginning of each text counts (`lateTokens`
   * of src/native/embedder.ts). The same bits on every CPU, whatever else runs. 0 where the query or the passage has no words.
   *
   * @throws HaypileError HAYPILE_ABORTED, HAYPILE_CLOSED, HAYPILE_USAGE when the model is no one of packed weights that
   *   run direct
   */
  late(query: string, passages: readonly string[], options?: ScoreOptions): Promise<Float32Array>;
}
