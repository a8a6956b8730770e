/* What the options of each call may be, compared by the compiler with their types. */
import type { OptionShape, ShapeOf } from "../../base/check-options.ts";
import type { ImportOptions } from "../answers/memory-reports.ts";
import type {
  DuplicatesOptions,
  MemoryEdit,
  MemoryFilter,
  MemoryListOptions,
  MemorySeen,
  MergeOptions,
  RecallOptions,
  RememberOptions,
  UnverifiedOptions,
} from "../memories.ts";
import type { MemorySyncOptions } from "../memory/sync-call.ts";
import type { FileAtOptions, FindSymbolOptions, OutlineOptions } from "./definitions.ts";
import type { CalmOptions } from "./footprint-report.ts";
import type { ImpactOptions, MapOptions, ReachOptions, UnusedOptions } from "./graph.ts";
import type { IndexCallOptions } from "./index-run.ts";
import type {
  ExportIndexOptions,
  ImportIndexOptions,
  IndexesOptions,
  PruneOptions,
  RemoveIndexOptions,
} from "./index-upkeep.ts";
import type { LeftOutOptions } from "./left-out.ts";
import type { MigrateCallOptions } from "./migration.ts";
import type { SearchCallOptions, SearchFilter } from "./search.ts";
import type { AskOptions } from "./time/ask.ts";
import type { DiffOptions } from "./time/diff.ts";
import type { AnchoredOptions, HistoryOptions } from "./time/history.ts";
import type { PruneSnapshotsOptions, RestoreOptions, SnapshotOptions } from "./time/snapshots.ts";

export const indexShape = {
  signal: "signal",
  onProgress: "function",
  maxFileBytes: "number",
  since: "text",
  minLines: "number",
  fillIn: "text",
  scip: "text or texts",
} as const satisfies ShapeOf<IndexCallOptions>;

export const exportIndexShape = {
  file: "text",
  at: "text",
  keyFile: "text",
  maker: "text",
  signal: "signal",
  onProgress: "function",
} as const satisfies ShapeOf<ExportIndexOptions>;

export const importIndexShape = {
  file: "text",
  signal: "signal",
  onProgress: "function",
  maxFileBytes: "number",
  minLines: "number",
  fillIn: "text",
} as const satisfies ShapeOf<ImportIndexOptions>;

export const leftOutShape = {
  limit: "number",
  cursor: "text",
  under: "text",
  reasons: "texts",
  rule: "text",
  maxFileBytes: "number",
  signal: "signal",
} as const satisfies ShapeOf<LeftOutOptions>;

export const indexesShape = { details: "boolean" } as const satisfies ShapeOf<IndexesOptions>;

export const removeIndexShape = {
  folder: "text",
  database: "text",
} as const satisfies ShapeOf<RemoveIndexOptions>;

export const pruneShape = {
  confirm: "text",
  databases: "texts",
  olderThanMs: "number",
  unmounted: "boolean",
} as const satisfies ShapeOf<PruneOptions>;

export const migrateShape = {
  model: "text",
  modelFolder: "text",
  cancel: "boolean",
  signal: "signal",
  onProgress: "function",
} as const satisfies ShapeOf<MigrateCallOptions>;

const filterShape = {
  languages: "texts",
  notLanguages: "texts",
  paths: "texts",
  notPaths: "texts",
  kinds: "texts",
  noTests: "boolean",
} as const satisfies ShapeOf<SearchFilter>;

export const calmShape = {
  timeoutMs: "number",
  signal: "signal",
} as const satisfies ShapeOf<CalmOptions>;

export const searchShape = {
  k: "number",
  pageSize: "number",
  signal: "signal",
  snippetLines: "number",
  filter: { of: filterShape },
  deadlineMs: "number",
  maxTokens: "number",
  rerank: "boolean",
  fillIn: "text",
  minScore: "number",
  cache: "boolean",
  at: "text",
} as const satisfies ShapeOf<SearchCallOptions>;

export const askShape = {
  folder: "text",
  asOf: "text",
  namespace: "text or texts",
  k: "number",
  minScore: "number",
  maxTokens: "number",
  snippetLines: "number",
  deadlineMs: "number",
  cache: "boolean",
  signal: "signal",
} as const satisfies ShapeOf<AskOptions>;

const definitionShape = {
  k: "number",
  kinds: "texts",
  path: "text or texts",
  signal: "signal",
} as const;

export const findSymbolShape = {
  ...definitionShape,
  onProgress: "function",
  at: "text",
} as const satisfies ShapeOf<FindSymbolOptions>;

export const fileAtShape = {
  at: "text",
  first: "number",
  last: "number",
  signal: "signal",
} as const satisfies ShapeOf<FileAtOptions>;

export const reachShape = {
  ...definitionShape,
  depth: "number",
  limit: "number",
} as const satisfies ShapeOf<ReachOptions>;

export const impactShape = {
  since: "text",
  files: "texts",
  names: "texts",
  depth: "number",
  limit: "number",
  signal: "signal",
} as const satisfies ShapeOf<ImpactOptions>;

export const unusedShape = {
  path: "text or texts",
  kinds: "texts",
  sure: "text",
  tests: "boolean",
  limit: "number",
  signal: "signal",
} as const satisfies ShapeOf<UnusedOptions>;

export const mapShape = {
  maxTokens: "number",
  focus: "text or texts",
  path: "text or texts",
  signal: "signal",
} as const satisfies ShapeOf<MapOptions>;

export const diffShape = {
  symbols: "boolean",
  impact: "boolean",
  path: "text or texts",
  limit: "number",
  depth: "number",
  signal: "signal",
} as const satisfies ShapeOf<DiffOptions>;

export const historyShape = {
  at: "text",
  limit: "number",
  cursor: "text",
  diffLines: "number",
  deadlineMs: "number",
  signal: "signal",
} as const satisfies ShapeOf<HistoryOptions>;

export const outlineShape = {
  maxFiles: "number",
  depth: "number",
  at: "text",
  signal: "signal",
  onProgress: "function",
} as const satisfies ShapeOf<OutlineOptions>;

export const memoryFilterShape = {
  namespace: "text or texts",
  tags: { of: { any: "texts", all: "texts", not: "texts" } },
  kind: "text or texts",
  source: "text",
  since: "text",
  until: "text",
  text: "text",
  pinned: "boolean",
  expiresBefore: "text",
} as const satisfies ShapeOf<MemoryFilter>;

export const memoryListShape = {
  ...memoryFilterShape,
  asOf: "text",
  order: "text",
  limit: "number",
  cursor: "text",
  skip: "number",
  textLimit: "number",
} as const satisfies ShapeOf<MemoryListOptions>;

export const rememberShape = {
  namespace: "text",
  tags: "texts",
  kind: "text",
  source: "text",
  validFrom: "text",
  expires: "text",
  importance: "number",
  pinned: "boolean",
  anchors: "list",
  replaces: "text",
  onDuplicate: "text",
  allowSecrets: "boolean",
} as const satisfies ShapeOf<RememberOptions>;

const seenShape = {
  text: "text",
  namespace: "text",
  kind: "text",
  tags: "texts",
  source: "text",
  importance: "number",
  pinned: "boolean",
  validFrom: "text",
  expires: "text",
} as const satisfies ShapeOf<MemorySeen>;

export const editShape = {
  text: "text",
  ...rememberShape,
  was: { of: seenShape },
} as const satisfies ShapeOf<MemoryEdit>;

export const mergeShape = {
  text: "text",
  allowSecrets: "boolean",
} as const satisfies ShapeOf<MergeOptions>;

export const duplicatesShape = {
  namespace: "text or texts",
  limit: "number",
  cursor: "text",
} as const satisfies ShapeOf<DuplicatesOptions>;

export const anchoredShape = {
  anchors: "list",
  namespace: "text or texts",
  limit: "number",
} as const satisfies ShapeOf<AnchoredOptions>;

export const unverifiedShape = {
  id: "text",
  namespace: "text or texts",
  limit: "number",
  cursor: "text",
  deadlineMs: "number",
} as const satisfies ShapeOf<UnverifiedOptions>;

export const recallShape = {
  ...memoryFilterShape,
  asOf: "text",
  k: "number",
  minScore: "number",
  deadlineMs: "number",
  maxTokens: "number",
  neighbours: "number",
  why: "boolean",
  cache: "boolean",
  signal: "signal",
} as const satisfies ShapeOf<RecallOptions>;

export const importShape = {
  format: "text",
  namespace: "text",
  asText: "boolean",
  allowSecrets: "boolean",
} as const satisfies ShapeOf<ImportOptions>;

export const snapshotShape = {
  note: "text",
  full: "boolean",
} as const satisfies ShapeOf<SnapshotOptions>;

export const restoreShape = { to: "text" } as const satisfies ShapeOf<RestoreOptions>;

export const pruneSnapshotsShape = {
  holding: "text",
  dryRun: "boolean",
} as const satisfies ShapeOf<PruneSnapshotsOptions>;

export const memorySyncShape = {
  namespace: "text or texts",
  allowSecrets: "boolean",
  whole: "boolean",
  signal: "signal",
  onProgress: "function",
} as const satisfies ShapeOf<MemorySyncOptions>;

/** Each item of rememberMany(). */
export const manyShape = { text: "text", ...rememberShape } as const satisfies OptionShape;
