/// <reference lib="esnext.disposable" preserve="true" />
/** Public door of the library. Importing it loads neither ONNX Runtime nor SQLite. */
export { type ErrorCode, errorCatalogue, HaypileError } from "./base/errors.ts";
export type { FootprintEvent, FootprintPeak } from "./base/events.ts";
export type { Project } from "./config/places/projects.ts";
export type { CompactOptions, WatchCallOptions } from "./engine/call-options.ts";
export type { Engine } from "./engine/engine.ts";
export type { Home } from "./engine/home.ts";
export type {
  CompactCalls,
  Compaction,
  CompactPlan,
  CompactSide,
} from "./engine/index/compact.ts";
export type { RescueReport } from "./engine/memories/rescue-memories.ts";
export type { SymbolRow } from "./engine/questions/structure.ts";
export type { HomeOptions, OpenOptions } from "./engine/types.ts";
export type { DaemonClient, RemoteEngine } from "./haypile/there.ts";
export type { SettingInForce, SettingsInForce } from "./ports/answers/daemon/settings.ts";
export type {
  Callee,
  CalleesResult,
  Confidence,
  FileAt,
  FileAtOptions,
  FileOutline,
  FindSymbolOptions,
  OutlineEntry,
  OutlineOptions,
  OutlineResult,
  RevisionProgress,
  SymbolHit,
  SymbolUse,
  UsesResult,
} from "./ports/answers/definitions.ts";
export type { ScipReport, ScipStatus } from "./ports/answers/exact-uses.ts";
export type {
  CalmOptions,
  FootprintAdvice,
  FootprintEfficiency,
  FootprintOwner,
  FootprintPressure,
  FootprintReport,
} from "./ports/answers/footprint-report.ts";
export type {
  AffectedDefinition,
  AffectedTests,
  ChangedDefinition,
  ChangedFile,
  ChangeKind,
  EntryPoint,
  EntryReason,
  ImpactOptions,
  ImpactResult,
  MapOptions,
  MappedDefinition,
  MappedFile,
  MapResult,
  ReachOptions,
  ReachRelation,
  ReachResult,
  ReachStep,
  Sureness,
  UnusedDefinition,
  UnusedDoubt,
  UnusedOptions,
  UnusedResult,
} from "./ports/answers/graph.ts";
export type { EngineStatus, IndexDetails, ModelReport } from "./ports/answers/index-facts.ts";
export type {
  IndexCallOptions,
  IndexProgress,
  IndexResult,
  IndexRun,
} from "./ports/answers/index-run.ts";
export type {
  ArtefactFacts,
  CountedPaths,
  ExportedIndex,
  ExportIndexOptions,
  ExportProgress,
  ImportedIndex,
  ImportIndexOptions,
  IndexesOptions,
  NotExported,
  PrunableIndex,
  PruneOptions,
  PruneResult,
  RemovedIndex,
  RemoveIndexOptions,
} from "./ports/answers/index-upkeep.ts";
export type {
  FileStatus,
  LeftOutOptions,
  LeftOutPath,
  LeftOutResult,
  LeftOutRule,
  PartlyParsed,
  StoppedRuns,
} from "./ports/answers/left-out.ts";
export type {
  AnchorChange,
  AnchorChangeCommit,
  AnchorCommits,
  ForgetResult,
  ImportOptions,
  ImportResult,
  MemoryImport,
  MemoryStats,
  RecallWhy,
  RemovedMemory,
  Unverified,
} from "./ports/answers/memory-reports.ts";
export type {
  MigrateCallOptions,
  MigrationProgress,
  MigrationResult,
  MigrationStatus,
  ServedBy,
} from "./ports/answers/migration.ts";
export type {
  RerankReport,
  SearchCallOptions,
  SearchFilter,
  SearchHit,
  SearchResult,
  WhyChunk,
  WhyResult,
} from "./ports/answers/search.ts";
export type {
  FolderHit,
  FoldersSearchOptions,
  FoldersSearchResult,
  SearchedFolder,
} from "./ports/answers/search-folders.ts";
export type { AnsweredAt } from "./ports/answers/time/answered-at.ts";
export type {
  AskedCode,
  AskedCodeSide,
  AskedMemories,
  AskedMemory,
  AskHit,
  AskOptions,
  AskProblem,
  AskResult,
  AskSide,
} from "./ports/answers/time/ask.ts";
export type {
  DiffChange,
  DiffFile,
  DiffImpact,
  DiffOptions,
  DiffPlace,
  DiffResult,
  DiffSide,
  DiffSymbol,
} from "./ports/answers/time/diff.ts";
export type {
  AnchoredMemory,
  AnchoredOptions,
  AnchoredResult,
  HistoryChange,
  HistoryEnd,
  HistoryEntry,
  HistoryOptions,
  HistoryPlace,
  HistoryResult,
} from "./ports/answers/time/history.ts";
export type { CodeIndex, Haypile } from "./ports/haypile.ts";
export type {
  DuplicatePair,
  DuplicatesOptions,
  DuplicatesResult,
  ForgetPreview,
  Memories,
  Memory,
  MemoryAnchor,
  MemoryEdit,
  MemoryFilter,
  MemoryKind,
  MemoryLink,
  MemoryListOptions,
  MemoryOrder,
  MemorySeen,
  MemorySource,
  MergeOptions,
  RecallHit,
  RecallOptions,
  RecallResult,
  RememberOptions,
  RememberResult,
  UnverifiedMemory,
  UnverifiedOptions,
  UnverifiedResult,
} from "./ports/memories.ts";
export type { ConnectOptions } from "./wire/connect-options.ts";

import type { Project } from "./config/places/projects.ts";
import type { Engine } from "./engine/engine.ts";
import type { Home } from "./engine/home.ts";
import type { RescueReport } from "./engine/memories/rescue-memories.ts";
import type { HomeOptions, OpenOptions } from "./engine/types.ts";
import type { DaemonClient } from "./haypile/there.ts";
import type { FoldersSearchOptions, FoldersSearchResult } from "./ports/answers/search-folders.ts";
import type { AskOptions, AskResult } from "./ports/answers/time/ask.ts";

export type {
  IndexSnapshot,
  IndexSnapshotCounts,
  IndexSnapshotsResult,
  RestoredIndexSnapshot,
  VerifiedIndexSnapshot,
} from "./ports/answers/time/index-snapshots.ts";
export type {
  BroughtBack,
  PrunedSnapshots,
  PruneSnapshotsOptions,
  RestoredSnapshot,
  RestoreOptions,
  Snapshot,
  SnapshotCounts,
  SnapshotOptions,
  SnapshotReason,
  SnapshotsResult,
  VerifiedSnapshot,
} from "./ports/answers/time/snapshots.ts";

import type { Haypile } from "./ports/haypile.ts";
import type { ConnectOptions } from "./wire/connect-options.ts";

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

/**
 * Opens engines of many folders and the memories of the user in this process, over one model, one limit of
 * memory and one set of parse processes. Nothing is loaded yet.
 *
 * @example
 * await using home = await openHome();
 * await home.memories.remember("Releases go out on Tuesdays.", { kind: "fact" });
 * const { hits } = await (await home.engine("src")).search("release script");
 *
 * @throws HaypileError HAYPILE_NODE_TOO_OLD, HAYPILE_CONFIG_INVALID, HAYPILE_USAGE
 */
export async function openHome(options: HomeOptions = {}): Promise<Home> {
  const home = await import("./engine/home.ts");
  return await home.openHome(options);
}

/**
 * The same in the daemon of this user, which is started when there is none: many programs, one model. Calls and
 * results have the types of those at home; all of them are promises.
 *
 * @example
 * const haypile = await connect({ client: "my program" });
 * const { hits } = await haypile.engine("src").search("release script");
 * await haypile.close();
 *
 * @throws HaypileError HAYPILE_NODE_TOO_OLD, HAYPILE_DAEMON, HAYPILE_OVERLOADED, HAYPILE_PERMISSION
 */
export async function connect(options: ConnectOptions = {}): Promise<DaemonClient> {
  const daemon = await import("./haypile/there.ts");
  return await daemon.connect(options);
}

/**
 * Searches several folders, one after the other, and merges what they have by score. A folder that fails is told among
 * `folders`, and the others answer.
 *
 * @param by what openHome() or connect() gave
 * @param options in: "*" for all indexes of this user; else names of collections (haypile collections) and folders
 * @example
 * const { hits } = await searchFolders(home, "how are refunds signed", { in: ["payments", "../web"] });
 *
 * @throws HaypileError HAYPILE_USAGE, HAYPILE_NOT_INDEXED, HAYPILE_ABORTED, HAYPILE_CONFIG_INVALID; what the first folder
 *   failed with where none answered
 */
export async function searchFolders(
  by: Home | Haypile,
  query: string,
  options: FoldersSearchOptions,
): Promise<FoldersSearchResult> {
  const { searchIn } = await import("./haypile/search-folders.ts");
  if ("code" in by) return await searchIn(by, query, options);
  const { haypileOver } = await import("./haypile/here.ts");
  return await searchIn(
    haypileOver(async () => by),
    query,
    options,
  );
}

/**
 * Asks the memories and the code of a folder's project one question, as they are or as they stood then, and gives one list,
 * best first. A side that cannot answer says why, and the other does.
 *
 * @param by what openHome() or connect() gave
 * @example
 * const { hits, code } = await ask(home, "why is the port fixed", { folder: ".", asOf: "2026-03-01" });
 * const texts = hits.map((hit) => (hit.kind === "memory" ? hit.memory.memory.text : hit.code.text));
 *
 * @throws HaypileError HAYPILE_USAGE, HAYPILE_REVISION_MISSING, HAYPILE_ABORTED; what the memories failed with where
 *   neither side answers
 */
export async function ask(
  by: Home | Haypile,
  query: string,
  options: AskOptions,
): Promise<AskResult> {
  if ("code" in by) return await by.ask(query, options);
  const { haypileOver } = await import("./haypile/here.ts");
  return await haypileOver(async () => by).ask(query, options);
}

/**
 * The project a folder belongs to, and the namespaces of its memories: the same that MCP clients and the command line
 * (`--namespace .`) take there. All worktrees of a repository are one project, and so are links to a folder; one that
 * was moved is known again.
 *
 * @example
 * const { namespace, namespaces } = await projectOf("src");
 * await memories.remember("Releases go out on Tuesdays.", { namespace });
 * const { hits } = await memories.recall("release", { namespace: [...namespaces, "default"] });
 *
 * @param folder need not exist
 * @throws HaypileError HAYPILE_CONFIG_INVALID where no folder for data is known
 */
export async function projectOf(folder = "."): Promise<Project> {
  const [{ resolve }, { readEnvironment }, projects] = await Promise.all([
    import("node:path"),
    import("./config/environment/env.ts"),
    import("./config/places/projects.ts"),
  ]);
  return projects.projectOf(resolve(folder), readEnvironment());
}

/**
 * Makes a good file of a damaged file of memories (docs/memories.md). The damaged one is kept beside it; with `to`
 * it stays where it is. Nobody may have the file open.
 *
 * @throws HaypileError HAYPILE_DB_BUSY, HAYPILE_USAGE when `to` is there, HAYPILE_PATH_MISSING, HAYPILE_DISK_FULL,
 *   HAYPILE_PERMISSION, HAYPILE_IO
 */
export async function rescueMemories(
  database: string,
  options: { to?: string | undefined } = {},
): Promise<RescueReport> {
  const engine = await import("./engine/memories/rescue-memories.ts");
  const { checkOptions, checkTextArgument } = await import("./base/check-options.ts");
  checkTextArgument("rescueMemories()", "database", database);
  checkOptions("rescueMemories()", options, { to: "text" });
  return await engine.rescueMemories(database, options);
}
