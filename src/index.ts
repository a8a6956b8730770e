/** Public door of the library. Importing it loads neither ONNX Runtime nor SQLite. */
export { type ErrorCode, errorCatalogue, HaypileError } from "./base/errors.ts";
export type {
  IndexCallOptions,
  SearchCallOptions,
  WatchCallOptions,
} from "./engine/call-options.ts";
export type {
  CompactCalls,
  Compaction,
  CompactOptions,
  CompactPlan,
  CompactSide,
} from "./engine/compact.ts";
export type { Engine } from "./engine/engine.ts";
export type {
  Callee,
  CalleesResult,
  Confidence,
  FileOutline,
  FindSymbolOptions,
  OutlineEntry,
  OutlineOptions,
  SymbolHit,
  SymbolRow,
  SymbolUse,
  UsesResult,
} from "./engine/structure.ts";
export type {
  EngineStatus,
  IndexDetails,
  IndexProgress,
  IndexResult,
  MemoryAdvice,
  MemoryEfficiency,
  MemoryEvent,
  MemoryOwner,
  MemoryPeak,
  MemoryReport,
  ModelReport,
  OpenOptions,
  RerankReport,
  SearchFilter,
  SearchHit,
  SearchResult,
  WhyChunk,
  WhyResult,
} from "./engine/types.ts";

import type { Engine } from "./engine/engine.ts";
import type { OpenOptions } from "./engine/types.ts";

/**
 * Opens the index of a folder. Nothing is loaded or written yet: the database is opened at the
 * first call that needs it, the model at the first text.
 *
 * @example
 * await using haypile = await open({ folder: "src" });
 * await haypile.index();
 * const { hits } = await haypile.search("where are retries handled", { k: 5 });
 *
 * @throws HaypileError HAYPILE_NODE_TOO_OLD, HAYPILE_PATH_MISSING, HAYPILE_NOT_A_FOLDER,
 *   HAYPILE_PERMISSION, HAYPILE_MODEL_UNKNOWN, HAYPILE_MODEL_MISSING, HAYPILE_MODEL_INVALID
 */
export async function open(options: OpenOptions = {}): Promise<Engine> {
  const engine = await import("./engine/open.ts");
  return await engine.open(options);
}
