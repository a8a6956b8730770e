/* Options of every call of the library, for checkOptions(). The compiler compares each with its type. */
import { checkOptions, type OptionShape, type ShapeOf } from "../base/check-options.ts";
import type {
  ImportOptions,
  MemoryFilter,
  RecallOptions,
  RememberOptions,
} from "../ports/memories.ts";
import type { SearchFilter } from "../search/question/filter.ts";
import type { FindSymbolOptions } from "../symbols/find-symbol.ts";
import type { OutlineOptions } from "../symbols/outline.ts";
import type { IndexCallOptions, SearchCallOptions, WatchCallOptions } from "./call-options.ts";
import type { HomeOptions } from "./home.ts";
import type { CompactOptions } from "./index/compact.ts";
import type { ResetOptions } from "./index/reset.ts";
import type { ModelOptions, OpenOptions } from "./types.ts";

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
  strict: table,
  graphCache: table,
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
  reranker: table,
  modelIdleMs: table,
  embeddingCache: table,
  cacheBytes: table,
  warm: "boolean",
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
  ...ofAllEngines,
} as const satisfies ShapeOf<HomeOptions>;

export const nearestShape = { nearest: "boolean" } as const satisfies OptionShape;

export const indexShape = {
  signal: "signal",
  onProgress: "function",
  maxFileBytes: "number",
  since: "text",
  minLines: "number",
  fillIn: "text",
} as const satisfies ShapeOf<IndexCallOptions>;

export const watchShape = {
  signal: "signal",
  onRun: "function",
  onNote: "function",
  onReady: "function",
  polling: "boolean",
} as const satisfies ShapeOf<WatchCallOptions>;

const filterShape = {
  languages: "texts",
  notLanguages: "texts",
  paths: "texts",
  notPaths: "texts",
  kinds: "texts",
  noTests: "boolean",
} as const satisfies ShapeOf<SearchFilter>;

export const searchShape = {
  k: "number",
  signal: "signal",
  snippetLines: "number",
  filter: { of: filterShape },
  deadlineMs: "number",
  maxTokens: "number",
  rerank: "boolean",
  fillIn: "text",
  minScore: "number",
} as const satisfies ShapeOf<SearchCallOptions>;

export const findSymbolShape = {
  k: "number",
  kinds: "texts",
  path: "text or texts",
} as const satisfies ShapeOf<FindSymbolOptions>;

export const outlineShape = {
  maxFiles: "number",
  depth: "number",
} as const satisfies ShapeOf<OutlineOptions>;

export const resetShape = { cache: "boolean" } as const satisfies ShapeOf<ResetOptions>;

export const compactShape = {
  targetBytes: "number",
  less: "number",
  textCompression: "text",
  vectors: "text",
} as const satisfies ShapeOf<CompactOptions>;

const memoryFilterShape = {
  namespace: "text or texts",
  tags: { of: { any: "texts", all: "texts", not: "texts" } },
  kind: "text or texts",
  source: "text",
  since: "text",
  until: "text",
} as const satisfies ShapeOf<MemoryFilter>;

const rememberShape = {
  namespace: "text",
  tags: "texts",
  kind: "text",
  source: "text",
  validFrom: "text",
  expires: "text",
  importance: "number",
  pinned: "boolean",
  anchors: "any",
  replaces: "text",
  onDuplicate: "text",
  allowSecrets: "boolean",
} as const satisfies ShapeOf<RememberOptions>;

const recallShape = {
  ...memoryFilterShape,
  asOf: "text",
  k: "number",
  minScore: "number",
  deadlineMs: "number",
  maxTokens: "number",
  neighbours: "number",
  why: "boolean",
  signal: "signal",
} as const satisfies ShapeOf<RecallOptions>;

/** By call: the shapes of its arguments, in order; undefined: no record of options. */
type CallShapes = Readonly<Record<string, readonly (OptionShape | undefined)[]>>;

/** Calls of an engine. */
export const engineShapes: CallShapes = {
  index: [indexShape],
  watch: [watchShape],
  search: [undefined, searchShape],
  why: [undefined, undefined, searchShape],
  findSymbol: [undefined, findSymbolShape],
  outline: [undefined, outlineShape],
  references: [undefined, findSymbolShape],
  callers: [undefined, findSymbolShape],
  callees: [undefined, findSymbolShape],
  implementations: [undefined, findSymbolShape],
  reset: [resetShape],
};

const importShape = {
  format: "text",
  namespace: "text",
  asText: "boolean",
  allowSecrets: "boolean",
} as const satisfies ShapeOf<ImportOptions>;

export const memoryShapes: CallShapes = {
  remember: [undefined, rememberShape],
  recall: [undefined, recallShape],
  get: [undefined, { asOf: "text" }],
  list: [{ ...memoryFilterShape, asOf: "text", limit: "number", cursor: "text" }],
  forget: [undefined, { hard: "boolean" }],
  forgetWhere: [memoryFilterShape, { confirm: "text", hard: "boolean" }],
  update: [undefined, { text: "text", ...rememberShape }],
  export: [memoryFilterShape],
  import: [undefined, importShape],
  openImport: [importShape],
};

/** Each item of rememberMany(). */
const manyShape = { text: "text", ...rememberShape } as const satisfies OptionShape;

/**
 * Checks the options among the arguments of a call.
 * @throws HaypileError HAYPILE_USAGE
 */
export function checkCall(shapes: CallShapes, name: string, args: readonly unknown[]): void {
  for (const [at, shape] of (shapes[name] ?? []).entries()) {
    if (shape !== undefined) checkOptions(`${name}()`, args[at], shape);
  }
  if (name !== "rememberMany" || shapes !== memoryShapes || !Array.isArray(args[0])) return;
  for (const item of args[0]) checkOptions("rememberMany()", item, manyShape);
}
