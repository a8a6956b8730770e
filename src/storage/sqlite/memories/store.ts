/*
 * The database of memories, put together from its parts. One process or several work on the file; every
 * write is one immediate transaction, so that none fails halfway for a lock it could not get.
 */
import { HaypileError } from "../../../base/errors.ts";
import { yieldToEventLoop } from "../../../base/yield.ts";
import type {
  AllowedRows,
  MemoryChange,
  MemoryCounts,
  MemoryRow,
  MemoryStore,
  NewMemoryRow,
  PartHit,
  RemovedMemory,
  RowFilter,
  StoredAnchor,
  StoredPart,
  VectorRequest,
} from "../../../ports/memory-store.ts";
import type { ScanKernels } from "../../../ports/vector-scan.ts";
import type { WordSplitter } from "../../../ports/word-splitter.ts";
import { busyTimeoutMs, type Database } from "../open.ts";
import { closedError } from "../sqlite-errors.ts";
import { indexedWords, splitWords } from "../words.ts";
import { memoryError, openMemoryDatabase } from "./database.ts";
import { MemoryEmbedding } from "./embedding.ts";
import { type Allowed, RowFilters } from "./filter.ts";
import { MemoryRelations } from "./relations.ts";
import { MemoryRemoval } from "./removal.ts";
import { ResidentRows } from "./resident.ts";
import { MemoryRows } from "./rows.ts";
import { tidySteps } from "./tidy.ts";
import { MemoryTotals } from "./totals.ts";
import { MemoryVectors } from "./vectors.ts";
import { MemoryWords } from "./words.ts";

export interface MemoryStoreOptions {
  path: string;
  /** Without them nothing is found by meaning. */
  kernels?: ScanKernels | undefined;
  /** A faster way to the words of a text. */
  wordSplitter?: WordSplitter | undefined;
  /** Page cache of SQLite, bytes. Default 4 MiB. */
  cacheBytes?: number;
  /** Most memory of int8 values, bytes. Above it bits are used. Default 8 MiB: 21,845 vectors of 384. */
  exactBytes?: number;
  /** Most memory of bits, bytes; what does not fit is read for each search. Default 64 MiB. */
  bitsBytes?: number;
}

const defaultExactBytes = 8 * 1_024 * 1_024;
const defaultBitsBytes = 64 * 1_024 * 1_024;
/** A write that does not get its turn by then is refused as busy: the caller waits without holding up its thread. */
const writeTryMs = 20;
/** With more parts waiting than this, they are only counted. */
const mostPendingLookedAt = 1_000;

/** @throws HaypileError HAYPILE_DB_*, HAYPILE_PERMISSION, HAYPILE_DISK_FULL, HAYPILE_IO, HAYPILE_USAGE */
export function openMemoryStore(options: MemoryStoreOptions): MemoryStore {
  const { db, path } = openMemoryDatabase(options.path, options.cacheBytes);
  return new SqliteMemoryStore(db, path, options);
}

class SqliteMemoryStore implements MemoryStore {
  readonly path: string;
  readonly #db: Database;
  readonly #resident: ResidentRows;
  readonly #filters: RowFilters;
  readonly #words: MemoryWords;
  readonly #rows: MemoryRows;
  readonly #relations: MemoryRelations;
  readonly #removal: MemoryRemoval;
  readonly #embedding: MemoryEmbedding;
  readonly #vectors: MemoryVectors | undefined;
  readonly #totals: MemoryTotals;
  #isOpen = true;

  constructor(db: Database, path: string, options: MemoryStoreOptions) {
    this.#db = db;
    this.path = path;
    const { wordSplitter, kernels } = options;
    const wordsOf = (text: string): string => wordSplitter?.(text) ?? indexedWords(text);
    this.#resident = new ResidentRows(db);
    this.#filters = new RowFilters(db, this.#resident);
    this.#words = new MemoryWords(db, this.#resident, wordsOf);
    this.#rows = new MemoryRows(db, this.#words);
    this.#relations = new MemoryRelations(db);
    this.#removal = new MemoryRemoval(db);
    this.#embedding = new MemoryEmbedding(db, kernels);
    this.#vectors =
      kernels &&
      new MemoryVectors(db, this.#resident, kernels, {
        exactBytes: options.exactBytes ?? defaultExactBytes,
        bitsBytes: options.bitsBytes ?? defaultBitsBytes,
      });
    this.#totals = new MemoryTotals(db, path);
  }

  write<T>(doing: string, work: () => T): T {
    return this.#guarded(doing, () =>
      this.#trying(writeTryMs, () => this.#db.transaction(work).immediate()),
    );
  }

  writeLightly<T>(doing: string, work: () => T): T {
    return this.#guarded(doing, () => {
      this.#db.pragma("synchronous = NORMAL");
      try {
        return this.#trying(writeTryMs, () => this.#db.transaction(work).immediate());
      } finally {
        this.#db.pragma("synchronous = FULL");
      }
    });
  }

  insert(row: NewMemoryRow): number {
    return this.#rows.insert(row, Date.now());
  }

  rows(rowIds: readonly number[]): MemoryRow[] {
    return this.#read(() => this.#rows.rows(rowIds));
  }

  current(key: string): MemoryRow | undefined {
    return this.#read(() => this.#rows.current(key));
  }

  versions(key: string): MemoryRow[] {
    return this.#read(() => this.#rows.versions(key));
  }

  equal(namespace: string, hash: number): number[] {
    return this.#read(() => this.#rows.equal(namespace, hash));
  }

  alike(sketch: readonly number[]): number[] {
    return this.#read(() => this.#rows.alike(sketch));
  }

  change(rowId: number, change: MemoryChange): void {
    this.#rows.change(rowId, change);
  }

  end(rowId: number, at: number, why: "newer-text" | "superseded"): void {
    this.#rows.end(rowId, at, why);
  }

  addNote(key: string, at: number, what: string): void {
    this.#relations.addNote(key, at, what);
  }

  notes(key: string): { at: number; what: string }[] {
    return this.#read(() => this.#relations.notes(key));
  }

  link(from: string, to: string, relation: string, at: number): void {
    this.#relations.link(from, to, relation, at);
  }

  links(keys: readonly string[]): { from: string; to: string; relation: string }[] {
    return this.#read(() => this.#relations.links(keys));
  }

  setAnchors(key: string, anchors: readonly StoredAnchor[]): void {
    this.#relations.setAnchors(key, anchors);
  }

  anchors(keys: readonly string[]): (StoredAnchor & { key: string })[] {
    return this.#read(() => this.#relations.anchors(keys));
  }

  countUse(keys: readonly string[], at: number): void {
    this.#relations.countUse(keys, at);
  }

  uses(keys: readonly string[]): Map<string, { count: number; at: number }> {
    return this.#read(() => this.#relations.uses(keys));
  }

  markDeleted(keys: readonly string[], at: number, why: string): void {
    this.#removal.mark(keys, at, why);
  }

  unmarkDeleted(key: string): void {
    this.#removal.unmark(key);
  }

  erase(
    keys: readonly string[],
    at: number,
    why: string | undefined,
    sketchOf: (row: MemoryRow) => readonly number[],
  ): void {
    for (const key of keys) {
      if (why !== undefined) this.#removal.logErased(key, at, why);
      this.#rows.erase(key, sketchOf);
      this.#relations.erase(key);
    }
  }

  truncateLog(): boolean {
    return this.#guarded("write what was erased", () => {
      const [result] = this.#trying(
        writeTryMs,
        () => this.#db.pragma("wal_checkpoint(TRUNCATE)") as { busy: number }[],
      );
      return result?.busy === 0;
    });
  }

  removed(limit: number): RemovedMemory[] {
    return this.#read(() => this.#removal.removed(limit));
  }

  collectable(
    when: Parameters<MemoryStore["collectable"]>[0],
  ): ReturnType<MemoryStore["collectable"]> {
    return this.#read(() => this.#removal.collectable(when));
  }

  size(namespace: string): { memories: number; bytes: number } {
    return this.#read(() => this.#removal.size(namespace));
  }

  leastWorth(namespace: string, limit: number): { key: string; bytes: number }[] {
    return this.#read(() => this.#removal.leastWorth(namespace, limit));
  }

  async prepare(): Promise<void> {
    this.#assertOpen("read memories");
    try {
      await this.#resident.load();
      const { dimensions } = this.#embedding;
      if (dimensions !== undefined && this.#isOpen) await this.#vectors?.load(dimensions);
    } catch (error) {
      throw memoryError(error, this.path, "read memories");
    }
  }

  allowed(filter: RowFilter): AllowedRows {
    return this.#read(() => {
      this.#resident.follow();
      return this.#filters.allowed(filter);
    });
  }

  wordsOf(text: string): string[] {
    return splitWords(text);
  }

  searchWords(query: string, limit: number, allowed: AllowedRows): PartHit[] {
    return this.#read(() => this.#words.search(query, limit, allowed));
  }

  async searchVectors({ vector, limit, allowed }: VectorRequest): Promise<PartHit[]> {
    this.#assertOpen("search memories");
    try {
      if (this.#vectors === undefined || this.#embedding.dimensions !== vector.length) return [];
      const { rowIds } = allowed as Allowed;
      const found = await this.#vectors.search(vector, limit, allowed as Allowed);
      return found.map(({ partId, slot, score }) => {
        return { partId, score, rowId: rowIds[slot] as number };
      });
    } catch (error) {
      throw memoryError(error, this.path, "search memories");
    }
  }

  similarities(partIds: readonly number[]): Float32Array {
    return this.#read(() => this.#embedding.similarities(partIds));
  }

  parts(rowIds: readonly number[]): StoredPart[] {
    return this.#read(() => this.#rows.parts(rowIds));
  }

  claimModel(model: { id: string; dimensions: number }): void {
    if (this.#read(() => this.#embedding.isClaimed(model))) return;
    if (this.write("tie memories to a model", () => this.#embedding.claim(model))) {
      this.#vectors?.drop();
    }
  }

  pending(after: number, limit: number, notedBefore: number): { partId: number; text: string }[] {
    return this.#read(() => this.#embedding.pending(after, limit, notedBefore));
  }

  pendingOf(rowIds: readonly number[]): { partId: number; text: string }[] {
    return this.#read(() => this.#embedding.pendingOf(rowIds));
  }

  putVectors(partIds: readonly number[], vectors: Float32Array): void {
    this.writeLightly("store vectors of memories", () => this.#embedding.put(partIds, vectors));
  }

  vectorOf(partId: number): Float32Array | undefined {
    return this.#read(() => this.#embedding.vectorOf(partId));
  }

  countPending(allowed: AllowedRows): number {
    const rows = this.#read(() => this.#embedding.pendingRows(mostPendingLookedAt));
    if (rows.length < mostPendingLookedAt) return rows.filter((id) => allowed.has(id)).length;
    return Math.min(
      allowed.count,
      this.#read(() => this.#embedding.pendingParts()),
    );
  }

  counts(): MemoryCounts {
    return this.#read(() => this.#totals.counts());
  }

  page(allowed: AllowedRows, after: number, limit: number): number[] {
    return (allowed as Allowed).oldest(limit, after);
  }

  secret(): string {
    const known = this.#read(() => this.#totals.secret());
    if (known !== undefined) return known;
    this.write("make a secret", () => this.#totals.makeSecret());
    return this.#read(() => this.#totals.secret()) as string;
  }

  async tidy(): Promise<void> {
    for (const step of tidySteps(this.#db)) {
      while (this.#isOpen && this.#unlessBusy("tidy the memories", step) === true) {
        await yieldToEventLoop();
      }
    }
    if (this.#isOpen) this.truncateLog();
  }

  get residentBytes(): number {
    return this.#resident.bytes + (this.#vectors?.bytes ?? 0);
  }

  dropResident(): void {
    this.#filters.drop();
    this.#vectors?.drop();
    this.#resident.drop();
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#vectors?.drop();
    this.#db.close();
  }

  #assertOpen(doing: string): void {
    if (!this.#isOpen) throw closedError(this.path, doing);
  }

  /** What need not be done now: undefined when others write. */
  #unlessBusy<T>(doing: string, work: () => T): T | undefined {
    try {
      return this.writeLightly(doing, work);
    } catch (error) {
      if (HaypileError.isInstance(error) && error.code === "HAYPILE_DB_BUSY") return undefined;
      throw error;
    }
  }

  /** Waits only so long for other connections. */
  #trying<T>(ms: number, work: () => T): T {
    this.#db.pragma(`busy_timeout = ${ms}`);
    try {
      return work();
    } finally {
      this.#db.pragma(`busy_timeout = ${busyTimeoutMs}`);
    }
  }

  #read<T>(work: () => T): T {
    return this.#guarded("read memories", work);
  }

  #guarded<T>(doing: string, work: () => T): T {
    this.#assertOpen(doing);
    try {
      return work();
    } catch (error) {
      if (HaypileError.isInstance(error)) throw error;
      throw memoryError(error, this.path, doing);
    }
  }
}
