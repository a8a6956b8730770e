/*
 * The index in SQLite: one connection, and its roles, each an object of its own that does the work in a transaction
 * where it writes, wrapped once by the guard. What the parts below share (the words of a text, the codebook of packed
 * vectors) is put together here.
 */
import type { ExactTable } from "../../ports/answers/exact-uses.ts";
import type {
  FileTable,
  IndexFactTable,
  IndexLock,
  IndexRight,
  IndexStore,
  IndexVectors,
  LockOwner,
  NextVectors,
  PendingChunks,
  StaticVectorIndex,
  TextIndex,
} from "../../ports/store.ts";
import type { SymbolTable } from "../../ports/symbols.ts";
import type { ScanKernels } from "../../ports/vector-scan.ts";
import type { WordSplitter } from "../../ports/word-splitter.ts";
import { type BitSearch, type BitSearchOptions, openBitSearch } from "./bits/bit-search.ts";
import { Segments } from "./bits/segments.ts";
import { StoredExactUses } from "./exact/exact-uses.ts";
import { Changes } from "./file/changes.ts";
import type { Database } from "./file/driver.ts";
import { corruptError, sqliteCode, sqliteError } from "./file/errors.ts";
import { StoredFacts } from "./file/facts.ts";
import { acquireIndexLock, lockOwner } from "./file/lock.ts";
import { Meta } from "./file/meta.ts";
import { checkedPath, type OpenDatabase, openDatabase, type StoragePragmas } from "./file/open.ts";
import type { TextCodec } from "./file/packed-text.ts";
import { indexPending } from "./measures/index-pending.ts";
import { watchLog } from "./measures/log-watch.ts";
import { IndexGuard } from "./roles/guard.ts";
import { type Doings, guarded, writing } from "./roles/guarded.ts";
import { measuredStep } from "./roles/in-one-write.ts";
import { SymbolWriter } from "./symbols/symbol-writer.ts";
import { Symbols } from "./symbols/symbols.ts";
import { Chunks } from "./texts/chunks.ts";
import { Documents } from "./texts/documents.ts";
import { FullText } from "./texts/full-text.ts";
import { WordRefresh } from "./texts/refresh-words.ts";
import { Texts } from "./texts/texts.ts";
import { VectorsOfTexts } from "./texts/vectors-of-texts.ts";
import { tidyUpSteps } from "./tidy-up.ts";
import { CodedVectors } from "./vectors/coded-vectors.ts";
import { StoredNextVectors } from "./vectors/next-vectors.ts";
import { Pending } from "./vectors/pending.ts";
import { Similarities } from "./vectors/similarities.ts";
import { StaticVectors } from "./vectors/static-vectors.ts";
import { ModelVectors } from "./vectors/vector-index.ts";
import { Vectors } from "./vectors/vectors.ts";
import { wordsWith } from "./words/words.ts";

/** What may be set of a store beside its file. */
export type StoreTuning = Pick<SqliteStoreOptions, "cacheBytes" | "pragmas" | "textCompression"> &
  BitSearchOptions;

export interface SqliteStoreOptions extends BitSearchOptions {
  /** The database file; it and its folder are made when missing, unless `readonly`. */
  path: string;
  /** Upper bound of the page cache, bytes. Default 8 MB. */
  cacheBytes?: number | undefined;
  /** How the file is kept. */
  pragmas?: StoragePragmas | undefined;
  /** How texts are packed from some hundred of them on. Default "off". */
  textCompression?: TextCodec | "off" | undefined;
  /** For searching only: nothing is made or migrated needlessly, writing calls fail. */
  readonly?: boolean | undefined;
  /** Kernels for large indexes. Without them every row is compared. */
  kernels?: ScanKernels | undefined;
  /** Splits texts into words faster. Without it this is done in JavaScript. */
  splitWords?: WordSplitter | undefined;
  /** Gives the file with the functions that the core has for SQLite. Without it words are ranked by SQL alone. */
  sqlFunctions?: (() => string | undefined) | undefined;
}

const defaultCacheBytes = 8 * 1_024 * 1_024;

/** What each call does, and which of them write. */
export const indexDoings = {
  files: {
    stampOf: "look a file up",
    records: "look files up",
    all: "read the list of files",
    put: writing("files", "store files"),
    touch: writing("files", "note file times"),
    remove: writing("files", "remove files"),
    unparsed: "read which files have no tree",
    partlyParsed: "read which files have no tree",
  } satisfies Doings<FileTable>,
  texts: {
    search: "search words",
    marks: "search words",
    refresh: writing("words", "make words anew"),
    passagesOf: "read chunks",
    places: "read chunks",
    at: "read chunks",
    where: "filter chunks",
  } satisfies Doings<TextIndex>,
  vectors: {
    claimModel: writing("vectors", "check the model of the index"),
    model: "read the model of the index",
    put: writing("vectors", "store vectors"),
    search: "search vectors",
    nearest: { later: "search vectors" },
    similarities: "compare vectors",
    cosines: "compare vectors",
    scanReport: "read the figures of the index",
    packed: "read the figures of the index",
    sample: "read vectors",
    ofTexts: "read vectors",
    codes: "compare vectors",
  } satisfies Doings<IndexVectors>,
  pending: {
    page: "read chunks",
    next: "read chunks",
    count: "count chunks",
    of: "read chunks",
    ask: writing("order", "note what was asked for"),
    rank: writing("order", "put chunks in their order"),
  } satisfies Doings<PendingChunks>,
  staticVectors: {
    pending: "read chunks",
    put: writing("static-vectors", "store static vectors"),
    nearest: "search static vectors",
  } satisfies Doings<StaticVectorIndex>,
  next: {
    state: "read how far the new vectors are",
    begin: writing("next-vectors", "begin to make vectors anew"),
    wantStatic: writing("next-vectors", "begin to make vectors anew"),
    stop: writing("next-vectors", "note that new vectors are not wanted now"),
    pending: "read chunks",
    put: writing("next-vectors", "store new vectors"),
    take: writing("next-vectors", "put new vectors in place"),
    drop: writing("next-vectors", "forget new vectors"),
  } satisfies Doings<NextVectors>,
  symbols: {
    findNames: "look up symbols",
    namesFolded: "look up symbols",
    definitionsOf: "look up symbols",
    namesWritten: "look up symbols",
    eachDefinitionOf: "look up symbols",
    definitionsNamed: "look up symbols",
    definitionsIn: "look up symbols",
    definitionsAt: "look up symbols",
    referencesTo: "look up symbols",
    referencesWithin: "look up symbols",
    importsOf: "look up symbols",
    importsNamed: "look up symbols",
    exportsAs: "look up symbols",
    factsNamed: "look up symbols",
    contentsOf: "look up symbols",
    pathsBelow: "look up symbols",
    counts: "look up symbols",
  } satisfies Doings<Omit<SymbolTable, "exact">>,
  exact: {
    begin: writing("exact-uses", "note a SCIP index"),
    put: writing("exact-uses", "store exact uses"),
    end: writing("exact-uses", "note a SCIP index"),
    clear: writing("exact-uses", "forget exact uses"),
    status: "read what is known of exact uses",
    symbolsOf: "look up exact uses",
    usesOf: "look up exact uses",
    definitionsOf: "look up exact uses",
    heirsOf: "look up exact uses",
    covered: "look up exact uses",
    usedIn: "look up exact uses",
  } satisfies Doings<ExactTable>,
  facts: {
    get: "read a fact of the index",
    set: writing("facts", "note a fact of the index"),
    stats: "read the figures of the index",
    changeMark: "see whether the index has changed",
  } satisfies Doings<IndexFactTable>,
};

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

export class SqliteStore implements IndexStore {
  readonly path: string;
  readonly files: FileTable;
  readonly texts: TextIndex;
  readonly vectors: IndexVectors;
  readonly pending: PendingChunks;
  readonly staticVectors: StaticVectorIndex;
  readonly next: NextVectors;
  readonly symbols: SymbolTable;
  readonly exact: ExactTable;
  readonly facts: IndexFactTable;
  /** False where sqlite-vec has no build for the system. */
  readonly hasVectorFunctions: boolean;
  readonly #db: Database;
  readonly #guard: IndexGuard;
  readonly #words: FullText;
  readonly #wordRefresh: WordRefresh;
  readonly #chunks: Chunks;
  readonly #documents: Documents;
  readonly #coded: CodedVectors;
  /** Undefined without kernels. */
  readonly #bits: BitSearch | undefined;
  readonly #unwatch: () => void;

  constructor(
    path: string,
    cacheBytes: number,
    { db, hasVectorFunctions }: OpenDatabase,
    options: SqliteStoreOptions,
  ) {
    const guard = new IndexGuard(db, path);
    const meta = new Meta(db, path);
    const wordsOf = wordsWith(options.splitWords);
    const words = new FullText(db, wordsOf, options.sqlFunctions);
    const pending = new Pending(db);
    const chunks = new Chunks(db, words, pending, options.textCompression);
    const symbolWriter = new SymbolWriter(db, wordsOf);
    const documents = new Documents(db, chunks, words, symbolWriter);
    const wordRefresh = new WordRefresh(db, meta, words, symbolWriter);
    const symbols = new Symbols(db, path);
    const staticVectors = new StaticVectors(db);
    const changes = new Changes(db);
    const coded = new CodedVectors(db, changes, path);
    const similarities = new Similarities(db, coded, options.kernels);
    const segments = new Segments(db, changes, coded);
    const dimensions = (): number | undefined => meta.model()?.dimensions;
    const bits = openBitSearch(
      { db, path, hasVectorFunctions, segments, changes, coded, dimensions },
      options,
    );
    const vectors = new Vectors(db, hasVectorFunctions, coded);
    const texts = new Texts({ db, chunks, documents, words, wordRefresh });
    const modelVectors = new ModelVectors({
      ...{ db, meta, chunks, vectors, similarities, coded, segments, bits },
      byText: new VectorsOfTexts(db, coded),
    });
    const facts = new StoredFacts({
      ...{ db, path, cacheBytes, meta, chunks, documents, pending, changes },
    });

    this.path = path;
    this.hasVectorFunctions = hasVectorFunctions;
    this.#db = db;
    this.#guard = guard;
    this.#words = words;
    this.#wordRefresh = wordRefresh;
    this.#chunks = chunks;
    this.#documents = documents;
    this.#coded = coded;
    this.#bits = bits;
    const counted = indexPending({ db, changes, pending, segments, chunks, bits });
    this.#unwatch = watchLog(db, "index", path, {
      pending: counted,
      folder: () => meta.get("root"),
    });
    this.files = guarded<FileTable>(documents, indexDoings.files, guard);
    this.texts = guarded<TextIndex>(texts, indexDoings.texts, guard);
    this.vectors = guarded<IndexVectors>(modelVectors, indexDoings.vectors, guard);
    this.pending = guarded<PendingChunks>(pending, indexDoings.pending, guard);
    this.staticVectors = guarded<StaticVectorIndex>(
      staticVectors,
      indexDoings.staticVectors,
      guard,
    );
    this.next = guarded<NextVectors>(
      new StoredNextVectors(db, meta, segments),
      indexDoings.next,
      guard,
    );
    this.exact = guarded<ExactTable>(new StoredExactUses(db, path, meta), indexDoings.exact, guard);
    const plain = guarded<Omit<SymbolTable, "exact">>(symbols, indexDoings.symbols, guard);
    this.symbols = { ...plain, exact: this.exact };
    this.facts = guarded<IndexFactTable>(facts, indexDoings.facts, guard);
  }

  lock(right: IndexRight): IndexLock {
    return acquireIndexLock(lockedBy(this.path, right));
  }

  lockOwner(right: IndexRight): LockOwner | undefined {
    return lockOwner(lockedBy(this.path, right));
  }

  unlessBusy(write: () => void): boolean {
    return this.#guard.unlessBusy(write);
  }

  /** Bytes of bits held in memory; 0 once closed. */
  get bitsBytes(): number {
    return this.#bits?.bytes ?? 0;
  }

  /** Bytes of lengths of chunks that searches by words keep until the index changes: two a chunk. */
  get lengthsBytes(): number {
    return this.#db.open ? this.#words.keptBytes : 0;
  }

  /** From now on bits take at most so many bytes; what does not fit is read for each search. */
  limitBits(bytes: number): void {
    this.#bits?.limit(bytes);
  }

  /** Gives pages of the database that can be read again back to the system. */
  shrinkCache(): void {
    if (this.#db.open) this.#db.pragma("shrink_memory");
  }

  /** Resolves when no segment is being made any more, by this store. Searches need not wait for it. */
  async settled(): Promise<void> {
    await this.#bits?.settled();
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
    const chunksPut = this.#documents.chunksPut + this.#wordRefresh.takeCount();
    const steps = tidyUpSteps(parts, chunksPut);
    const step = (): boolean | undefined => measuredStep(this.#db, "tidy", () => steps.next().done);
    while (this.#guard.run("tidy up the index", step) !== true) yield;
    this.#documents.forgetChunksPut();
  }

  close(): void {
    this.#bits?.close();
    this.#unwatch();
    this.#db.close();
  }
}

/** The right to index is held by a file beside the database, that to make other vectors by another one. */
function lockedBy(path: string, right: IndexRight): string {
  return right === "index" ? path : `${path}.next`;
}
