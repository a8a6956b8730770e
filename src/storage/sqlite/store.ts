import { statSync } from "node:fs";
import { HaypileError } from "../../base/errors.ts";
import { log } from "../../base/log.ts";
import type {
  ChunkPlace,
  FileRecord,
  FileStamp,
  FileWithChunks,
  ScoredChunk,
  Store,
  StoreStats,
} from "../../ports/store.ts";
import type { SymbolStore } from "../../ports/symbols.ts";
import type { BitScan, ScanKernels } from "../../ports/vector-scan.ts";
import { Chunks } from "./chunks.ts";
import { Documents } from "./documents.ts";
import { FullText } from "./full-text.ts";
import { Meta } from "./meta.ts";
import { Nearest } from "./nearest.ts";
import { checkedPath, type Database, type OpenDatabase, openDatabase, quickCheck } from "./open.ts";
import { schemaVersion } from "./schema.ts";
import { type CodeRows, Segments } from "./segments.ts";
import { corruptError, sqliteCode, sqliteError } from "./sqlite-errors.ts";
import { StaticVectors } from "./static-vectors.ts";
import { SymbolWriter } from "./symbol-writer.ts";
import { Symbols } from "./symbols.ts";
import { Vectors } from "./vectors.ts";

const defaultCacheBytes = 8 * 1_024 * 1_024;

/** Below it, comparing every row takes less than loading the bits (bench/storage-vectors.ts). */
const defaultScanFrom = 8_000;

/** When this share of the chunks came in one run, the word indexes are merged whole. */
const bigChangeShare = 0.25;

/** Free pages above this share of the file are given back to the system. */
const freePagesShare = 0.25;

export interface SqliteStoreOptions {
  /** The database file; it and its folder are made when missing, unless `readonly`. */
  path: string;
  /** Upper bound of the page cache, bytes. Default 8 MB. */
  cacheBytes?: number;
  /** For searching only: nothing is made or migrated needlessly, writing calls fail. */
  readonly?: boolean;
  /** Kernels for large indexes. Without them every row is compared. */
  kernels?: ScanKernels;
  /** Vectors from which on the kernels are used. Default 8,000. */
  scanFrom?: number;
}

/**
 * Opens the store over SQLite. One process may write (see acquireIndexLock), any number may read.
 *
 * @throws HaypileError see openDatabase
 */
export function openSqliteStore(options: SqliteStoreOptions): SqliteStore {
  const path = checkedPath(options.path);
  const cacheBytes = options.cacheBytes ?? defaultCacheBytes;
  const opened = openDatabase({ path, cacheBytes, readonly: options.readonly ?? false });
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
  readonly #chunks: Chunks;
  readonly #documents: Documents;
  readonly #vectors: Vectors;
  readonly #symbolWriter: SymbolWriter;
  readonly #symbols: Symbols;
  readonly #static: StaticVectors;
  readonly #segments: Segments;
  readonly #kernels: ScanKernels | undefined;
  readonly #nearest: Nearest | undefined;
  readonly #scanFrom: number;
  #chunksPut = 0;

  constructor(
    path: string,
    cacheBytes: number,
    { db, hasVectorFunctions }: OpenDatabase,
    { kernels, scanFrom = defaultScanFrom }: Pick<SqliteStoreOptions, "kernels" | "scanFrom">,
  ) {
    this.path = path;
    this.#db = db;
    this.#cacheBytes = cacheBytes;
    this.#meta = new Meta(db, path);
    this.#words = new FullText(db);
    this.#chunks = new Chunks(db, this.#words);
    this.#symbolWriter = new SymbolWriter(db);
    this.#documents = new Documents(db, this.#chunks, this.#words, this.#symbolWriter);
    this.#symbols = new Symbols(db);
    this.#static = new StaticVectors(db, hasVectorFunctions);
    this.#segments = new Segments(db);
    this.#kernels = kernels;
    this.#nearest = kernels === undefined ? undefined : new Nearest(db, this.#segments, kernels);
    this.#scanFrom = scanFrom;
    this.#vectors = new Vectors(db, hasVectorFunctions);
  }

  claimModel(model: { id: string; dimensions: number }): void {
    this.#read("check the model of the index", () => {
      // Most runs find the claim in place and write nothing.
      const own = this.#meta.model();
      if (own?.id === model.id && own.dimensions === model.dimensions) return;
      const empty = this.stats().chunks === 0;
      if (own !== undefined && !empty) this.#meta.checkModel(model);
      else this.#write("note the model of the index", () => this.#meta.claimModel(model, empty));
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
    try {
      this.#write("store files", () => this.#documents.put(files));
    } catch (error) {
      this.#symbolWriter.forget();
      throw error;
    }
    for (const file of files) this.#chunksPut += file.chunks.length;
  }

  /** Looks something up among names, definitions and references. */
  symbols<T>(look: (symbols: SymbolStore) => T): T {
    return this.#read("look up symbols", () => look(this.#symbols));
  }

  touchFiles(files: readonly { path: string; stamp: FileStamp }[]): void {
    if (files.length > 0) this.#write("note file times", () => this.#documents.touch(files));
  }

  removeFiles(paths: readonly string[]): void {
    if (paths.length > 0) this.#write("remove files", () => this.#documents.remove(paths));
  }

  chunksWithoutVector(
    afterId: number,
    limit: number,
    urgency?: number,
  ): { id: number; text: string }[] {
    return this.#read("read chunks", () => this.#chunks.withoutVector(afterId, limit, urgency));
  }

  countWithoutVector(): number {
    return this.#read("count chunks", () => this.#chunks.countWithoutVector());
  }

  withoutVector(ids: readonly number[]): { id: number; text: string }[] {
    return this.#read("read chunks", () => this.#chunks.pendingOf(ids));
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

  searchWords(query: string, limit: number, allowed?: Uint32Array): ScoredChunk[] {
    return this.#read("search words", () => this.#words.search(query, limit, allowed));
  }

  chunksWhere(
    fits: (file: { path: string; language: string }) => boolean,
    kinds?: readonly string[],
  ): Uint32Array {
    return this.#read("filter chunks", () =>
      this.#chunks.ofFiles(this.#documents.idsWhere(fits), kinds),
    );
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

  async nearest(
    vector: Float32Array,
    limit: number,
    allowed?: Uint32Array,
  ): Promise<ScoredChunk[]> {
    if (this.#nearest === undefined || this.#vectorCount() < this.#scanFrom || limit < 1) {
      return this.searchVectors(vector, limit, allowed);
    }
    this.#read("search vectors", () => this.#meta.checkQuery(vector.length));
    let isDamaged = false;
    const onDamaged = (): void => {
      isDamaged = true;
    };
    const found = await this.#nearest.search(vector, limit, onDamaged, allowed);
    // Bits can be made again from the vectors: now if this process may write, else at the next index run.
    if (isDamaged) this.#tryToCompact(true);
    return found ?? this.searchVectors(vector, limit, allowed);
  }

  chunksWithoutStatic(limit: number): { id: number; text: string }[] {
    return this.#read("read chunks", () => this.#static.pending(limit));
  }

  putStatic(ids: readonly number[], vectors: Float32Array): void {
    this.#write("store static vectors", () => this.#static.put(ids, vectors));
  }

  nearestStatic(vector: Float32Array, limit: number, allowed?: Uint32Array): ScoredChunk[] {
    return this.#read("search static vectors", () => this.#static.search(vector, limit, allowed));
  }

  /** How the vectors of this index are searched. */
  scanReport(): { kind: "exact" | "bits"; vectors: number; loose: number; bytes: number } {
    return this.#read("read the figures of the index", () => ({
      kind: this.#nearest !== undefined && this.#vectorCount() >= this.#scanFrom ? "bits" : "exact",
      vectors: this.#vectorCount(),
      loose: this.#segments.unsegmented().length,
      bytes: this.#nearest?.bytes ?? 0,
    }));
  }

  /** Vectors spread over the index, as floats of unit length: to compare searches with. */
  sampleVectors(count: number): Float32Array[] {
    return this.#read("read vectors", () => this.#vectors.sample(count));
  }

  places(chunkIds: readonly number[]): ChunkPlace[] {
    return this.#read("read chunks", () => this.#chunks.places(chunkIds));
  }

  /**
   * `cacheBytes` is the most the page cache can hold now (its bound, or the whole database when
   * that is smaller): this build of SQLite keeps no count of the bytes in use.
   */
  stats(): StoreStats {
    return this.#read("read the figures of the index", () => {
      const chunks = this.#chunks.count();
      const databaseBytes = sizeOf(this.path) + sizeOf(`${this.path}-wal`);
      return {
        files: this.#documents.count(),
        chunks,
        vectors: chunks - this.#chunks.countWithoutVector(),
        databaseBytes,
        cacheBytes: Math.min(this.#cacheBytes, databaseBytes),
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
    this.#read("tidy up the index", () => {
      this.#tryToCompact(false);
      this.#words.merge(this.#chunksPut > this.#chunks.count() * bigChangeShare);
      this.#chunksPut = 0;
      const free = this.#db.pragma("freelist_count", { simple: true }) as number;
      const pages = this.#db.pragma("page_count", { simple: true }) as number;
      if (free > pages * freePagesShare) this.#db.exec("PRAGMA incremental_vacuum");
      this.#db.exec("PRAGMA optimize");
      this.#db.pragma("wal_checkpoint(TRUNCATE)");
    });
  }

  close(): void {
    this.#nearest?.close();
    this.#db.close();
  }

  #vectorCount(): number {
    return this.#chunks.count() - this.#chunks.countWithoutVector();
  }

  /** Only makes searches faster: a failure (a read-only or full disk) is left to the next run. */
  #tryToCompact(fromScratch: boolean): void {
    const model = this.#meta.model();
    const kernels = this.#kernels;
    const vectors = this.#vectorCount();
    if (model === undefined || kernels === undefined || vectors < this.#scanFrom) return;
    const { dimensions } = model;
    const binarise = ({ ids, codes, scales }: CodeRows, mean: Float32Array): Uint8Array => {
      const scan: BitScan = kernels.create(dimensions);
      try {
        return scan.appendCodes(ids, codes, scales, mean);
      } finally {
        scan.close();
      }
    };
    try {
      this.#write("make the bits of the vectors", () => {
        if (fromScratch) this.#segments.clear();
        this.#segments.compact(dimensions, vectors, binarise);
      });
    } catch (error) {
      log("debug", `the bits of the vectors were not made: ${String(error)}`);
    }
  }

  #read<T>(doing: string, work: () => T): T {
    if (!this.#db.open) throw closedError(this.path, doing);
    try {
      return work();
    } catch (error) {
      throw this.#explain(error, doing);
    }
  }

  /**
   * Our SQL is fixed, so an error without a clear reason comes from damage as often as from us, and
   * damaged lengths can ask for more memory than there is. The file is looked at before it is told.
   */
  #explain(error: unknown, doing: string): HaypileError {
    const named = sqliteError(error, this.path, doing);
    const unclear = named.code === "HAYPILE_INTERNAL" || named.code === "HAYPILE_OUT_OF_MEMORY";
    if (!unclear || sqliteCode(error) === "") return named;
    try {
      quickCheck(this.#db, this.path);
    } catch (finding) {
      if (HaypileError.isInstance(finding)) return finding;
      if (sqliteCode(finding) !== "SQLITE_NOMEM") {
        return corruptError(this.path, String(error), error);
      }
    }
    return named;
  }

  /** All or nothing. The write lock is taken first, so no work is done in vain. */
  #write(doing: string, work: () => void): void {
    this.#read(doing, () => this.#db.transaction(work).immediate());
  }
}

function closedError(path: string, doing: string): HaypileError {
  return new HaypileError(
    "HAYPILE_CLOSED",
    `Could not ${doing}: the store of ${path} was closed before. Open it again.`,
    { data: { path } },
  );
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
