/* What the memory service is made of. */
import type { Unsaid } from "../base/defined.ts";
import type { AnchorReader } from "../ports/anchor-reader.ts";
import type { TextEmbedder } from "../ports/embedder.ts";
import type { MemoryStore } from "../ports/memory-rows.ts";
import type { AnswerParts } from "./recall/answer.ts";
import type { HalfLives } from "./recall/scoring.ts";
import type { ForgetOptions } from "./writing/forget.ts";

export interface MemoryServiceOptions extends Unsaid<ForgetOptions> {
  store: MemoryStore;
  /** Without it, memories are found by words. It stays the caller's, who closes it after the service. */
  embedder?: TextEmbedder | undefined;
  /** For queries; default: the same. */
  queryEmbedder?: TextEmbedder | undefined;
  anchorReader?: AnchorReader | undefined;
  /** Days, by kind. */
  halfLives?: HalfLives | undefined;
  clock?: AnswerParts["clock"];
  /** Somebody calls collect() every so often. Default: nobody does. */
  isScheduled?: (() => boolean) | undefined;
  gitMs?: AnswerParts["gitMs"];
}
