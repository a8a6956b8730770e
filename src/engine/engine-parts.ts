/* What an engine is put together from: open() makes these, the engine and its helpers use them. */
import type { OnnxReranker } from "../native/reranker.ts";
import type { ModelRunner, ProviderUse } from "../ports/answers/index-facts.ts";
import type { SyntaxParser } from "../ports/syntax.ts";
import type { StoreTuning } from "../storage/sqlite/store.ts";
import type { Activity } from "./activity/activity.ts";
import type { CachedEmbedder } from "./caches/cached-embedder.ts";
import type { EngineCaches } from "./caches/engine-caches.ts";
import type { CeilingGuard } from "./ceiling/guard.ts";
import type { Configured } from "./configure.ts";
import type { LazyEmbedder } from "./models/lazy-embedder.ts";
import type { LazyReranker } from "./models/lazy-reranker.ts";
import type { LoadedEmbedder } from "./models/loaded-embedder.ts";

export interface EngineParts {
  /** The folder the index is of. */
  root: string;
  database: string;
  /** Words for people: "all-minilm-l6-v2 int8". */
  modelName: string;
  /** The provider that was asked for in place of the CPU. */
  provider?: ProviderUse | undefined;
  /** What runs the model; undefined for a static one, and for one that is not here. */
  runner?: ModelRunner | undefined;
  /** The number format of the weights, noted in an index without vectors; undefined: nothing to note. */
  weights?: string | undefined;
  embedder: LazyEmbedder<LoadedEmbedder>;
  /** The embedder with the shared cache before it; undefined: no cache. */
  cached: CachedEmbedder | undefined;
  cachePath: string;
  caches: EngineCaches;
  /** For searches by meaning before the model is done; undefined: without. */
  staticEmbedder: LazyEmbedder<LoadedEmbedder> | undefined;
  /** Asked by searches; undefined: without. */
  reranker: LazyReranker<OnnxReranker> | undefined;
  parser: SyntaxParser;
  addonFolder: string | undefined;
  databaseExists: () => boolean;
  /** How the index is kept and searched. */
  store: StoreTuning;
  /** What is set for this index, and what calls do that do not say otherwise. */
  configured: Omit<Configured<unknown>, "options">;
  ceiling: CeilingGuard;
  /** Frees models, parse processes and guard, when no other engine uses them. */
  closeShared: () => Promise<void>;
  activity: Activity;
}
