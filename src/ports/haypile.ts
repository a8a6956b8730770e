/*
 * The one door: what faces (command line, MCP, HTTP, library) ask for, and all they know of what answers. Behind it
 * stand src/haypile/here.ts (this process) and src/haypile/there.ts (the daemon); calls.ts is the table of its calls.
 */

import type {
  CalleesResult,
  FileAt,
  FileAtOptions,
  FindSymbolOptions,
  OutlineOptions,
  OutlineResult,
  SymbolHit,
  UsesResult,
} from "./answers/definitions.ts";
import type {
  CalmOptions,
  FootprintPressure,
  FootprintReport,
} from "./answers/footprint-report.ts";
import type {
  ImpactOptions,
  ImpactResult,
  MapOptions,
  MapResult,
  ReachOptions,
  ReachRelation,
  ReachResult,
  UnusedOptions,
  UnusedResult,
} from "./answers/graph.ts";
import type {
  EngineStatus,
  HostSummary,
  IndexDetails,
  IndexFacts,
  KnownIndex,
  ModelReport,
} from "./answers/index-facts.ts";
import type { IndexCallOptions, IndexResult } from "./answers/index-run.ts";
import type {
  ExportedIndex,
  ExportIndexOptions,
  ImportedIndex,
  ImportIndexOptions,
  IndexesOptions,
  PruneOptions,
  PruneResult,
  RemovedIndex,
  RemoveIndexOptions,
} from "./answers/index-upkeep.ts";
import type {
  FileStatus,
  LeftOutOptions,
  LeftOutResult,
  PartlyParsed,
  StoppedRuns,
} from "./answers/left-out.ts";
import type { MigrateCallOptions, MigrationResult } from "./answers/migration.ts";
import type { SearchCallOptions, SearchResult, WhyResult } from "./answers/search.ts";
import type { AnsweredAt } from "./answers/time/answered-at.ts";
import type { AskOptions, AskResult } from "./answers/time/ask.ts";
import type { DiffOptions, DiffResult } from "./answers/time/diff.ts";
import type { HistoryOptions, HistoryResult } from "./answers/time/history.ts";
import type {
  IndexSnapshot,
  IndexSnapshotsResult,
  RestoredIndexSnapshot,
  VerifiedIndexSnapshot,
} from "./answers/time/index-snapshots.ts";
import type { RestoreOptions, SnapshotOptions } from "./answers/time/snapshots.ts";
import type { Memories } from "./memories.ts";
import type { UnparsedFile } from "./syntax.ts";

/** Indexes of folders, and the memories of a user. */
export interface Haypile extends AsyncDisposable {
  /**
   * The index of a folder. Nothing is opened until the first call, and each call holds it open until it is done.
   *
   * @param folder relative to the current folder, or absolute
   * @param options nearest: the index of the nearest folder above will do. Default true.
   * @throws HaypileError HAYPILE_USAGE; its calls throw HAYPILE_PATH_MISSING, HAYPILE_NOT_A_FOLDER,
   *   HAYPILE_PERMISSION, and those of the database and the model
   */
  code(folder: string, options?: { nearest?: boolean | undefined }): CodeIndex;
  /**
   * One question to the memories and the code of a folder's project, as they are or as of then: one ranked list. A side
   * that cannot answer says why, and the other does.
   * @throws HaypileError HAYPILE_USAGE, HAYPILE_REVISION_MISSING, HAYPILE_ABORTED; and that of the memories where neither
   *   side answers
   */
  ask(query: string, options: AskOptions): Promise<AskResult>;
  /** The indexes in the data folder, open or not, by their folders. One that cannot be read says so. */
  indexes(options?: IndexesOptions): Promise<KnownIndex[]>;
  /** Folders whose index is open now, absolute. */
  openFolders(): Promise<string[]>;
  /**
   * Deletes the index of a folder, whether the folder is there or not; where it is open here it is closed first.
   * @throws HaypileError HAYPILE_USAGE, HAYPILE_DB_BUSY while a run is at work, HAYPILE_PERMISSION
   */
  removeIndex(options: RemoveIndexOptions): Promise<RemovedIndex>;
  /**
   * Indexes that nobody needs: their folder is gone, or they are damaged. First what would go, with a token, then with
   * that token the deed.
   * @throws HaypileError HAYPILE_USAGE, HAYPILE_CONFIRM
   */
  prune(options?: PruneOptions): Promise<PruneResult>;
  readonly memories: Memories;
  /** Waits for work in flight, then frees what was opened. A second call is harmless. */
  close(): Promise<void>;
}

/** What is asked of the index of one folder. */
export interface CodeIndex {
  /**
   * Brings the index up to date with the folder: new and changed files are read, deleted ones go, and only chunks that
   * are new get a vector. Stopped or killed, the next run goes on from there.
   * @throws HaypileError HAYPILE_DB_BUSY when another process is indexing; HAYPILE_ABORTED;
   *   HAYPILE_DIMENSIONS_DIFFER; and those of folders, database and model
   */
  index(options?: IndexCallOptions): Promise<IndexResult>;
  /**
   * Makes the vectors anew with another model, or in the format that the model has here; until all are there the old
   * ones serve. Stopped or killed, the next call goes on from there.
   * @throws HaypileError HAYPILE_NOT_INDEXED, HAYPILE_ABORTED, HAYPILE_DB_BUSY while it is on its way to another model
   *   already, HAYPILE_MEMORY_LIMIT, and those of database and model
   */
  migrate(options?: MigrateCallOptions): Promise<MigrationResult>;
  /**
   * Searches by meaning and by word.
   * @throws HaypileError HAYPILE_USAGE for an empty query, HAYPILE_NOT_INDEXED, HAYPILE_ABORTED,
   *   HAYPILE_DIMENSIONS_DIFFER, and those of database and model
   */
  search(query: string, options?: SearchCallOptions): Promise<SearchResult>;
  /** Why a file came where it did for a query. @param path relative to the indexed folder */
  why(query: string, path: string, options?: SearchCallOptions): Promise<WhyResult>;
  /**
   * Definitions whose name is, contains or nearly is `name`, best first. With `at`, this and the questions below answer
   * from git's objects, and say of which commit.
   * @throws HaypileError HAYPILE_NOT_INDEXED; with `at` HAYPILE_GIT, HAYPILE_REVISION_MISSING
   */
  findSymbol(name: string, options?: FindSymbolOptions): Promise<SymbolHit[]>;
  /** Definitions of a file or folder; the path is relative to the indexed folder. @throws HaypileError HAYPILE_PATH_MISSING */
  outline(path?: string, options?: OutlineOptions): Promise<OutlineResult>;
  /**
   * Lines of a file as it was at a revision, out of git's objects; the path is relative to the indexed folder.
   * @throws HaypileError HAYPILE_PATH_MISSING, HAYPILE_GIT, HAYPILE_REVISION_MISSING
   */
  fileAt(path: string, options: FileAtOptions): Promise<FileAt>;
  /** Which commit a revision or a time means here. @throws HaypileError HAYPILE_GIT, HAYPILE_REVISION_MISSING */
  revision(at: string): Promise<AnsweredAt>;
  /** Where the best definition of a name is used. @throws HaypileError HAYPILE_SYMBOL_MISSING */
  references(name: string, options?: FindSymbolOptions): Promise<UsesResult>;
  /** What calls it. @throws HaypileError HAYPILE_SYMBOL_MISSING */
  callers(name: string, options?: FindSymbolOptions): Promise<UsesResult>;
  /** What it calls. @throws HaypileError HAYPILE_SYMBOL_MISSING */
  callees(name: string, options?: FindSymbolOptions): Promise<CalleesResult>;
  /** What extends or implements it. @throws HaypileError HAYPILE_SYMBOL_MISSING */
  implementations(name: string, options?: FindSymbolOptions): Promise<UsesResult>;
  /** What it reaches along a relation in several steps, each with the way to it. @throws HaypileError HAYPILE_SYMBOL_MISSING */
  reach(name: string, relation: ReachRelation, options?: ReachOptions): Promise<ReachResult>;
  /**
   * What uses what a change touches, and which tests are among it: what differs between a commit and the files of the
   * folder, or definitions by their names.
   * @throws HaypileError HAYPILE_USAGE without git or such a commit, HAYPILE_SYMBOL_MISSING, HAYPILE_ABORTED
   */
  impact(options?: ImpactOptions): Promise<ImpactResult>;
  /** Definitions that nothing uses, with how sure that is, and where programs, libraries and tests begin. */
  unused(options?: UnusedOptions): Promise<UnusedResult>;
  /** The files and definitions that matter most, in a budget of tokens. */
  map(options?: MapOptions): Promise<MapResult>;
  /**
   * The files that differ between two commits, or between a commit and the files as they are; definitions that were
   * added, removed, renamed, moved or changed, and what uses them.
   * @param from a revision or time; "A..B", or "A...B" for what B has since it parted from A
   * @param to the same; default: that of `from`, else the files as they are
   * @throws HaypileError HAYPILE_GIT, HAYPILE_REVISION_MISSING, HAYPILE_USAGE, HAYPILE_ABORTED
   */
  diff(from: string, to?: string, options?: DiffOptions): Promise<DiffResult>;
  /**
   * The commits that changed a definition's body, a file or lines of it, the newest first; what is not committed yet
   * comes before them. Renames and moves are followed.
   * @param target "NAME", "FILE", "FILE#NAME" or "FILE:10-20"
   * @throws HaypileError HAYPILE_GIT, HAYPILE_REVISION_MISSING, HAYPILE_SYMBOL_MISSING, HAYPILE_ABORTED
   */
  history(target: string, options?: HistoryOptions): Promise<HistoryResult>;
  /** What the index holds. @throws HaypileError HAYPILE_NOT_INDEXED */
  status(): Promise<EngineStatus>;
  /** Files whose definitions and uses are missing, and why. @throws HaypileError HAYPILE_NOT_INDEXED */
  unparsed(): Promise<UnparsedFile[]>;
  /** Files whose tree has errors: definitions there were read off the lines. @throws HaypileError HAYPILE_NOT_INDEXED */
  partlyParsed(): Promise<PartlyParsed>;
  /** What of the folder is not in the index, by which rule. @throws HaypileError HAYPILE_NOT_INDEXED, HAYPILE_ABORTED */
  leftOut(options?: LeftOutOptions): Promise<LeftOutResult>;
  /** Whether a file is in the index, and what leaves it out. @param path relative to the indexed folder */
  fileStatus(path: string): Promise<FileStatus>;
  /**
   * Writes the vectors of what a commit has of this index to a file for others, signed (docs/team-index.md). Files that
   * git does not know, or that differ from the commit, are left out, and told.
   * @throws HaypileError HAYPILE_USAGE, HAYPILE_NOT_INDEXED, HAYPILE_GIT, HAYPILE_REVISION_MISSING, HAYPILE_DISK_FULL,
   *   HAYPILE_PERMISSION, HAYPILE_PATH_MISSING, HAYPILE_ABORTED
   */
  exportIndex(options: ExportIndexOptions): Promise<ExportedIndex>;
  /**
   * Brings the index up to date with the folder as index() does, but takes vectors from such a file where it has them.
   * @throws HaypileError HAYPILE_SNAPSHOT_INVALID, HAYPILE_UNTRUSTED, HAYPILE_USAGE for one of another repository,
   *   HAYPILE_DIMENSIONS_DIFFER and HAYPILE_VECTORS_DIFFER for one of another model, HAYPILE_PATH_MISSING,
   *   HAYPILE_DISK_FULL: nothing was changed then. And as index()
   */
  importIndex(options: ImportIndexOptions): Promise<ImportedIndex>;
  /**
   * Keeps a copy of the index as it is at one moment, also while a run is at work (docs/snapshots.md). None is made by
   * itself: an index can be made again.
   * @throws HaypileError HAYPILE_NOT_INDEXED, HAYPILE_USAGE, those of the database, HAYPILE_DISK_FULL, HAYPILE_PERMISSION, HAYPILE_IO
   */
  snapshotIndex(options?: SnapshotOptions): Promise<IndexSnapshot>;
  /** Newest first; what is wrong with one stands beside it. @throws HaypileError HAYPILE_PERMISSION, HAYPILE_IO */
  indexSnapshots(): Promise<IndexSnapshotsResult>;
  /**
   * Restores one into a scratch folder, compares every page and the whole file, opens it, counts it and searches it. The
   * index stays as it is.
   * @throws HaypileError HAYPILE_SNAPSHOT_MISSING, HAYPILE_USAGE, HAYPILE_DISK_FULL, HAYPILE_PERMISSION, HAYPILE_IO
   */
  verifyIndexSnapshot(id: string): Promise<VerifiedIndexSnapshot>;
  /**
   * Puts one in the place of the index, all or nothing; what was there before is kept as a snapshot. Whoever has it open
   * has the new state with the next call, and the next index run takes in what changed on the disk since.
   * @throws HaypileError HAYPILE_SNAPSHOT_MISSING, HAYPILE_SNAPSHOT_INVALID, HAYPILE_USAGE, HAYPILE_DB_BUSY while a run is at
   *   work, HAYPILE_DISK_FULL, HAYPILE_PERMISSION, HAYPILE_IO
   */
  restoreIndexSnapshot(id: string, options?: RestoreOptions): Promise<RestoredIndexSnapshot>;
  /** @throws HaypileError HAYPILE_SNAPSHOT_MISSING, HAYPILE_USAGE, HAYPILE_PERMISSION, HAYPILE_IO */
  removeIndexSnapshot(id: string): Promise<void>;
  /** Ends the index runs that calls of the answering process have begun; what they stored stays. */
  stopIndexing(): Promise<StoppedRuns>;
  /** Which index it is, whether it is there, and what every option is for it. */
  facts(): Promise<IndexFacts>;
  /** How vectors are searched, and how many of the true best ten that finds. @throws HaypileError HAYPILE_NOT_INDEXED */
  indexReport(): Promise<IndexDetails>;
  /** Loads the model and says how it was; undefined for a static one. */
  loadModel(): Promise<ModelReport | undefined>;
  /** How the model was loaded; undefined while it is not, and for a static one. */
  modelReport(): Promise<ModelReport | undefined>;
  /** Where the RAM of the process is that answers. */
  footprint(): Promise<FootprintReport>;
  /** How short memory is in the process that answers: the level, and what is used of the limit. */
  memoryPressure(): Promise<FootprintPressure>;
  /**
   * Resolves when memory is calm there, or the time is over; what it was then says which.
   * @throws HaypileError HAYPILE_USAGE, HAYPILE_ABORTED
   */
  untilCalm(options?: CalmOptions): Promise<FootprintPressure>;
  /** The machine and the runtime. @throws HaypileError HAYPILE_NATIVE_MISSING */
  host(): Promise<HostSummary>;
  /** Resolves when what runs in the background is done: the bits that make searches of a large index fast. */
  settled(): Promise<void>;
}
