/* Puts the memory service together: its database, the model that is shared with others, the reader of code. */
import { resolve } from "node:path";
import { HaypileError } from "../../base/errors.ts";
import { anchoredTo } from "../../memories/looking/anchored.ts";
import type { HalfLives } from "../../memories/recall/scoring.ts";
import { MemoryService } from "../../memories/service.ts";
import type { MemoryServiceOptions } from "../../memories/service-options.ts";
import type { Quota } from "../../memories/writing/forget.ts";
import { whenFree } from "../../memories/writing/when-free.ts";
import { scanKernels } from "../../native/vector-scan.ts";
import { wordSplitter } from "../../native/words.ts";
import type { AnchorReader } from "../../ports/anchor-reader.ts";
import type { MemoryStats } from "../../ports/answers/memory-reports.ts";
import type { MigrateCallOptions, MigrationResult } from "../../ports/answers/migration.ts";
import type { AnchoredOptions, AnchoredResult } from "../../ports/answers/time/history.ts";
import type {
  BroughtBack,
  PrunedSnapshots,
  PruneSnapshotsOptions,
  RestoredSnapshot,
  RestoreOptions,
  Snapshot,
  SnapshotOptions,
  SnapshotsResult,
  VerifiedSnapshot,
} from "../../ports/answers/time/snapshots.ts";
import { checkCall, memoryCalls } from "../../ports/calls.ts";
import type { TextEmbedder } from "../../ports/embedder.ts";
import type { Memories, RecallOptions, RecallResult } from "../../ports/memories.ts";
import type { MemorySyncOptions, MemorySyncResult } from "../../ports/memory/sync-call.ts";
import type { MemoryStore } from "../../ports/memory-rows.ts";
import { type OpenedMemoryStore, openMemoryStore } from "../../storage/sqlite/memories/store.ts";
import type { Activity } from "../activity/activity.ts";
import { EngineCaches } from "../caches/engine-caches.ts";
import { Snapshots, type SnapshotsOptions } from "../snapshots/snapshots.ts";
import { RefusedSnapshots, RefusedSyncs } from "../store/refused.ts";
import { MemoryMigrations } from "./memory-migrations.ts";
import type { MemoryModel } from "./memory-model.ts";
import { MemorySyncs } from "./sync/sync.ts";

export interface MemoriesOptions {
  /** Absolute path of the database file; it is made when it is not there. Of a server: what it is called. */
  database: string;
  /** Opened already, on a server: what only a file has is refused. It is closed with the memories. Default: the file. */
  server?: OpenedMemoryStore | undefined;
  /** Loaded by its owner when first asked, and closed by it after the memories. Without it: words only. */
  embedder: TextEmbedder | undefined;
  /** Where the native addon lies; default: its package. */
  addonFolder?: string | undefined;
  /** Looks at code that memories name. Default: none, and anchors are not compared. */
  anchorReader?: AnchorReader | undefined;
  /** Days in which a memory loses half of what age can take, by kind. Facts, decisions and preferences do not age. */
  halfLives?: HalfLives | undefined;
  /** What recall takes for now, milliseconds since 1970. Default: Date.now(). */
  clock?: (() => number) | undefined;
  /** How long a recall waits for git where anchored code has changed, milliseconds. Default 400, and 1,500 with asOf. */
  gitMs?: number | undefined;
  /** How long deleted memories can be brought back, milliseconds. Default seven days. */
  graceMs?: number | undefined;
  /** How long expired and superseded memories stay, milliseconds. Default 30 days. */
  keepEndedMs?: number | undefined;
  /** By namespace; "*" stands for all others. Default: none. */
  quotas?: Readonly<Record<string, Quota>> | undefined;
  /** Most memory of vectors: int8 values up to `exactBytes` (8 MiB), then bits up to `bitsBytes` (64 MiB). */
  exactBytes?: number | undefined;
  bitsBytes?: number | undefined;
  /** Vectors of queries that were asked before, bytes. Default 1 MiB. */
  cacheBytes?: number | undefined;
  /** Counts recalls. Default: nobody does. */
  activity?: Pick<Activity, "query" | "close"> | undefined;
  /** Called when they are closed; more than once where that is done more than once. */
  onClose?: (() => void) | undefined;
  /** How they get another model. Default: they keep the embedder they have. */
  model?: ((store: MemoryStore) => MemoryModel) | undefined;
  /** Snapshots that are made by themselves. Default: none. */
  snapshots?: SnapshotsOptions | undefined;
  /** Somebody calls collect() every so often, so they need no clock of their own. Default: nobody does. */
  isScheduled?: (() => boolean) | undefined;
}

/** What its owner can do besides. */
export interface OpenMemories extends Memories {
  /** A snapshot was restored, or another file is there: these take no writes, and are to be opened anew. */
  readonly isReplaced: boolean;
  /** Memory held for searching, bytes. */
  readonly residentBytes: number;
  /** Texts that are held for that, older ones too; 0 before the first recall. */
  readonly residentRows: number;
  /** Frees it; the next recall brings it back. */
  dropResident(): void;
  /** Makes the snapshot of the day where one is due. @returns whether one was made */
  snapshotOfToday(): Promise<boolean>;
}

const defaultCacheBytes = 1_024 * 1_024;

/**
 * Opens the memories of a user. Several processes may have them open at once.
 *
 * @throws HaypileError HAYPILE_DB_NOT_A_DATABASE, HAYPILE_DB_NEWER, HAYPILE_DB_CORRUPT, HAYPILE_DB_BUSY,
 *   HAYPILE_PERMISSION, HAYPILE_DISK_FULL, HAYPILE_IO, HAYPILE_USAGE
 */
export async function openMemories(options: MemoriesOptions): Promise<OpenMemories> {
  const { database, server, addonFolder, exactBytes, bitsBytes, cacheBytes, ...others } = options;
  const { onClose, activity, ...rest } = others;
  const ofFile =
    server === undefined
      ? new Snapshots(resolve(database), options.snapshots, () => store)
      : undefined;
  const snapshots = ofFile ?? new RefusedSnapshots(database);
  const caches = new EngineCaches(cacheBytes ?? defaultCacheBytes);
  const open = (): OpenedMemoryStore =>
    openMemoryStore({
      path: database,
      kernels: options.embedder && scanKernels(addonFolder),
      wordSplitter: wordSplitter(addonFolder),
      exactBytes,
      bitsBytes,
      wrote: () => ofFile?.wrote(),
    });
  const store: OpenedMemoryStore = server ?? (await whenFree(open));
  caches.enter("memories");
  const model = options.model?.(store);
  const embedder = model ?? options.embedder;
  const service = {
    ...rest,
    store,
    embedder,
    queryEmbedder: embedder && caches.embedder(embedder),
  };
  const close = (): void => {
    void caches.close();
    onClose?.();
  };
  const sync = (onTaken: (rowIds: readonly number[]) => void): Syncs =>
    server === undefined
      ? new MemorySyncs(resolve(database), store, onTaken)
      : new RefusedSyncs(database);
  return new ToldMemories(service, model, close, activity, {
    snapshots,
    sync,
    server: server && database,
  });
}

type Syncs = Pick<MemorySyncs, "sync" | "close">;
type SnapshotCalls = Pick<
  Snapshots,
  | "make"
  | "makeBefore"
  | "today"
  | "bringBack"
  | "close"
  | "list"
  | "prune"
  | "remove"
  | "restore"
  | "verify"
>;

/** Memories whose end somebody is told of, with what needs their file or their model: snapshots, other vectors. */
class ToldMemories extends MemoryService implements OpenMemories {
  readonly #onClose: (() => void) | undefined;
  readonly #migrations: MemoryMigrations | undefined;
  readonly #activity: MemoriesOptions["activity"];
  readonly #snapshots: SnapshotCalls;
  readonly #store: MemoryStore;
  readonly #syncs: Syncs;
  readonly #server: string | undefined;

  constructor(
    service: MemoryServiceOptions,
    model: MemoryModel | undefined,
    onClose: (() => void) | undefined,
    activity: MemoriesOptions["activity"],
    parts: {
      snapshots: SnapshotCalls;
      sync: (onTaken: (rowIds: readonly number[]) => void) => Syncs;
      server: string | undefined;
    },
  ) {
    super(service);
    this.#store = service.store;
    this.#server = parts.server;
    this.#snapshots = parts.snapshots;
    this.#syncs = parts.sync((rowIds) => this.resume(rowIds));
    this.#onClose = onClose;
    this.#activity = activity;
    // What waits for a vector gets it of the new model when this has happened.
    const keep = (note: string) => parts.snapshots.makeBefore("model", note);
    this.#migrations =
      model && new MemoryMigrations(service.store, model, () => this.resume(), keep);
    this.#migrations?.renewSoon();
  }

  async migrate(options: MigrateCallOptions = {}): Promise<MigrationResult> {
    checkCall(memoryCalls, "migrate", [options]);
    if (this.#migrations !== undefined) return await this.#migrations.run(options);
    throw new HaypileError(
      "HAYPILE_MODEL_MISSING",
      'There is no model on this machine for vectors of memories. Get one with "haypile models add".',
    );
  }

  get isReplaced(): boolean {
    return this.#store.isReplaced;
  }

  async anchored(options: AnchoredOptions): Promise<AnchoredResult> {
    checkCall(memoryCalls, "anchored", [options]);
    return anchoredTo(this.#store, options);
  }

  snapshot(options?: SnapshotOptions): Promise<Snapshot> {
    return this.#snapshots.make(options);
  }

  snapshots(): Promise<SnapshotsResult> {
    return this.#snapshots.list();
  }

  snapshotOfToday(): Promise<boolean> {
    return this.#snapshots.today();
  }

  removeSnapshot(id: string): Promise<void> {
    return this.#snapshots.remove(id);
  }

  verifySnapshot(id: string): Promise<VerifiedSnapshot> {
    return this.#snapshots.verify(id);
  }

  restoreSnapshot(id: string, options?: RestoreOptions): Promise<RestoredSnapshot> {
    return this.#snapshots.restore(id, options);
  }

  pruneSnapshots(options?: PruneSnapshotsOptions): Promise<PrunedSnapshots> {
    return this.#snapshots.prune(options);
  }

  bringBack(id: string): Promise<BroughtBack> {
    return this.#snapshots.bringBack(id, this);
  }

  sync(folder: string, options?: MemorySyncOptions): Promise<MemorySyncResult> {
    return this.#syncs.sync(folder, options);
  }

  override async stats(): Promise<MemoryStats> {
    const stats = await super.stats();
    return this.#server === undefined
      ? stats
      : { ...stats, stores: [{ store: this.#server, isUp: true }] };
  }

  override async recall(query: string, options: RecallOptions = {}): Promise<RecallResult> {
    const run = () => super.recall(query, options);
    return this.#activity === undefined ? await run() : await this.#activity.query("recall", run);
  }

  override async close(): Promise<void> {
    this.#onClose?.();
    this.#activity?.close();
    await this.#migrations?.close();
    await this.#snapshots.close();
    await this.#syncs.close();
    await super.close();
  }
}
