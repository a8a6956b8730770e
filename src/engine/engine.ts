/*
 * One index and what can be done with it. The engine owns the store and the embedder, and opens
 * each when it is first needed: a status loads no model, a run over an unchanged tree neither.
 */
import { dirname } from "node:path";
import { checkOptions, checkTextArgument } from "../base/check-options.ts";
import { defined } from "../base/defined.ts";
import { HaypileError } from "../base/errors.ts";
import type { ModelName } from "../base/model-name.ts";
import { passGate } from "../base/paths/path-gate.ts";
import { timed } from "../base/stages.ts";
import type { Configuration } from "../config/load.ts";
import type {
  EngineStatus,
  IndexDetails,
  IndexFacts,
  RemovedFile,
} from "../ports/answers/index-facts.ts";
import type { IndexCallOptions, IndexResult } from "../ports/answers/index-run.ts";
import type { MigrateCallOptions, MigrationResult } from "../ports/answers/migration.ts";
import type {
  SearchCallOptions,
  SearchRequest,
  SearchResult,
  WhyResult,
} from "../ports/answers/search.ts";
import { checkCall, codeCalls } from "../ports/calls.ts";
import type { IndexStore } from "../ports/store.ts";
import { why } from "../search/why.ts";
import { ownParts } from "./artefact/artefact-calls.ts";
import type { WatchCallOptions } from "./call-options.ts";
import { type Configured, takeDefaults } from "./configure.ts";
import { AsOnDisk, type IndexBySelf } from "./disk/as-on-disk.ts";
import type { EngineParts } from "./engine-parts.ts";
import type { AtParts } from "./history/at/at-revision.ts";
import { RevisionSearch } from "./history/search/revision-search.ts";
import { type CompactCalls, compactCalls } from "./index/compact.ts";
import { describeIndex } from "./index/index-details.ts";
import { closeParts, indexFacts, indexStatus } from "./index/index-status.ts";
import { type KeptStore, keepIndex } from "./index/kept-store.ts";
import { assertNoRun, type ResetOptions, removeIndexAt } from "./index/reset.ts";
import { type RunWays, runIndex } from "./index/run-index.ts";
import { runAtWork } from "./index/run-note.ts";
import { watchIndex } from "./index/watch-index.ts";
import { indexAndRenew, type SearchedParts, searchOneModel } from "./migration/meanwhile.ts";
import { IndexMigrations } from "./migration/migrations.ts";
import { resetShape, watchShape } from "./option-shapes.ts";
import { filterWords, throughGate } from "./questions/filter-words.ts";
import { type GraphParts, withGraphParts } from "./questions/graph-calls.ts";
import { type MachineParts, machineParts } from "./questions/machine-calls.ts";
import { rerankersOf } from "./questions/rerankers.ts";
import type { UnparsedFile } from "./questions/structure.ts";
import { atParts, type SymbolParts, symbolParts } from "./questions/symbol-calls.ts";
import { type UpkeepParts, withUpkeepParts } from "./questions/upkeep-calls.ts";
import { withReason } from "./questions/why-not.ts";
import { IndexSnapshotCalls } from "./snapshots/of-index/calls.ts";
import { assertFile } from "./store/only-files.ts";
import { tidyStore } from "./upkeep/tidy-indexes.ts";

/** An opened index. Close it when done; `await using` does. */
export class Engine extends IndexSnapshotCalls {
  readonly #parts: EngineParts;
  readonly #kept: KeptStore;
  readonly #migrations: IndexMigrations;
  readonly #revisions: RevisionSearch;
  /** @internal */
  readonly disk: AsOnDisk;
  #closing: Promise<void> | undefined;

  /** Use open() of "haypile". @internal */
  constructor(parts: EngineParts) {
    super();
    this.#parts = parts;
    this.#kept = keepIndex(parts);
    this.#migrations = new IndexMigrations(parts, this.#kept);
    this.#revisions = new RevisionSearch(parts, this.#kept, this.#migrations);
    const index: IndexBySelf = (...how) => this.#kept.during(() => this.#index(...how));
    this.disk = new AsOnDisk(parts, this.#kept, index);
  }

  /** The model's name with its number format. */
  get modelName(): string {
    return this.#parts.modelName;
  }

  /**
   * Brings the index up to date with the folder: new and changed files are read, deleted ones go, and only chunks that
   * are new get a vector. Stopped or killed, the next run goes on from there.
   * @throws HaypileError HAYPILE_DB_BUSY when another process is indexing; HAYPILE_ABORTED; HAYPILE_DIMENSIONS_DIFFER;
   *   and those of folders, database and model
   */
  async index(options: IndexCallOptions = {}): Promise<IndexResult> {
    checkCall(codeCalls, "index", [options]);
    return await this.runs.with(options.signal, async (signal) => {
      await this.disk.makeWay();
      return await this.#kept.during(() => this.#index({ ...options, signal }, {}));
    });
  }

  async #index(options: IndexCallOptions, ways: RunWays): Promise<IndexResult> {
    this.#assertOpen();
    const run = (only?: ModelName) =>
      runIndex(this.#parts, () => this.#openStore(true), options, ways, only);
    return await indexAndRenew(this.#migrations, () => this.#openStore(true), run, options);
  }

  /**
   * Makes the vectors anew with another model, or in the format that the model has here; until all are there the
   * old ones serve. Stopped or killed, the next call goes on from there.
   * @throws HaypileError HAYPILE_NOT_INDEXED, HAYPILE_ABORTED, HAYPILE_DB_BUSY while it is on its way to another model
   *   already, HAYPILE_MEMORY_LIMIT, and those of database and model
   */
  async migrate(options: MigrateCallOptions = {}): Promise<MigrationResult> {
    this.#assertOpen();
    checkCall(codeCalls, "migrate", [options]);
    await this.disk.makeWay();
    return await this.#kept.during(() => this.#migrations.run(this.#openStore(false), options));
  }

  /** New vectors are being made, by this process. */
  get isMigrating(): boolean {
    return this.#migrations.isAtWork;
  }

  /** The folder the index is of. */
  get root(): string {
    return this.#parts.root;
  }

  /** There is something to search. */
  get hasIndex(): boolean {
    return this.#parts.databaseExists();
  }

  /**
   * Brings the index up to date, and again after every burst of changes, until the signal ends it. A run
   * that fails (another process is indexing, say) is told by onNote and made up for a little later. An
   * index that another process deleted is told, and made anew.
   * @throws HaypileError as index(), for the first run
   */
  async watch(options: WatchCallOptions): Promise<void> {
    checkOptions("watch()", options, watchShape);
    await watchIndex({
      ...options,
      root: this.#parts.root,
      isGone: () => this.#kept.isGone,
      index: (signal, paths) => this.disk.index({ signal }, { keepParser: true, paths }),
    });
  }

  /**
   * Searches by meaning and by word.
   * @throws HaypileError HAYPILE_USAGE for an empty query, HAYPILE_NOT_INDEXED, HAYPILE_ABORTED,
   *   HAYPILE_DIMENSIONS_DIFFER, and those of database and model
   */
  async search(query: string, options: SearchCallOptions = {}): Promise<SearchResult> {
    const askedAt = performance.now();
    checkCall(codeCalls, "search", [query, options]);
    const { at, signal } = options;
    if (at === undefined && options.cache !== false) this.#parts.caches.note(query, options);
    const run = async () => {
      if (at !== undefined) {
        return await this.#revisions.search({ query, options: { ...options, at }, askedAt });
      }
      // Waiting for memory and opening the index take their part of the time to the deadline.
      const { found, store } = await searchOneModel(
        this.#migrations,
        () => this.#searchParts(),
        () => this.#searchRequest(query, options, askedAt),
      );
      // The one that was searched: it may have been deleted meanwhile.
      return { ...found, indexing: runAtWork(store) };
    };
    const { deadlineMs = this.#parts.configured.searchDefaults.deadlineMs } = options;
    return await this.#kept.during(() =>
      this.#parts.activity.search(() =>
        timed(() => this.#parts.ceiling.search(signal, run, deadlineMs)),
      ),
    );
  }

  /**
   * Why a file stands where it does for a query, or why it does not come. @param path relative to the indexed folder
   * @throws HaypileError HAYPILE_PATH_REFUSED, and as search()
   */
  async why(query: string, path: string, options: SearchCallOptions = {}): Promise<WhyResult> {
    const askedAt = performance.now();
    checkTextArgument("why()", "path", path);
    checkCall(codeCalls, "why", [query, path, options]);
    const { at } = options;
    const own = passGate(at === undefined ? this.#root() : this.#parts.root, path);
    return await this.#kept.during(async () => {
      if (at !== undefined) {
        const asked = { query, options: { ...options, at }, askedAt, path: own };
        return await this.#revisions.why(asked);
      }
      await this.#migrations.follow(this.#openStore(false));
      const found = await why(
        this.#searchParts(),
        this.#searchRequest(query, options, askedAt),
        own,
      );
      const { maxFileBytes } = this.#parts.configured.indexDefaults;
      return await withReason(found, this.#root(), maxFileBytes);
    });
  }

  /** Files whose definitions and uses are missing, and why. @throws HaypileError HAYPILE_NOT_INDEXED */
  unparsed(): UnparsedFile[] {
    this.#assertOpen();
    return this.#openStore(false).files.unparsed();
  }

  /**
   * Puts the index in order, a step at a time: parts of word indexes merged, free pages given back.
   * @returns whether it came to its end
   * @throws HaypileError HAYPILE_DB_BUSY
   * @internal
   */
  async tidy(signal: AbortSignal): Promise<boolean> {
    this.#assertOpen();
    return await this.#kept.during(() => tidyStore(this.#openStore(false), signal));
  }

  /** Which index it is, whether it is there, and what every option is for it. */
  facts(): IndexFacts {
    return indexFacts(this.#parts);
  }

  /** What every option is, and where that comes from. */
  get configuration(): Configuration {
    return this.#parts.configured.configuration;
  }

  /** What calls do that do not say otherwise becomes what it is now; how the index is kept stays. @internal */
  goBy(now: Configured<unknown>): void {
    takeDefaults(this.#parts.configured, now);
  }

  /** What the index holds. @throws HaypileError HAYPILE_NOT_INDEXED */
  status(): EngineStatus {
    this.#assertOpen();
    const store = this.#openStore(false);
    const revisions = this.#revisions.keptVersions();
    return { ...indexStatus(this.#parts, store, this.#migrations), revisions };
  }

  /**
   * Deletes the index, and with `cache` the shared cache of vectors; then closes.
   * @throws HaypileError HAYPILE_DB_BUSY while another process is indexing
   */
  async reset(options: ResetOptions = {}): Promise<{ files: RemovedFile[] }> {
    this.#assertOpen();
    checkOptions("reset()", options, resetShape);
    const { database, server } = this.#parts;
    await this.disk.makeWay();
    if (server !== undefined) {
      await this.close();
      try {
        const { removeFromServer } = await import("./store/reset-server.ts");
        return { files: [...removeFromServer(server), ...removeIndexAt(database, options)] };
      } finally {
        server.close();
      }
    }
    assertNoRun(database);
    await this.close();
    return { files: removeIndexAt(database, options) };
  }

  /** Makes the index smaller, and takes that back. @throws HaypileError HAYPILE_NOT_INDEXED */
  get compaction(): CompactCalls {
    const { addonFolder, store } = this.#parts;
    const instead =
      "PostgreSQL gives room back by itself (VACUUM); its disk is for who looks after it.";
    assertFile(this.#parts, "make the index smaller", instead);
    return compactCalls(this.#openStore(false).path, addonFolder, store.textCompression);
  }

  /** How vectors are searched, what symbols there are, and how many of the true best ten up to 50 samples find. */
  async indexReport(): Promise<IndexDetails> {
    this.#assertOpen();
    return await this.#kept.during(() => describeIndex(this.#openStore(false)));
  }

  /** Resolves when what runs in the background is done: bits for fast searches. close() stops it; a run goes on there. */
  async settled(): Promise<void> {
    await this.#revisions.settled();
    await this.#kept.opened?.settled();
  }

  /** Waits for work in flight, then frees model and database. A second call is harmless. */
  close(): Promise<void> {
    const parts = [this.#parts, this.#migrations, this.disk] as const;
    this.#closing ??= this.#revisions
      .close()
      .then(() => closeParts(...parts))
      .finally(() => {
        this.past.close();
        this.#kept.close();
      });
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #searchParts(): SearchedParts {
    this.#assertOpen();
    const store = this.#openStore(false);
    const root = this.#root();
    const { staticEmbedder, ceiling, caches } = this.#parts;
    return {
      store,
      embedder: this.#migrations.queryEmbedder(store),
      rankings: caches.rankings(() => `${this.#kept.file} ${store.facts.changeMark()}`),
      staticEmbedder,
      ...rerankersOf(this.#parts, ceiling.governor?.isTaken("reranker off") === true),
      root,
      filterWords: filterWords(root),
    };
  }

  /** The folder of the index, as the index has it. */
  #root(): string {
    this.#assertOpen();
    return this.#openStore(false).facts.get("root") ?? this.#parts.root;
  }

  #searchRequest(query: string, options: SearchCallOptions, askedAt: number): SearchRequest {
    const all = { ...this.#parts.configured.searchDefaults, ...defined(options) };
    const filter = all.filter && throughGate(all.filter, this.#root());
    return this.#migrations.fitted(this.#openStore(false), { ...all, query, askedAt, filter });
  }

  /** @internal */
  protected [symbolParts](): SymbolParts {
    this.#assertOpen();
    const { symbols, texts, files } = this.#openStore(false);
    return { symbols, texts, files, root: this.#root(), marked: (one) => this.disk.marked(one) };
  }

  /** @internal */
  protected [atParts](): AtParts {
    this.#assertOpen();
    const { parser, cachePath, configured } = this.#parts;
    // Git is enough: the index need not be there.
    const root = this.hasIndex ? this.#root() : this.#parts.root;
    const { maxFileBytes } = configured.indexDefaults;
    return { root, parser, cacheFolder: dirname(cachePath), maxFileBytes };
  }

  /** @internal */
  protected get [ownParts]() {
    this.#assertOpen();
    return { parts: this.#parts, kept: this.#kept };
  }

  /** @internal */
  protected get [machineParts](): MachineParts {
    const assertOpen = (): void => this.#assertOpen();
    return { parts: this.#parts, opened: this.#kept.opened, assertOpen };
  }

  protected [withGraphParts]<T>(work: (parts: GraphParts) => Promise<T>): Promise<T> {
    const root = this.#root();
    const { symbols, texts } = this.#openStore(false);
    return this.#kept.during(() => work({ symbols, texts, root, parser: this.#parts.parser }));
  }

  protected [withUpkeepParts]<T>(work: (parts: UpkeepParts) => Promise<T>): Promise<T> {
    const { files } = this.#openStore(false);
    const { maxFileBytes } = this.#parts.configured.indexDefaults;
    return this.#kept.during(() => work({ files, root: this.#root(), maxFileBytes }));
  }

  #openStore(create: boolean): IndexStore {
    return this.#kept.get(create);
  }

  #assertOpen(): void {
    if (this.#closing === undefined) return;
    throw new HaypileError("HAYPILE_CLOSED", "The engine was closed before this call.");
  }
}
