/*
 * The memories of a team's store, put together from their parts. What is held of all rows is held here as over SQLite, by
 * the same code, so that filters, orders and ranking are the same; a note from the server that others have written brings
 * it up to date before somebody asks.
 */
import { createHash } from "node:crypto";
import type { MemorySyncTable } from "../../../ports/memory/sync-tables.ts";
import type { MemoryTransfer } from "../../../ports/memory/transfer.ts";
import type {
  FootprintFacts,
  MemoryRelations,
  MemoryRemoval,
  MemoryScope,
  MemoryTable,
  MemoryVectorIndex,
  MemoryWordIndex,
  NextPartVectors,
} from "../../../ports/memory-rows.ts";
import type { ScanKernels } from "../../../ports/vector-scan.ts";
import type { WordSplitter } from "../../../ports/word-splitter.ts";
import { memoryDoings as doings, memoryReads } from "../../shared/memory-doings.ts";
import { RowFilters } from "../../shared/rows/filter.ts";
import { RowOrders } from "../../shared/rows/orders.ts";
import { ResidentRows } from "../../shared/rows/resident.ts";
import { PartWords } from "../../shared/words/part-words.ts";
import { MemoryWords } from "../../shared/words/words.ts";
import type { OpenedMemoryStore } from "../../sqlite/memories/store.ts";
import { guarded } from "../../sqlite/roles/guarded.ts";
import { wordsWith } from "../../sqlite/words/words.ts";
import type { PgLink } from "../link/link.ts";
import { checkVersion, ensureSchema } from "../schema/schema.ts";
import { Erasing } from "../team/erase.ts";
import { DueGraphs } from "./due-graphs.ts";
import { Followed } from "./followed.ts";
import { PgGuard } from "./guard.ts";
import { PgQuestion } from "./recall/question.ts";
import { PgRelations } from "./rows/relations.ts";
import { PgRemoval } from "./rows/removal.ts";
import { PgRowSource } from "./rows/row-source.ts";
import { PgMemoryRows } from "./rows/rows.ts";
import { PgScope } from "./rows/scope.ts";
import { PgTotals } from "./rows/totals.ts";
import { PgTransfer } from "./rows/transfer.ts";
import { PgSyncTables } from "./sync/tables.ts";
import { tidySteps } from "./tidy.ts";
import { PgVectorRight } from "./vector-right.ts";
import type { HeldBytes } from "./vectors/held-vectors.ts";
import { PgNextParts } from "./vectors/next-parts.ts";
import { PgPartVectors } from "./vectors/part-vectors.ts";
import type { Sealing, SealingOptions } from "./words/sealing.ts";
import { PgWords } from "./words/stored-words.ts";

export interface PgMemoryStoreOptions {
  /** Most vectors of one namespace that are compared one by one; above it they have a graph. Default 10,000. */
  comparedUpTo?: number | undefined;
  /** With them vectors are held here: without, the server searches them. */
  kernels?: ScanKernels | undefined;
  /** Memory that they may take; more vectors than fit are searched by the server. Default: 25 MB. */
  heldBytes?: HeldBytes | undefined;
  /** A faster way to the words of a text. */
  wordSplitter?: WordSplitter | undefined;
  /** From how many parts of a namespace on their words are packed into lists. */
  sealing?: SealingOptions | undefined;
  /** How long a server that is away is waited for, milliseconds. Default 30,000. */
  waitMs?: number | undefined;
  /** Called after each write that somebody is told of. */
  wrote?: (() => void) | undefined;
  /** Called when it is closed: the link is the caller's. */
  closed?: (() => void) | undefined;
}

const defaultWaitMs = 30_000;
/** Memory of the lists of words that are kept: reading one anew costs more than over a file. */
const mostListBytes = 8_000_000;

/**
 * Makes the tables where there are none.
 * @param link of its own: another user of it would be in the middle of our transactions
 * @throws HaypileError HAYPILE_STORE_AWAY, HAYPILE_STORE_REFUSED, HAYPILE_STORE_RIGHTS, HAYPILE_DB_NEWER
 */
export function openPgMemoryStore(
  link: PgLink,
  options: PgMemoryStoreOptions = {},
): OpenedMemoryStore {
  ensureSchema(link, link.schema);
  return new PgMemoryStore(link, options);
}

class PgMemoryStore implements OpenedMemoryStore {
  readonly path: string;
  readonly rows: MemoryTable;
  readonly scope: MemoryScope;
  readonly words: MemoryWordIndex;
  readonly vectors: MemoryVectorIndex;
  readonly next: NextPartVectors;
  readonly vectorRight: PgVectorRight;
  readonly relations: MemoryRelations;
  readonly removal: MemoryRemoval;
  readonly facts: FootprintFacts;
  readonly sync: MemorySyncTable;
  readonly transfer: MemoryTransfer;
  readonly isReplaced = false;
  readonly #source: PgRowSource;
  readonly #link: PgLink;
  readonly #guard: PgGuard;
  readonly #resident: ResidentRows;
  readonly #filters: RowFilters;
  readonly #orders: RowOrders;
  readonly #words: MemoryWords;
  readonly #partVectors: PgPartVectors;
  readonly #dueGraphs: DueGraphs;
  readonly #followed: Followed;
  readonly #erasing: Erasing;
  readonly #sealing: Sealing;
  readonly #closed: (() => void) | undefined;
  /** Whose words are being looked up. */
  #question: PgQuestion | undefined;

  constructor(link: PgLink, options: PgMemoryStoreOptions) {
    const { wrote, waitMs = defaultWaitMs } = options;
    const channel = channelOf(link.schema);
    const guard = new PgGuard(link, { channel, waitMs, wrote });
    const source = new PgRowSource(link, () => checkVersion(link));
    const resident = new ResidentRows(source);
    const wordsOf = wordsWith(options.wordSplitter);
    const stored = new PgWords(link, wordsOf, options.sealing);
    const rows = new PgMemoryRows({ link, guard, words: stored });
    const partTexts = (partIds: readonly number[]) => rows.partTexts(partIds);
    const asked = (partIds: readonly number[]) => (this.#question ?? rows).partTexts(partIds);
    const words = new MemoryWords(stored, resident, asked, wordsOf, mostListBytes);
    const filters = new RowFilters(source, resident, words);
    const orders = new RowOrders(source, resident);
    const relations = new PgRelations(link);
    const erasing = new Erasing(link);
    const removal = new PgRemoval({ link, guard, rows, relations, erasing });
    const partVectors = new PgPartVectors({
      ...{ link, guard, resident, partTexts },
      comparedUpTo: options.comparedUpTo,
      kernels: options.kernels,
      heldBytes: options.heldBytes,
    });
    const next = new PgNextParts({ link, guard, partTexts });

    this.path = link.name;
    this.vectorRight = new PgVectorRight(link);
    this.#source = source;
    this.#link = link;
    this.#guard = guard;
    this.#resident = resident;
    this.#filters = filters;
    this.#orders = orders;
    this.#words = words;
    this.#partVectors = partVectors;
    this.#dueGraphs = new DueGraphs(link, resident, options.comparedUpTo);
    this.#erasing = erasing;
    this.#sealing = stored.sealing;
    this.#closed = options.closed;
    this.#followed = new Followed({ link, channel, resident, own: guard.number });
    this.rows = guarded<MemoryTable>(rows, doings.rows, guard);
    const scope = new PgScope({ resident, filters, orders });
    this.scope = guarded<MemoryScope>(scope, doings.scope, guard);
    this.words = guarded<MemoryWordIndex>(new PartWords(words), doings.words, guard);
    this.vectors = guarded<MemoryVectorIndex>(partVectors, doings.vectors, guard);
    this.next = guarded<NextPartVectors>(next, doings.next, guard);
    this.relations = guarded<MemoryRelations>(relations, doings.relations, guard);
    this.removal = guarded<MemoryRemoval>(removal, doings.removal, guard);
    this.facts = guarded<FootprintFacts>(new PgTotals(link, guard), doings.facts, guard);
    this.sync = guarded<MemorySyncTable>(new PgSyncTables(link, rows), doings.sync, guard);
    const transfer = new PgTransfer(link, guard, rows);
    this.transfer = {
      ...guarded<Omit<MemoryTransfer, "handsOver">>(transfer, doings.transfer, guard),
      handsOver: transfer.handsOver,
    };
  }

  forRecall(): PgQuestion {
    const { rows, scope, words, vectors, relations } = this;
    this.#dueGraphs.look();
    const write = <T>(doing: string, work: () => T): T => this.write(doing, work);
    return new PgQuestion({
      roles: { rows, scope, words, vectors, relations, write },
      link: this.#link,
      source: this.#source,
      resident: this.#resident,
      filters: this.#filters,
      partVectors: this.#partVectors,
      run: (work) => this.#guard.run(memoryReads, work),
      reading: (question, work) => {
        this.#question = question;
        try {
          return work();
        } finally {
          this.#question = undefined;
        }
      },
    });
  }

  write<T>(doing: string, work: () => T): T {
    return this.#guard.write(doing, work);
  }

  writeLightly<T>(doing: string, work: () => T): T {
    return this.#guard.writeLightly(doing, work);
  }

  async tidy(): Promise<void> {
    for (const step of tidySteps) {
      if (this.#guard.isOpen) {
        this.#guard.unlessBusy("tidy the memories", () => this.#link.send(step));
      }
    }
    if (this.#guard.isOpen) this.#guard.run("write what was erased", () => this.#erasing.begin());
    await this.#erasing.settled();
    if (this.#guard.isOpen) this.#sealing.begin();
    await this.#sealing.settled();
    if (this.#guard.isOpen) await this.#dueGraphs.lookAtAll();
  }

  get residentBytes(): number {
    return this.#resident.bytes + this.#words.bytes + this.#partVectors.bytes;
  }

  get residentRows(): number {
    return this.#resident.count;
  }

  dropResident(): void {
    this.#filters.drop();
    this.#orders.drop();
    this.#words.drop();
    this.#partVectors.dropHeld();
    this.#resident.drop();
  }

  close(): void {
    if (!this.#guard.isOpen) return;
    this.#followed.close();
    this.#partVectors.close();
    this.#guard.isOpen = false;
    this.#closed?.();
  }
}

/** The name of a channel is short and plain, that of a schema need not be. */
function channelOf(schema: string): string {
  return `haypile_${createHash("sha256").update(schema).digest("hex").slice(0, 16)}`;
}
