/*
 * The database of memories, put together from its parts. One process or several work on the file; every
 * write is one immediate transaction, so that none fails halfway for a lock it could not get.
 */
import { yieldToEventLoop } from "../../../base/yield.ts";
import type { MemorySyncTable } from "../../../ports/memory/sync-tables.ts";
import type { MemoryTransfer } from "../../../ports/memory/transfer.ts";
import type {
  FootprintFacts,
  MemoryRelations,
  MemoryRemoval,
  MemoryScope,
  MemoryStore,
  MemoryTable,
  MemoryVectorIndex,
  MemoryWordIndex,
  NextPartVectors,
} from "../../../ports/memory-rows.ts";
import type { ScanKernels } from "../../../ports/vector-scan.ts";
import type { WordSplitter } from "../../../ports/word-splitter.ts";
import { memoryDoings as doings } from "../../shared/memory-doings.ts";
import { RowFilters } from "../../shared/rows/filter.ts";
import { RowOrders } from "../../shared/rows/orders.ts";
import { ResidentRows } from "../../shared/rows/resident.ts";
import { PartWords } from "../../shared/words/part-words.ts";
import { MemoryWords } from "../../shared/words/words.ts";
import type { Database } from "../file/driver.ts";
import { watchLog } from "../measures/log-watch.ts";
import { guarded } from "../roles/guarded.ts";
import { wordsWith } from "../words/words.ts";
import { noteClosed, openMemoryDatabase } from "./database.ts";
import { memoryError } from "./file/errors.ts";
import { CeilingGuard } from "./file/guard.ts";
import { tidySteps } from "./file/tidy.ts";
import { memoriesPending } from "./rows/pending-work.ts";
import { RelationTables } from "./rows/relations.ts";
import { Removal } from "./rows/removal.ts";
import { FileRowSource } from "./rows/row-source.ts";
import { MemoryRows } from "./rows/rows.ts";
import { Scope } from "./rows/scope.ts";
import { MemoryTotals } from "./rows/totals.ts";
import { Transfer } from "./rows/transfer.ts";
import { SyncTables } from "./sync/tables.ts";
import { MemoryEmbedding } from "./vectors/embedding.ts";
import { StoredNextParts } from "./vectors/next-parts.ts";
import { PartVectors } from "./vectors/part-vectors.ts";
import { MemoryVectors } from "./vectors/vectors.ts";
import { StoredWords } from "./words/stored-words.ts";
import { WordRefresh } from "./words/word-refresh.ts";

export interface MemoryStoreOptions {
  path: string;
  /** Without them nothing is found by meaning. */
  kernels?: ScanKernels | undefined;
  /** A faster way to the words of a text. */
  wordSplitter?: WordSplitter | undefined;
  /** Page cache of SQLite, bytes. Default 4 MiB. */
  cacheBytes?: number | undefined;
  /** Most memory of int8 values, bytes. Above it bits are used. Default 8 MiB: 21,845 vectors of 384. */
  exactBytes?: number | undefined;
  /** Most memory of bits, bytes; what does not fit is read for each search. Default 64 MiB. */
  bitsBytes?: number | undefined;
  /** Called after each write that somebody is told of. */
  wrote?: (() => void) | undefined;
}

const defaultExactBytes = 8 * 1_024 * 1_024;
const defaultBitsBytes = 64 * 1_024 * 1_024;

/** With what syncing keeps and moving needs, which no service of memories asks for. */
export type OpenedMemoryStore = MemoryStore & {
  readonly sync: MemorySyncTable;
  readonly transfer: MemoryTransfer;
};

/** @throws HaypileError HAYPILE_DB_*, HAYPILE_PERMISSION, HAYPILE_DISK_FULL, HAYPILE_IO, HAYPILE_USAGE */
export function openMemoryStore(options: MemoryStoreOptions): OpenedMemoryStore {
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

class SqliteMemoryStore implements OpenedMemoryStore {
  readonly path: string;
  readonly rows: MemoryTable;
  readonly scope: MemoryScope;
  readonly words: MemoryWordIndex;
  readonly vectors: MemoryVectorIndex;
  readonly next: NextPartVectors;
  readonly relations: MemoryRelations;
  readonly removal: MemoryRemoval;
  readonly facts: FootprintFacts;
  readonly sync: MemorySyncTable;
  readonly transfer: MemoryTransfer;
  readonly #db: Database;
  readonly #guard: CeilingGuard;
  readonly #resident: ResidentRows;
  readonly #filters: RowFilters;
  readonly #orders: RowOrders;
  /** Undefined without kernels. */
  readonly #held: MemoryVectors | undefined;
  readonly #words: MemoryWords;
  readonly #wordRefresh: WordRefresh;
  readonly #unwatch: () => void;

  constructor(db: Database, path: string, options: MemoryStoreOptions) {
    const guard = new CeilingGuard(db, path, options.wrote);
    const { wordSplitter, kernels } = options;
    const source = new FileRowSource(db);
    const resident = new ResidentRows(source);
    const embedding = new MemoryEmbedding(db);
    const textsOf = (partIds: readonly number[]) => embedding.partTexts(partIds);
    const wordsOf = wordsWith(wordSplitter);
    const stored = new StoredWords(db, wordsOf);
    const words = new MemoryWords(stored, resident, textsOf, wordsOf);
    const filters = new RowFilters(source, resident, words);
    const orders = new RowOrders(source, resident);
    const rows = new MemoryRows(db, stored);
    const relations = new RelationTables(db);
    const removal = new Removal(db, { path, guard, rows, relations });
    const held =
      kernels &&
      new MemoryVectors(db, resident, kernels, {
        exactBytes: options.exactBytes ?? defaultExactBytes,
        bitsBytes: options.bitsBytes ?? defaultBitsBytes,
      });
    const totals = new MemoryTotals(db, path, guard);
    const inMemory = { resident, filters, orders, vectors: held };
    const scope = new Scope({ ...inMemory, guard, source, rows, embedding });
    const partWords = new PartWords(words);
    const partVectors = new PartVectors(guard, embedding, held);

    this.path = path;
    this.#db = db;
    this.#guard = guard;
    this.#resident = resident;
    this.#filters = filters;
    this.#orders = orders;
    this.#held = held;
    this.#words = words;
    this.#unwatch = watchLog(db, "memories", path, { pending: memoriesPending(db) });
    this.rows = guarded<MemoryTable>(rows, doings.rows, guard);
    this.scope = guarded<MemoryScope>(scope, doings.scope, guard);
    this.words = guarded<MemoryWordIndex>(partWords, doings.words, guard);
    this.vectors = guarded<MemoryVectorIndex>(partVectors, doings.vectors, guard);
    const next = new StoredNextParts(db, guard, embedding);
    this.next = guarded<NextPartVectors>(next, doings.next, guard);
    this.relations = guarded<MemoryRelations>(relations, doings.relations, guard);
    this.removal = guarded<MemoryRemoval>(removal, doings.removal, guard);
    this.facts = guarded<FootprintFacts>(totals, doings.facts, guard);
    this.sync = guarded<MemorySyncTable>(new SyncTables(db, rows), doings.sync, guard);
    const transfer = new Transfer(db, guard, { rows, relations });
    this.transfer = {
      ...guarded<Omit<MemoryTransfer, "handsOver">>(transfer, doings.transfer, guard),
      handsOver: transfer.handsOver,
    };
    this.#wordRefresh = new WordRefresh(
      () => stored.haveOlder && this.writeLightly("make words anew", () => stored.refresh()),
    );
  }

  write<T>(doing: string, work: () => T): T {
    return this.#guard.write(doing, work);
  }

  writeLightly<T>(doing: string, work: () => T): T {
    return this.#guard.writeLightly(doing, work);
  }

  async tidy(): Promise<void> {
    for (const step of tidySteps(this.#db)) {
      while (this.#guard.isOpen && this.#guard.unlessBusy("tidy the memories", step) === true) {
        await yieldToEventLoop();
      }
    }
    if (this.#guard.isOpen) this.#guard.truncateLog();
  }

  get isReplaced(): boolean {
    return this.#guard.isReplaced;
  }

  get residentBytes(): number {
    return this.#resident.bytes + this.#words.bytes + (this.#held?.bytes ?? 0);
  }

  get residentRows(): number {
    return this.#resident.count;
  }

  dropResident(): void {
    this.#filters.drop();
    this.#orders.drop();
    this.#words.drop();
    this.#held?.drop();
    this.#resident.drop();
  }

  close(): void {
    if (!this.#guard.isOpen) return;
    this.#guard.isOpen = false;
    this.#wordRefresh.close();
    this.#held?.drop();
    this.#unwatch();
    this.#db.close();
    noteClosed(this.path);
  }
}
