/* What an engine is put together from: open() makes these, the engine and its helpers use them. */
import type { OnnxReranker } from "../native/reranker.ts";
import type { SyntaxParser } from "../ports/syntax.ts";
import type { StoreTuning } from "../storage/sqlite/store.ts";
import type { Activity } from "./activity/activity.ts";
import type { EngineCaches } from "./caches/engine-caches.ts";
import type { CeilingGuard } from "./ceiling/guard.ts";
import type { Configured } from "./configure.ts";
import type { LazyReranker } from "./models/lazy-reranker.ts";
import type { ModelParts, ModelSource } from "./models/model-parts.ts";
import type { IndexServer } from "./store/index-server.ts";

/** The model's parts change when the index gets another model while it is open. */
export interface EngineParts extends ModelParts {
  /** The folder the index is of. */
  root: string;
  /** The file of the index, or what its place on a server is called. */
  database: string;
  /** Undefined: it is a file. */
  server: IndexServer | undefined;
  cachePath: string;
  caches: EngineCaches;
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
  /** What the model was found by, and others are. */
  source: ModelSource;
  /** This process lives on: it makes vectors of an older format anew in the background. */
  renews: boolean;
}
