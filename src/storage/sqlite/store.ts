import type {
  ChunkPlace,
  FileRecord,
  FileStamp,
  FileWithChunks,
  ScoredChunk,
  Store,
  StoreStats,
  TouchedFile,
  WaitingChunk,
  WordMarks,
} from "../../ports/store.ts";
import type { SymbolStore } from "../../ports/symbols.ts";
import type { UnparsedFile } from "../../ports/syntax.ts";
import { type BitSearch, openBitSearch, type ScanReport, withoutBits } from "./bits/bit-search.ts";
import { Segments } from "./bits/segments.ts";
import { Changes } from "./file/changes.ts";
import { databaseBytes } from "./file/database-bytes.ts";
import { closedError, corruptError, sqliteCode, sqliteError } from "./file/errors.ts";
import { explain } from "./file/explain.ts";
import { Meta } from "./file/meta.ts";
import { checkedPath, type Database, type OpenDatabase, openDatabase } from "./file/open.ts";
import { schemaVersion } from "./file/schema.ts";
import { unlessBusy } from "./file/unless-busy.ts";
import type { SqliteStoreOptions } from "./store-options.ts";
import { SymbolWriter } from "./symbols/symbol-writer.ts";
import { Symbols } from "./symbols/symbols.ts";
import { Chunks } from "./texts/chunks.ts";
import { Documents } from "./texts/documents.ts";
import { FullText } from "./texts/full-text.ts";
import { WordRefresh } from "./texts/refresh-words.ts";
import { tidyUpSteps } from "./tidy-up.ts";
import { CodedVectors, type PackedVectors } from "./vectors/coded-vectors.ts";
import { Pending } from "./vectors/pending.ts";
import { Similarities } from "./vectors/similarities.ts";
import { StaticVectors } from "./vectors/static-vectors.ts";
import { Vectors } from "./vectors/vectors.ts";
import { wordsWith } from "./words/words.ts";

export type { SqliteStoreOptions, StoreTuning } from "./store-options.ts";

const defaultCacheBytes = 8 * 1_024 * 1_024;

/**
 * Opens the store over SQLite. One process may write (see acquireIndexLock), any number may read.
 *
 * @throws HaypileError see openDatabase
 */
export function openSqliteStore(options: SqliteStoreOptions): SqliteStore {
  const path = checkedPath(options.path);
  const cacheBytes = options.cacheBytes ?? defaultCacheBytes;
  const { readonly = false, pragmas } = options;
  const opened = openDatabase({ path, cacheBytes, readonly, ...pragmas });
  try {
    return new SqliteStore(path, cacheBytes, opened, options);
  } catch (error) {
    opened.db.close();
    // The file says it has our schema; a statement that does not fit it shows damage.
    if (sqliteCode(error) === "SQLITE_ERROR") throw corruptError(path, String(error), error);
    throw sqliteError(error, path, "open the database");
  }
}

/** Puts the parts together: one connection, a transaction per writing call, and one kind of error. */
export class SqliteStore implements Store {
  readonly path: string;
  readonly #db: Database;
  readonly #cacheBytes: number;
  readonly #meta: Meta;
  readonly #words: FullText;
  readonly #wordRefresh: WordRefresh;
  readonly #chunks: Chunks;
  readonly #pending: Pending;
  readonly #documents: Documents;
  readonly #vectors: Vectors;
  readonly #symbolWriter: SymbolWriter;
  readonly #symbols: Symbols;
  readonly #static: StaticVectors;
  readonly #segments: Segments;
  readonly #changes: Changes;
  readonly #coded: CodedVectors;
  /** Undefined without kernels. */
  readonly #bits: BitSearch | undefined;
  readonly #similarities: Similarities;
  #chunksPut = 0;

  constructor(
    path: string,
    cacheBytes: number,
    { db, hasVectorFunctions }: OpenDatabase,
    options: SqliteStoreOptions,
  ) {
    this.path = path;
    this.#db = db;
    this.#cacheBytes = cacheBytes;
    this.#meta = new Meta(db, path);
    const wordsOf = wordsWith(options.splitWords);
    this.#words = new FullText(db, wordsOf);
    this.#pending = new Pending(db);
    this.#chunks = new Chunks(db, this.#words, this.#pending, options.textCompression);
    this.#symbolWriter = new SymbolWriter(db, wordsOf);
    this.#documents = new Documents(db, this.#chunks, this.#words, this.#symbolWriter);
    this.#wordRefresh = new WordRefresh(db, this.#meta, this.#words, this.#symbolWriter);
    this.#symbols = new Symbols(db, path);
    this.#static = new StaticVectors(db, hasVectorFunctions);
    const changes = new Changes(db);
    this.#changes = changes;
    const coded = new CodedVectors(db, changes, path);
    this.#coded = coded;
    this.#similarities = new Similarities(db, coded, options.kernels);
    const segments = new Segments(db, changes, coded);
    this.#segments = segments;
    const dimensions = (): number | undefined => this.#meta.model()?.dimensions;
    this.#bits = openBitSearch(
      { db, path, hasVectorFunctions, segments, changes, coded, dimensions },
      options,
    );
    this.#vectors = new Vectors(db, hasVectorFunctions, coded);
  }

  claimModel(model: { id: string; dimensions: number }): void {
    this.#read("check the model of the index", () => {
      // Most runs find the claim in place and write nothing.
      const own = this.#meta.model();
      if (own?.id === model.id && own.dimensions === model.dimensions) return;
      const empty = this.stats().chunks === 0;
      if (own !== undefined && !empty) this.#meta.checkModel(model);
      else
        this.#write("note the model of the index", () => {
          this.#meta.claimModel(model, empty);
          this.#coded.forget();
        });
    });
  }

  model(): { id: string; dimensions: number } | undefined {
    return this.#read("read the model of the index", () => this.#meta.model());
  }

  stampOf(path: string): FileStamp | undefined {
    return this.#read("look a file up", () => this.#documents.stampOf(path));
  }

  files(): Map<string, FileRecord> {
    return this.#read("read the list of files", () => this.#documents.all());
  }

  putFiles(files: readonly FileWithChunks[]): void {
    if (files.length === 0) return;
    this.#writeFiles("store files", () => this.#documents.put(files));
    for (const file of files) this.#chunksPut += file.chunks.length;
  }

  unparsed(): UnparsedFile[] {
    return this.#read("read which files have no tree", () => this.#documents.unparsed.all());
  }

  /** Looks something up among names, definitions and references. */
  symbols<T>(look: (symbols: SymbolStore) => T): T {
    return this.#read("look up symbols", () => look(this.#symbols));
  }

  touchFiles(files: readonly TouchedFile[]): void {
    if (files.length > 0) this.#write("note file times", () => this.#documents.touch(files));
  }

  removeFiles(paths: readonly string[]): void {
    if (paths.length > 0) this.#writeFiles("remove files", () => this.#documents.remove(paths));
  }

  chunksWithoutVector(afterId: number, limit: number): WaitingChunk[] {
    return this.#read("read chunks", () => this.#pending.page(afterId, limit));
  }

  nextWithoutVector(limit: number, except: readonly number[]): WaitingChunk[] {
    return this.#read("read chunks", () => this.#pending.next(limit, except));
  }

  countWithoutVector(): number {
    return this.#read("count chunks", () => this.#pending.count());
  }

  withoutVector(ids: readonly number[]): WaitingChunk[] {
    return this.#read("read chunks", () => this.#pending.of(ids));
  }

  askForVectors(ids: readonly number[]): void {
    this.#read("note what was asked for", () => {
      if (!this.#pending.wouldAsk(ids)) return;
      this.#write("note what was asked for", () => this.#pending.ask(ids));
    });
  }

  rankWithoutVector(...page: Parameters<Store["rankWithoutVector"]>): number | undefined {
    return this.#write("put chunks in their order", () => this.#pending.rank(...page));
  }

  passagesOf(ids: readonly number[]): { id: number; text: string }[] {
    return this.#read("read chunks", () => this.#chunks.passagesOf(ids));
  }

  putVectors(ids: readonly number[], vectors: Float32Array): void {
    if (ids.length === 0 && vectors.length === 0) return;
    this.#write("store vectors", () => {
      const { dimensions } = this.#meta.checkMatrix(ids.length, vectors.length);
      this.#vectors.put(ids, vectors, dimensions);
    });
  }

  unlessBusy(write: () => void): boolean {
    return this.#read("write what need not be written now", () => unlessBusy(this.#db, write));
  }

  searchWords(query: string, limit: number, allowed?: Uint32Array): ScoredChunk[] {
    return this.#read("search words", () => this.#words.search(query, limit, allowed));
  }

  refreshWords(): boolean {
    if (this.#read("search words", () => this.#wordRefresh.areCurrent)) return false;
    return this.#write("make words anew", () => this.#wordRefresh.step());
  }

  chunksWhere(...[fits, kinds]: Parameters<Store["chunksWhere"]>): Uint32Array {
    const ids = (): number[] => this.#documents.idsWhere(fits);
    return this.#read("filter chunks", () => this.#chunks.ofFiles(ids(), kinds));
  }

  chunksAt(places: readonly { path: string; line: number }[]): (number | undefined)[] {
    return this.#read("read chunks", () =>
      places.map(({ path, line }) => this.#chunks.at(path, line)),
    );
  }

  searchVectors(vector: Float32Array, limit: number, allowed?: Uint32Array): ScoredChunk[] {
    return this.#read("search vectors", () => {
      if (this.#meta.model() === undefined) return [];
      this.#meta.checkQuery(vector.length);
      return this.#vectors.search(vector, limit, allowed);
    });
  }

  async nearest(...asked: Parameters<Store["nearest"]>): Promise<ScoredChunk[]> {
    const [vector, limit, allowed] = asked;
    const bits = this.#bits;
    const isLarge = this.#read("search vectors", () => bits?.isWorthwhile() === true);
    if (bits === undefined || !isLarge || limit < 1) {
      return this.searchVectors(vector, limit, allowed);
    }
    this.#read("search vectors", () => this.#meta.checkQuery(vector.length));
    try {
      return await bits.search(vector, limit, allowed);
    } catch (error) {
      if (!this.#db.open) throw closedError(this.path, "search vectors");
      throw explain(this.#db, this.path, error, "search vectors");
    }
  }

  similarities(chunkIds: readonly number[], kind: "model" | "static"): Float32Array {
    return this.#read("compare vectors", () => this.#similarities.of(chunkIds, kind));
  }

  cosines(...asked: Parameters<Store["cosines"]>): Float32Array {
    return this.#read("compare vectors", () => this.#similarities.to(...asked));
  }

  wordMarks(query: string, chunkIds: readonly number[]): WordMarks {
    return this.#read("search words", () => this.#chunks.wordMarks(query, chunkIds));
  }

  chunksWithoutStatic(limit: number, afterId = 0): { id: number; text: string }[] {
    return this.#read("read chunks", () => this.#static.pending(limit, afterId));
  }

  putStatic(ids: readonly number[], vectors: Float32Array): void {
    this.#write("store static vectors", () => this.#static.put(ids, vectors));
  }

  nearestStatic(vector: Float32Array, limit: number, allowed?: Uint32Array): ScoredChunk[] {
    return this.#read("search static vectors", () => this.#static.search(vector, limit, allowed));
  }

  /** How the vectors of this index are searched. */
  scanReport(): ScanReport {
    return this.#read("read the figures of the index", () => {
      const vectors = this.#segments.vectors(this.#meta.model()?.dimensions ?? 0);
      if (this.#bits !== undefined) return this.#bits.report(vectors);
      return { ...withoutBits, vectors, loose: this.#segments.counts().loose };
    });
  }

  /** How vectors are packed; undefined: with nothing lost. */
  packedVectors(): PackedVectors | undefined {
    return this.#read("read the figures of the index", () => this.#coded.report());
  }

  /** Bytes of bits held in memory; 0 once closed. */
  get bitsBytes(): number {
    return this.#bits?.bytes ?? 0;
  }

  /** From now on bits take at most so many bytes; what does not fit is read for each search. */
  limitBits(bytes: number): void {
    this.#bits?.limit(bytes);
  }

  /** Gives pages of the database that can be read again back to the system. */
  shrinkCache(): void {
    if (this.#db.open) this.#db.pragma("shrink_memory");
  }

  /** Two equal marks: nothing was written between them, by this process or another. */
  changeMark(): string {
    return this.#read("see whether the index has changed", () => this.#changes.mark());
  }

  /** Resolves when no segment is being made any more, by this store. Searches need not wait for it. */
  async settled(): Promise<void> {
    await this.#bits?.settled();
  }

  /** Vectors spread over the index, as floats of unit length: to compare searches with. */
  sampleVectors(count: number): Float32Array[] {
    return this.#read("read vectors", () =>
      this.#vectors.sample(count, this.#meta.model()?.dimensions ?? 0),
    );
  }

  places(chunkIds: readonly number[]): ChunkPlace[] {
    return this.#read("read chunks", () => this.#chunks.places(chunkIds));
  }

  /** This build of SQLite keeps no count of the bytes in use: of the page cache it is what it can hold now. */
  stats(): StoreStats {
    return this.#read("read the figures of the index", () => {
      const chunks = this.#chunks.count();
      const bytes = databaseBytes(this.path);
      return {
        files: this.#documents.count(),
        chunks,
        vectors: chunks - this.#pending.count(),
        databaseBytes: bytes,
        cacheBytes: Math.min(this.#cacheBytes, bytes),
        schemaVersion,
      };
    });
  }

  getMeta(key: string): string | undefined {
    return this.#read("read a fact of the index", () => this.#meta.get(key));
  }

  setMeta(key: string, value: string): void {
    this.#write("note a fact of the index", () => this.#meta.set(key, value));
  }

  optimize(): void {
    for (const _ of this.optimizeInSteps());
  }

  *optimizeInSteps(): Generator<void> {
    const parts = {
      db: this.#db,
      words: this.#words,
      chunks: this.#chunks,
      coded: this.#coded,
      bits: this.#bits,
    };
    const steps = tidyUpSteps(parts, this.#chunksPut + this.#wordRefresh.takeCount());
    while (this.#read("tidy up the index", () => steps.next().done) !== true) yield;
    this.#chunksPut = 0;
  }

  close(): void {
    this.#bits?.close();
    this.#db.close();
  }

  #read<T>(doing: string, work: () => T): T {
    if (!this.#db.open) throw closedError(this.path, doing);
    try {
      return work();
    } catch (error) {
      throw explain(this.#db, this.path, error, doing);
    }
  }

  #writeFiles(doing: string, work: () => void): void {
    try {
      this.#write(doing, work);
    } catch (error) {
      this.#symbolWriter.forget();
      throw error;
    }
  }

  /** All or nothing. The write lock is taken first, so no work is done in vain. */
  #write<T>(doing: string, work: () => T): T {
    return this.#read(doing, () => this.#db.transaction(work).immediate() as T);
  }
}
