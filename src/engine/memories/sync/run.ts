/* What the steps of one sync share: the store, the folder, what is asked, and what is told in the end. */
import { HaypileError } from "../../../base/errors.ts";
import { yieldToEventLoop } from "../../../base/yield.ts";
import { collectMemory } from "../../../memories/sync/collect.ts";
import { whenFree } from "../../../memories/writing/when-free.ts";
import type {
  MemorySyncOptions,
  MemorySyncProgress,
  MemorySyncResult,
  SyncFileProblem,
} from "../../../ports/memory/sync-call.ts";
import type { SyncFolder } from "../../../ports/memory/sync-tables.ts";
import type { OpenedMemoryStore } from "../../../storage/sqlite/memories/store.ts";

/** Memories in one transaction. */
export const perStep = 200;
const mostProblems = 100;

export class SyncRun {
  readonly store: OpenedMemoryStore;
  readonly options: MemorySyncOptions;
  readonly machine: string;
  readonly result: MemorySyncResult;
  readonly namespaces: ReadonlySet<string> | undefined;
  /** Rows that have no vector yet. */
  readonly inserted: number[];
  /** As the database has it, but for what is on its way. */
  folder: SyncFolder;

  constructor(
    store: OpenedMemoryStore,
    options: MemorySyncOptions,
    machine: string,
    folder: SyncFolder,
    inserted: number[],
  ) {
    this.inserted = inserted;
    this.store = store;
    this.options = options;
    this.machine = machine;
    this.folder = folder;
    const list =
      folder.namespaces === undefined ? undefined : (JSON.parse(folder.namespaces) as string[]);
    this.namespaces = list && new Set(list);
    this.result = {
      folder: folder.path,
      machine,
      namespaces: list,
      sent: 0,
      received: { added: 0, changed: 0, forgotten: 0 },
      duplicates: 0,
      files: 0,
      bytesRead: 0,
      bytes: 0,
      isRewritten: false,
      isAfterRestore: false,
      otherNamespaces: 0,
      secrets: { kept: 0, refused: 0 },
      fromFuture: 0,
      problems: [],
      problemCount: 0,
      totalMs: 0,
    };
  }

  problem(problem: SyncFileProblem): void {
    this.result.problemCount += 1;
    if (this.result.problems.length < mostProblems) this.result.problems.push(problem);
  }

  tell(phase: MemorySyncProgress["phase"], done: number, total: number): void {
    if (this.options.onProgress === undefined) return;
    const rssBytes = process.memoryUsage.rss();
    this.options.onProgress({ phase, done, total: Math.max(done, total), rssBytes });
  }

  /** Between two steps. @throws HaypileError HAYPILE_ABORTED */
  async pause(): Promise<void> {
    await yieldToEventLoop();
    if (this.options.signal?.aborted !== true) return;
    throw new HaypileError(
      "HAYPILE_ABORTED",
      "The sync was stopped. What was done stays; the next one goes on.",
    );
  }

  /** It may be lost when the power fails: then it is done again. */
  lightly<T>(work: () => T): Promise<T> {
    return whenFree(() => this.store.writeLightly("sync memories", work));
  }

  /** On the disk when it returns. */
  surely<T>(work: () => T): Promise<T> {
    return whenFree(() => this.store.write("note what was synced", work));
  }

  async keepFolder(changed: Partial<SyncFolder>): Promise<void> {
    this.folder = { ...this.folder, ...changed };
    await this.surely(() => this.store.sync.putFolder(this.folder));
  }
}

/** Gives clocks to what changed here, and to what has none. */
export async function collectAll(run: SyncRun): Promise<void> {
  const { sync } = run.store;
  let done = 0;
  const step = (keys: readonly string[]): void => {
    for (const key of keys) collectMemory(run.store, key, run.machine);
    done += keys.length;
  };
  for (let after = ""; ; ) {
    const keys = await run.lightly(() => {
      const found = sync.unknown(after, perStep);
      step(found);
      return found;
    });
    if (keys.length === 0) break;
    after = keys.at(-1) as string;
    run.tell("looking", done, done);
    await run.pause();
  }
  for (;;) {
    const count = await run.lightly(() => {
      const found = sync.touchedKeys(perStep);
      step(found);
      return found.length;
    });
    if (count === 0) return;
    run.tell("looking", done, done);
    await run.pause();
  }
}
