/*
 * The database of memories, put together from its parts. One process or several work on the file; every
 * write is one immediate transaction, so that none fails halfway for a lock it could not get.
 */
import { log } from "../../../base/log.ts";
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
} from "../../../ports/memory-rows.ts";
import type { WordMarks } from "../../../ports/store.ts";
import type { ScanKernels } from "../../../ports/vector-scan.ts";
import type { WordSplitter } from "../../../ports/word-splitter.ts";
import type { Database } from "../file/open.ts";
import { splitWords, wordsWith } from "../words/words.ts";
import { noteClosed, openMemoryDatabase } from "./database.ts";
import { memoryError } from "./file/errors.ts";
import { Guard } from "./file/guard.ts";
import { dropCopies } from "./file/kept-copies.ts";
import { tidySteps } from "./file/tidy.ts";
import { type Allowed, RowFilters } from "./filter/filter.ts";
import { ResidentRows } from "./filter/resident.ts";
import { MemoryRelations } from "./rows/relations.ts";
import { MemoryRemoval } from "./rows/removal.ts";
import { MemoryRows } from "./rows/rows.ts";
import { MemoryTotals } from "./rows/totals.ts";
import { MemoryEmbedding } from "./vectors/embedding.ts";
import { MemoryVectors } from "./vectors/vectors.ts";
import { WordRefresh } from "./words/word-refresh.ts";
import { MemoryWords } from "./words/words.ts";

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
/** With more parts waiting than this, they are only counted. */
const mostPendingLookedAt = 1_000;

/** @throws HaypileError HAYPILE_DB_*, HAYPILE_PERMISSION, HAYPILE_DISK_FULL, HAYPILE_IO, HAYPILE_USAGE */
export function openMemoryStore(options: MemoryStoreOptions): MemoryStore {
  const { db, path } = openMemoryDatabase(options.path, options.cacheBytes);
  try {
    return new SqliteMemoryStore(db, path, options);
  } catch (error) {
    // Statements are prepared here: a table that is gone shows first.
    const told = memoryError(error, path, "open the memories", db);
    db.close();
    noteClosed(path);
    throw told;
  }
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
  readonly #wordRefresh: WordRefresh;
  readonly #guard: Guard;

  constructor(db: Database, path: string, options: MemoryStoreOptions) {
    this.#db = db;
    this.path = path;
    this.#guard = new Guard(db, path);
    const { wordSplitter, kernels } = options;
    this.#resident = new ResidentRows(db);
    this.#filters = new RowFilters(db, this.#resident);
    this.#words = new MemoryWords(db, this.#resident, wordsWith(wordSplitter));
    this.#rows = new MemoryRows(db, this.#words);
    this.#relations = new MemoryRelations(db);
    this.#removal = new MemoryRemoval(db);
    this.#embedding = new MemoryEmbedding(db);
    this.#vectors =
      kernels &&
      new MemoryVectors(db, this.#resident, kernels, {
        exactBytes: options.exactBytes ?? defaultExactBytes,
        bitsBytes: options.bitsBytes ?? defaultBitsBytes,
      });
    this.#totals = new MemoryTotals(db, path);
    this.#wordRefresh = new WordRefresh(
      () =>
        this.#words.haveOlder && this.writeLightly("make words anew", () => this.#words.refresh()),
    );
  }

  write<T>(doing: string, work: () => T): T {
    return this.#guard.write(doing, work);
  }

  writeLightly<T>(doing: string, work: () => T): T {
    return this.#guard.writeLightly(doing, work);
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

  lookAgain(key: string): void {
    this.#read(() => this.#rows.lookAgain(key));
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

  links(keys: readonly string[]): { from: string; to: string; relation: string; at: number }[] {
    return this.#read(() => this.#relations.links(keys));
  }

  successor(key: string): string | undefined {
    return this.#read(() => this.#relations.successor(key));
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
    for (const key of keys) this.#rows.sealKey(key);
  }

  unmarkDeleted(key: string): void {
    this.#removal.unmark(key);
    this.#rows.sealKey(key);
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
    return this.#guard.truncateLog();
  }

  dropCopies(all: boolean): void {
    dropCopies(this.path, all);
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

  async prepareRows(): Promise<void> {
    await this.#guard.runAsync("read memories", () => this.#resident.load());
  }

  async prepare(): Promise<void> {
    await this.#guard.runAsync("read memories", async () => {
      await this.#resident.load();
      const { dimensions } = this.#embedding;
      if (dimensions !== undefined && this.#guard.isOpen) await this.#vectors?.load(dimensions);
    });
    if (!this.#resident.hasUnsealed) return;
    this.#resident.hasUnsealed = false;
    try {
      this.#guard.unlessBusy("note sums of memories", () => this.#rows.sealAll());
    } catch (error) {
      // They are read all the same, on a full disk as well.
      log("debug", `sums of memories were not noted: ${String(error)}`);
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
    return await this.#guard.runAsync("search memories", async () => {
      const vectors = this.#vectors;
      if (vectors === undefined || this.#embedding.dimensions !== vector.length) return [];
      const { rowIds } = allowed as Allowed;
      const found = await vectors.search(vector, limit, allowed as Allowed);
      return found.map(({ partId, slot, score }) => {
        return { partId, score, rowId: rowIds[slot] as number };
      });
    });
  }

  wordMarks(query: string, partIds: readonly number[]): WordMarks {
    return this.#read(() => {
      const texts = new Map(
        this.#embedding.partTexts(partIds).map(({ partId, text }) => [partId, text]),
      );
      return this.#words.marks(
        query,
        partIds.map((id) => texts.get(id) ?? ""),
      );
    });
  }

  cosines(vector: Float32Array, partIds: readonly number[]): Float32Array {
    return this.#read(() => this.#embedding.cosines(vector, partIds));
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

  pending(after: number, limit: number, notedBefore: number): number[] {
    return this.#read(() => this.#embedding.pending(after, limit, notedBefore));
  }

  pendingOf(rowIds: readonly number[]): number[] {
    return this.#read(() => this.#embedding.pendingOf(rowIds));
  }

  partTexts(partIds: readonly number[]): { partId: number; text: string }[] {
    return this.#read(() => this.#embedding.partTexts(partIds));
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
      while (this.#guard.isOpen && this.#guard.unlessBusy("tidy the memories", step) === true) {
        await yieldToEventLoop();
      }
    }
    if (this.#guard.isOpen) this.truncateLog();
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
    if (!this.#guard.isOpen) return;
    this.#guard.isOpen = false;
    this.#wordRefresh.close();
    this.#vectors?.drop();
    this.#db.close();
    noteClosed(this.path);
  }

  #read<T>(work: () => T): T {
    return this.#guard.read(work);
  }
}
