/* Options of what opens an engine, and of the calls an engine alone has. The others stand in ports/calls.ts. */
import type { OptionShape, ShapeOf } from "../base/check-options.ts";
import type { CompactOptions, WatchCallOptions } from "./call-options.ts";
import type { ResetOptions } from "./index/reset.ts";
import type { HomeOptions, ModelOptions, OpenOptions } from "./types.ts";

/** Values of the options table are checked by it. */
const table = "any";

export const modelShape = {
  workers: table,
  tokensPerRun: table,
  pin: "boolean",
  numaNode: "number",
  intraOpThreads: table,
  spinning: table,
  cpuArena: table,
  memoryPattern: table,
  provider: table,
  gpuMemoryBytes: table,
  gpuArena: table,
  strict: table,
  graphCache: table,
  engine: table,
  isa: table,
  quantisation: table,
  tier: table,
  profile: table,
  maxMemoryBytes: table,
  model: table,
  modelFolder: table,
} as const satisfies ShapeOf<ModelOptions>;

export const openShape = {
  folder: "text",
  database: "text",
  ...modelShape,
  memoriesModel: table,
  reranker: table,
  memoryWarning: table,
  memoryCritical: table,
  memoryTarget: table,
  memoryCheckMs: table,
  memoryCleanup: table,
  modelPool: table,
  modelIdleMs: table,
  embeddingCache: table,
  cacheBytes: table,
  warm: table,
  activity: table,
  embeddingCacheBytes: "number",
  nearest: "boolean",
  bitsBudgetBytes: table,
  bitsFrom: table,
  textCompression: table,
  pageCacheBytes: table,
  storageProfile: table,
  disk: table,
  synchronous: table,
  checkpointBytes: table,
  walLimitBytes: table,
  mmapBytes: table,
} as const satisfies ShapeOf<OpenOptions>;

const { folder: _folder, database: _database, nearest: _nearest, ...ofAllEngines } = openShape;

export const homeShape = {
  memoriesDatabase: "text",
  watch: "boolean",
  ...ofAllEngines,
} as const satisfies ShapeOf<HomeOptions>;

export const nearestShape = { nearest: "boolean" } as const satisfies OptionShape;

export const watchShape = {
  signal: "signal",
  onRun: "function",
  onNote: "function",
  onReady: "function",
  polling: "boolean",
} as const satisfies ShapeOf<WatchCallOptions>;

export const resetShape = { cache: "boolean" } as const satisfies ShapeOf<ResetOptions>;

export const compactShape = {
  targetBytes: "number",
  less: "number",
  textCompression: "text",
  vectors: "text",
} as const satisfies ShapeOf<CompactOptions>;
