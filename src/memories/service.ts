/*
 * The memory service: what faces call. It owns the store, the queue of texts without a vector, and the small
 * work in the background (counts of use, collection); the embedder belongs to whoever gave it.
 */

import { over } from "../base/defined.ts";
import { HaypileError } from "../base/errors.ts";
import { type StageClock, timed, timesOf } from "../base/stages.ts";
import type { AnchorReader } from "../ports/anchor-reader.ts";
import type {
  ForgetResult,
  ImportOptions,
  ImportResult,
  MemoryImport,
  MemoryStats,
  RemovedMemory,
} from "../ports/answers/memory-reports.ts";
import type { MemorySnapshots } from "../ports/answers/time/memory-snapshots.ts";
import type { TextEmbedder } from "../ports/embedder.ts";
import type {
  DuplicatesOptions,
  DuplicatesResult,
  ForgetPreview,
  Memories,
  Memory,
  MemoryEdit,
  MemoryFilter,
  MemoryListOptions,
  MergeOptions,
  RecallOptions,
  RecallResult,
  RememberOptions,
  RememberResult,
  UnverifiedOptions,
  UnverifiedResult,
} from "../ports/memories.ts";
import type { MemoryStore } from "../ports/memory-rows.ts";
import { uncached } from "../search/uncached.ts";
import { seeAnchors } from "./anchors/anchors.ts";
import { checkRemember, missing, notThere, type Remembered, warned } from "./checks/options.ts";
import { checkFormat } from "./formats/exchange.ts";
import { exportLines } from "./formats/export.ts";
import { RecordImport } from "./formats/import.ts";
import { dismissPair, duplicatesOf } from "./looking/duplicates.ts";
import { memoryOf } from "./looking/get.ts";
import { listMemories, type MemoryPage } from "./looking/list.ts";
import { unverifiedOf, verifyMemory } from "./looking/unverified.ts";
import { type AnswerParts, recall } from "./recall/answer.ts";
import { historyOf } from "./recall/history.ts";
import { defaultHalfLives } from "./recall/scoring.ts";
import { removedOf, showRows, statsOf } from "./recall/show.ts";
import { UseCounts } from "./recall/use-counts.ts";
import type { MemoryServiceOptions } from "./service-options.ts";
import { NearDuplicates } from "./vectors/near-duplicates.ts";
import { VectorQueue } from "./vectors/vector-queue.ts";
import { Forgetting } from "./writing/forget.ts";
import { forgetWhere } from "./writing/forget-where.ts";
import { logInBackground } from "./writing/in-background.ts";
import { linkMemories } from "./writing/link.ts";
import { mergeMemories, unmergeMemory } from "./writing/merge.ts";
import { type Prepared, prepare } from "./writing/prepared.ts";
import { MemoryWriter, refusedOne } from "./writing/remember.ts";
import { updateMemory } from "./writing/update.ts";
import { whenFree, whenThere } from "./writing/when-free.ts";

const dayMs = 24 * 3_600_000;
const defaultGraceMs = 7 * dayMs;
const defaultKeepEndedMs = 30 * dayMs;
const collectEveryMs = 3_600_000;
/** Of the hits of a recall so many count as used: who asks for a hundred looks for something in them. */
const mostUsed = 5;

/** What the engine adds, which knows files and models. */
type AddedCalls = "anchored" | "migrate" | "sync" | keyof MemorySnapshots;

export class MemoryService implements Omit<Memories, AddedCalls> {
  readonly #store: MemoryStore;
  readonly #queryEmbedder: TextEmbedder | undefined;
  readonly #modelId: string | undefined;
  readonly #anchorReader: AnchorReader | undefined;
  readonly #recalling: Pick<AnswerParts, "halfLives" | "clock" | "gitMs">;
  readonly #uses: UseCounts;
  readonly #forgetting: Forgetting;
  readonly #writer: MemoryWriter;
  readonly #queue: VectorQueue | undefined;
  readonly #near: NearDuplicates;
  readonly #collecting: NodeJS.Timeout;
  readonly #stop = new AbortController();
  readonly #atWork = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(options: MemoryServiceOptions) {
    const { store, embedder, clock, gitMs, halfLives } = options;
    this.#store = store;
    this.#queryEmbedder = options.queryEmbedder ?? embedder;
    this.#modelId = embedder?.modelId;
    this.#anchorReader = options.anchorReader;
    this.#recalling = { halfLives: over(defaultHalfLives, halfLives), clock, gitMs };
    this.#uses = new UseCounts(store);
    this.#forgetting = new Forgetting(store, {
      graceMs: options.graceMs ?? defaultGraceMs,
      keepEndedMs: options.keepEndedMs ?? defaultKeepEndedMs,
      quotas: options.quotas ?? {},
    });
    const near = new NearDuplicates(store, embedder?.modelId);
    this.#near = near;
    this.#queue = embedder && new VectorQueue(store.vectors, embedder, () => near.arrived());
    this.#writer = new MemoryWriter(store, this.#forgetting, (rowIds, toBeCompared) => {
      near.expect(toBeCompared);
      this.#queue?.add(rowIds);
    });
    const collect = (): void => void (options.isScheduled?.() === true || this.#collectQuietly());
    this.#collecting = setInterval(collect, collectEveryMs);
    this.#collecting.unref();
    this.resume();
  }

  remember(text: string, options: RememberOptions = {}): Promise<RememberResult> {
    return this.#run(async () => {
      const checked = checkRemember(text, options);
      return warned(await this.#writer.write(await this.#prepare(checked)), checked);
    });
  }

  rememberMany(items: readonly ({ text: string } & RememberOptions)[]): Promise<RememberResult[]> {
    return this.#run(async () => {
      const prepared: Prepared[] = [];
      for (const [at, { text, ...options }] of items.entries()) {
        try {
          prepared.push(await this.#prepare(checkRemember(text, options)));
        } catch (error) {
          throw refusedOne(error, at);
        }
      }
      const results = await this.#writer.writeMany(prepared);
      return results.map((result, at) => warned(result, prepared[at] as Prepared));
    });
  }

  recall(query: string, options: RecallOptions = {}): Promise<RecallResult> {
    return this.#ask(() => timed((clock) => this.#recall(clock, query, options)));
  }

  get(id: string, options: { asOf?: string | undefined } = {}): Promise<Memory | undefined> {
    return this.#ask(async () => {
      this.#uses.flush();
      return memoryOf(this.#store, id, options.asOf);
    });
  }

  list(options: MemoryListOptions = {}): Promise<MemoryPage> {
    return this.#ask(async () => {
      this.#uses.flush();
      return await listMemories(this.#store, options);
    });
  }

  forget(id: string, options: { hard?: boolean | undefined } = {}): Promise<ForgetResult> {
    return this.#run(() => this.#forgetting.forget(id, options.hard === true));
  }

  forgetWhere(filter: MemoryFilter): Promise<ForgetPreview>;
  forgetWhere(
    filter: MemoryFilter,
    options: { confirm: string; hard?: boolean | undefined },
  ): Promise<ForgetResult>;
  forgetWhere(
    filter: MemoryFilter,
    options?: { confirm: string; hard?: boolean | undefined },
  ): Promise<ForgetPreview | ForgetResult> {
    return this.#run(() => forgetWhere(this.#store, this.#forgetting, filter, options));
  }

  undelete(id: string): Promise<Memory> {
    return this.#run(async () => {
      await this.#forgetting.undelete(id);
      return whenFree(() => this.#current(id));
    });
  }

  undeleteAt(at: string): Promise<{ restored: number }> {
    return this.#run(async () => ({ restored: await this.#forgetting.undeleteAt(at) }));
  }

  update(id: string, change: MemoryEdit): Promise<Memory> {
    return this.#run(async () => {
      const now = Date.now();
      const anchors = change.anchors && (await seeAnchors(this.#anchorReader, change.anchors, now));
      const rowId = await whenFree(() => updateMemory(this.#store, id, change, anchors, now));
      if (rowId !== undefined) this.#queue?.add([rowId]);
      return whenFree(() => this.#current(id));
    });
  }

  merge(ids: readonly string[], options: MergeOptions = {}): Promise<Memory> {
    return this.#run(async () => {
      const merge = () => mergeMemories(this.#store, this.#forgetting, ids, options, Date.now());
      const { id, rowId } = await whenFree(merge);
      this.#queue?.add([rowId]);
      return whenFree(() => this.#current(id));
    });
  }

  unmerge(id: string): Promise<{ memories: Memory[] }> {
    return this.#run(async () => {
      const ids = await whenFree(() => unmergeMemory(this.#store, id, Date.now()));
      return { memories: await whenFree(() => ids.map((one) => this.#current(one))) };
    });
  }

  duplicates(options: DuplicatesOptions = {}): Promise<DuplicatesResult> {
    return this.#ask(() => duplicatesOf(this.#store, this.#modelId, options));
  }

  dismiss(id: string, other: string, options: { undo?: boolean | undefined } = {}): Promise<void> {
    return this.#run(() => dismissPair(this.#store, id, other, options.undo === true));
  }

  unverified(options: UnverifiedOptions = {}): Promise<UnverifiedResult> {
    return this.#ask(() => unverifiedOf(this.#store, this.#anchorReader, options));
  }

  verify(id: string): Promise<Memory> {
    return this.#run(async () => {
      await verifyMemory(this.#store, this.#anchorReader, id);
      return whenFree(() => this.#current(id));
    });
  }

  link(from: string, to: string, relation: string): Promise<void> {
    return this.#run(async () => {
      await whenFree(() => [from, to].map((id) => this.#current(id)));
      await linkMemories(this.#store, from, to, relation);
    });
  }

  history(id: string): Promise<{ at: string; text: string; what: string }[]> {
    return this.#ask(async () => historyOf(this.#store, id));
  }

  stats(): Promise<MemoryStats> {
    return this.#ask(() => statsOf(this.#store));
  }

  collect(): Promise<{ removed: RemovedMemory[]; erased: number }> {
    return this.#run(async () => {
      const collected = await this.#forgetting.collect();
      // Each of its steps may be done again.
      await whenThere(() => this.#store.tidy());
      return collected;
    });
  }

  removed(limit = 100): Promise<RemovedMemory[]> {
    return this.#ask(async () => removedOf(this.#store, limit));
  }

  export(filter: MemoryFilter = {}): AsyncIterable<string> {
    return exportLines(this.#store, filter, () => this.#assertOpen());
  }

  import(
    lines: AsyncIterable<string> | Iterable<string>,
    options: ImportOptions = {},
  ): Promise<ImportResult> {
    return this.#run(async () => {
      const importing = this.#importing(options);
      for await (const line of lines) await importing.push([line]);
      return await importing.end();
    });
  }

  openImport(options: ImportOptions = {}): Promise<MemoryImport> {
    return this.#run(async () => {
      const importing = this.#importing(options);
      return {
        push: (pieces) => this.#run(() => importing.push(pieces)),
        end: () => this.#run(() => importing.end()),
      };
    });
  }

  async settled(): Promise<void> {
    await this.#writer.settled();
    await this.#queue?.settled();
    await this.#near.compare();
  }

  /** Looks for texts that wait for a vector, those of these rows first. */
  resume(rowIds: readonly number[] = []): void {
    this.#queue?.add(rowIds);
  }

  get residentBytes(): number {
    return this.#store.residentBytes;
  }

  get residentRows(): number {
    return this.#store.residentRows;
  }

  dropResident(): void {
    this.#store.dropResident();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#stop.abort();
    clearInterval(this.#collecting);
    this.#anchorReader?.close();
    await Promise.allSettled([...this.#atWork]);
    await this.#writer.settled();
    await this.#queue?.close();
    await this.#near.close();
    this.#uses.flush();
    this.#store.close();
  }

  async #recall(clock: StageClock, query: string, options: RecallOptions): Promise<RecallResult> {
    this.#queue?.noteQuery();
    const queries = this.#queryEmbedder;
    const embedder = options.cache === false ? queries && uncached(queries) : queries;
    const own = { store: this.#store, anchorReader: this.#anchorReader };
    const parts = { ...own, embedder, ...this.#recalling };
    const { isLeftOut, ...result } = await recall(parts, query, options, clock);
    const used = result.hits.slice(0, mostUsed).filter(({ score }) => score > 0);
    this.#uses.note(used.map(({ memory }) => memory.id));
    return { ...result, isPartial: isLeftOut, timesMs: timesOf(clock.times()) };
  }

  #prepare(checked: Remembered, isImport = false): Promise<Prepared> {
    return prepare(this.#anchorReader, checked, isImport);
  }

  #importing(options: ImportOptions): MemoryImport {
    return new RecordImport(
      {
        format: checkFormat(options.format),
        namespace: options.namespace,
        allowSecrets: options.allowSecrets === true,
        isText: options.asText === true,
      },
      {
        store: this.#store,
        prepare: (checked) => this.#prepare(checked, true),
        write: (items) => this.#writer.writeMany(items),
      },
    );
  }

  /** @throws HaypileError HAYPILE_MEMORY_MISSING */
  #current(id: string): Memory {
    const row = this.#store.rows.current(id);
    if (row === undefined) throw notThere(this.#store.rows, id);
    if (row.deleted !== undefined) throw missing(id);
    return showRows(this.#store.relations, [row])[0] as Memory;
  }

  #collectQuietly(): void {
    this.collect().catch((error: unknown) => {
      logInBackground("memories could not be collected", error);
    });
  }

  #assertOpen(): void {
    if (!this.#stop.signal.aborted) return;
    throw new HaypileError("HAYPILE_CLOSED", "The memories were closed before. Open them again.");
  }

  /** What changes nothing is asked again where a server was away meanwhile. */
  #ask<T>(work: () => Promise<T>): Promise<T> {
    return this.#run(() => whenThere(work));
  }

  /** close() waits for what has begun. */
  async #run<T>(work: () => Promise<T>): Promise<T> {
    this.#assertOpen();
    const working = work();
    this.#atWork.add(working);
    try {
      return await working;
    } finally {
      this.#atWork.delete(working);
    }
  }
}
