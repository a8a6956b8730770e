/* An embedder for one call that passes the caches of vectors by: it neither asks nor fills them. */
import type { TextEmbedder } from "../ports/embedder.ts";

export function uncached(embedder: TextEmbedder): TextEmbedder {
  return {
    get modelId() {
      return embedder.modelId;
    },
    get dimensions() {
      return embedder.dimensions;
    },
    get vectors() {
      return embedder.vectors;
    },
    get maxTokens() {
      return embedder.maxTokens;
    },
    get follow() {
      return embedder.follow?.bind(embedder);
    },
    get isOf() {
      return embedder.isOf?.bind(embedder);
    },
    get isComparable() {
      return embedder.isComparable?.bind(embedder);
    },
    embed: (texts, options) => embedder.embed(texts, { ...options, cache: false }),
    countTokens: (texts) => embedder.countTokens(texts),
    close: () => embedder.close(),
  };
}
