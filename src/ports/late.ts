/** Compares a query with passages token by token, by the rows that the embedding model gives before they are summed. */
export interface LateScorer {
  /** Name of the model. */
  readonly modelId: string;

  /**
   * One number a passage, in their order, -1 to 1: each token of the query looks for its nearest of the passage, and
   * the mean of those cosines is taken, by how rare the words are. Only the beginning of each text counts (`lateTokens`
   * of src/native/late.ts). The same bits on every CPU, whatever else runs. 0 where the query or the passage has no words.
   *
   * @throws HaypileError HAYPILE_ABORTED, HAYPILE_CLOSED, HAYPILE_USAGE when the model is no one of packed weights that
   *   run direct
   */
  late(
    query: string,
    passages: readonly string[],
    options?: { signal?: AbortSignal | undefined },
  ): Promise<Float32Array>;
}
