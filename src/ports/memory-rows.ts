/*
 * What the memory service needs from its database. A memory is one row for each text it ever had: the row
 * whose text holds now has no end. Times are milliseconds since 1970; ids of rows are numbers, ids of memories
 * are keys. All but the search by vector runs synchronously.
 */
import type { ModelName } from "../base/model-name.ts";
import type { MemoryKind, MemoryOrder, MemorySource } from "./memories.ts";
import type { NextVectors, VectorRight } from "./store.ts";

/** One text of a memory, with what is said of it. */
export interface MemoryRow {
  rowId: number;
  key: string;
  namespace: string;
  kind: MemoryKind;
  source: MemorySource;
  importance: number;
  pinned: boolean;
  tags: string[];
  text: string;
  /** When the memory came to be. */
  created: number;
  /** Since when this text is its text. */
  since: number;
  /** Until when it was; undefined: it still is. */
  until: number | undefined;
  /** Why it ended: a newer text of the same memory, or another memory that took its place. */
  ended: "open" | "newer-text" | "superseded";
  validFrom: number;
  expires: number | undefined;
  deleted: number | undefined;
}

/** The time that a memory is of: that which its caller said, else that of its text. */
export function toldAt({
  validFrom,
  created,
  since,
}: Pick<MemoryRow, "validFrom" | "created" | "since">): number {
  return validFrom === created ? since : validFrom;
}

/** A piece of a text that is found by itself: from `start` up to `end`, in UTF-16 units. */
export interface PartSpan {
  start: number;
  end: number;
}

export interface NewMemoryRow extends Omit<MemoryRow, "rowId" | "until" | "ended" | "deleted"> {
  /** Tells equal texts of one namespace. */
  hash: number;
  /** Texts that share one of these may be nearly equal. */
  sketch: readonly number[];
  parts: readonly PartSpan[];
}

/** What can change without a new text. */
export type MemoryChange = Partial<
  Pick<MemoryRow, "kind" | "source" | "importance" | "pinned" | "tags" | "validFrom" | "expires">
>;

export interface PartHit {
  partId: number;
  rowId: number;
  score: number;
}

export interface StoredPart extends PartSpan {
  partId: number;
  rowId: number;
}

export interface StoredAnchor {
  path: string;
  symbol: string | undefined;
  /** Hash of the text it stood for; undefined: there was none. */
  hash: string | undefined;
  /** The text itself where it is short, packed. */
  seen: Uint8Array | undefined;
  commit: string | undefined;
  verified: number;
}

/** A memory with all that belongs to it. */
export interface WholeMemory {
  /** All its texts, oldest first; the last is the newest. */
  rows: MemoryRow[];
  notes: { at: number; what: string }[];
  links: { to: string; relation: string; at: number }[];
  anchors: StoredAnchor[];
  /** It came out of a damaged file, and may not be what was written. */
  isDamaged?: boolean | undefined;
}

/** What can be read of a damaged file. */
export interface Salvage {
  /** Memories found, deleted ones and those that another took the place of among them. */
  count: number;
  /** Texts that must have been there and are in no page that can be read. */
  lost: number;
  /** What is wrong with the log; "" when nothing is. */
  finding: string;
  /** One by one, in the order of their newest text. */
  memories(): Iterable<WholeMemory>;
  close(): void;
}

/** Which rows are meant. Everything that is said must hold. */
export interface RowFilter {
  namespaces?: readonly string[] | undefined;
  kinds?: readonly MemoryKind[] | undefined;
  source?: MemorySource | undefined;
  tagsAny?: readonly string[] | undefined;
  tagsAll?: readonly string[] | undefined;
  tagsNot?: readonly string[] | undefined;
  /** Created at or after; created before. */
  createdFrom?: number | undefined;
  createdBefore?: number | undefined;
  /** What has expired by now is left out. */
  now: number;
  /** As things stood then, instead of now. */
  asOf?: number | undefined;
  /** Also what does not hold any more, or not yet, and what another memory took the place of. Default false. */
  evenEnded?: boolean | undefined;
  /** Each of its words is in the row, in any form; the last may be only begun. No words: all rows. */
  words?: string | undefined;
  pinned?: boolean | undefined;
  expiresBefore?: number | undefined;
}

/** Where a row stands in an order: rows stand by `rank`, the least first, equal ones the newer row first ("oldest": the older). */
export interface RowPlace {
  rank: number;
  rowId: number;
}

export interface PageRequest {
  order: MemoryOrder;
  limit: number;
  /** Only what stands after it. */
  after?: RowPlace | undefined;
  /** Pass over so many first. */
  skip?: number | undefined;
}

/** The rows that a filter lets through, at one moment. */
export interface AllowedRows {
  readonly count: number;
  has(rowId: number): boolean;
  /** In the order of their making, from the newest; `before`: only older ones than this row. */
  newest(limit: number, before?: number): number[];
  /** The same from the oldest; only newer ones than `after`. */
  oldest(limit: number, after: number): number[];
  /** From the newest: rows that hold since a time from `from` up to before `to` (see toldAt()). */
  toldBetween(from: number, to: number, limit: number): number[];
  /** Undefined for a row that is not let through. */
  kindOf(rowId: number): MemoryKind | undefined;
  /** The nearest rows of the same namespace that were made before and after one. */
  around(rowId: number, count: number): { before: number[]; after: number[] };
}

export interface VectorRequest {
  vector: Float32Array;
  limit: number;
  allowed: AllowedRows;
}

export interface RemovedMemory {
  key: string;
  namespace: string;
  at: number;
  why: string;
}

export interface MemoryCounts {
  memories: number;
  deleted: number;
  pendingParts: number;
  bytesOnDisk: number;
  namespaces: { namespace: string; memories: number; bytes: number }[];
}

/** The database of memories, by role: each service asks for the roles it uses. After close() calls fail. */
export interface MemoryStore {
  readonly path: string;
  readonly rows: MemoryTable;
  readonly scope: MemoryScope;
  readonly words: MemoryWordIndex;
  readonly vectors: MemoryVectorIndex;
  readonly next: NextPartVectors;
  /** Undefined: a lock beside the file is it. */
  readonly vectorRight?: VectorRight | undefined;
  readonly relations: MemoryRelations;
  readonly removal: MemoryRemoval;
  readonly facts: FootprintFacts;
  /**
   * What one recall reads of it, where asking takes long: what was read once is not read again. Undefined: the store itself
   * is as quick.
   */
  forRecall?: (() => RecallStore) | undefined;
  /**
   * Runs `work` in one transaction that is on disk when this returns, or has not happened.
   * @throws HaypileError HAYPILE_DB_BUSY soon when another connection writes: try again
   */
  write<T>(doing: string, work: () => T): T;
  /** The same for what can be made again: it may be lost when the power fails. */
  writeLightly<T>(doing: string, work: () => T): T;
  /** Gives free pages back and tidies the word index, in steps of at most some milliseconds. */
  tidy(): Promise<void>;
  /** Another file or another state has taken the place of what is open: it takes no writes, and is to be opened anew. */
  readonly isReplaced: boolean;
  /** Memory of what is held for searching, bytes. */
  readonly residentBytes: number;
  /** Rows that are held for that: texts, older ones too. 0 before the first search. */
  readonly residentRows: number;
  /** Frees it; the next search brings it back. */
  dropResident(): void;
  close(): void;
}

/** What a recall uses of a store. */
export type RecallStore = Pick<
  MemoryStore,
  "rows" | "scope" | "words" | "vectors" | "relations" | "write"
>;

/** Memories, a row for each text. Writing calls belong inside write(). */
export interface MemoryTable {
  insert(row: NewMemoryRow): number;
  /** Rows of these ids; those that are not there are left out. */
  get(rowIds: readonly number[]): MemoryRow[];
  /** The newest text of a memory. */
  current(key: string): MemoryRow | undefined;
  /** After current() found nothing: @throws HaypileError HAYPILE_DB_CORRUPT when a slower look finds it. */
  lookAgain(key: string): void;
  /** All texts of a memory, oldest first. */
  versions(key: string): MemoryRow[];
  /**
   * Rows of current memories with this hash.
   * @param sketch what alike() is asked next: a store that is asked over a network reads both at once
   */
  equal(namespace: string, hash: number, sketch?: readonly number[]): number[];
  /** Some newest rows that share values of a sketch, those that share most first. Not all are current. */
  alike(sketch: readonly number[]): number[];
  change(rowId: number, change: MemoryChange): void;
  end(rowId: number, at: number, why: "newer-text" | "superseded"): void;
  /** It holds again, as if it had not ended. */
  reopen(rowId: number): void;
  parts(rowIds: readonly number[]): StoredPart[];
}

/** Which rows a filter lets through: what is searched is searched inside it. */
export interface MemoryScope {
  /** Looks at every row: @throws HaypileError HAYPILE_DB_CORRUPT when some are missing. */
  assertWhole(): Promise<void>;
  /** Brings what is held in memory up to date, in short steps: call it before allowed(). */
  prepare(): Promise<void>;
  allowed(filter: RowFilter): AllowedRows;
  /** Allowed rows in an order, with no more work however deep they stand. `allowed` is of this scope. */
  page(allowed: AllowedRows, request: PageRequest): Promise<RowPlace[]>;
}

/** What parts have of the words of a query, common ones left out and forms of one word taken together. */
export interface MemoryMarks {
  /** For each part: 1 at the place of a word that it has. */
  marks: Uint8Array[];
  /** For each part: 1 at the place of a word that stands beside the one before it in the query, in the text as well. */
  besides: Uint8Array[];
  /** BM25 of each part, as search() gives it; 0 where it has none of the words. */
  scores: Float64Array;
  /** What each word is worth: the rarer among the allowed parts, the more. */
  weights: Float64Array;
}

export interface MemoryWordIndex {
  /** Best parts by BM25, of allowed rows, best first. */
  search(query: string, limit: number, allowed: AllowedRows): PartHit[];
  /** Which words of a query parts have, allowed ones or not, and what each is worth among the allowed. */
  marks(query: string, partIds: readonly number[], allowed: AllowedRows): MemoryMarks;
}

/** Vectors of parts, and which parts wait for one. */
export interface MemoryVectorIndex {
  /**
   * Ties the vectors to a model where there are none, and says what runs here where there are: while those are of
   * another model or format, nothing is found by meaning, and none is put.
   */
  claimModel(model: ModelName): void;
  /** The model of the vectors, as the file has it now; undefined before the first. */
  model(): ModelName | undefined;
  /** Folder of that model, where the file came to it by one. */
  modelFolder(): string | undefined;
  /** Parts with a vector. */
  count(): number;
  /** Parts without a vector, noted before `notedBefore`, oldest first. */
  pending(after: number, limit: number, notedBefore: number): number[];
  pendingOf(rowIds: readonly number[]): number[];
  /** How many allowed rows have no vector yet; about, where they are thousands. */
  countPending(allowed: AllowedRows): number;
  /** In order; those that are not there any more are left out. */
  partTexts(partIds: readonly number[]): { partId: number; text: string }[];
  /** In a light write of its own. Not those of another model than the claimed one. */
  put(partIds: readonly number[], vectors: Float32Array): void;
  of(partId: number): Float32Array | undefined;
  /** The same of several, in the order asked. */
  each(partIds: readonly number[]): (Float32Array | undefined)[];
  /** Nearest parts by cosine, of allowed rows, best first. Yields between steps. */
  search(request: VectorRequest): Promise<PartHit[]>;
  /** Cosines of parts with a vector, in the order asked; NaN where there is none, or zeros. */
  cosines(vector: Float32Array, partIds: readonly number[]): Float32Array;
}

/** New vectors of parts beside those that serve: as of an index, and parts in place of chunks. */
export type NextPartVectors = Omit<NextVectors, "wantStatic">;

/** What stands beside memories, by key. Writing calls belong inside write(). */
export interface MemoryRelations {
  addNote(key: string, at: number, what: string): void;
  notes(key: string): { at: number; what: string }[];
  link(from: string, to: string, relation: string, at: number): void;
  /** Those that begin at these memories. */
  links(keys: readonly string[]): { from: string; to: string; relation: string; at: number }[];
  unlink(from: string, to: string, relation: string): void;
  /** Those that end at these memories. */
  linksTo(keys: readonly string[]): { from: string; to: string; relation: string; at: number }[];
  /** Links of one relation in the order of their ends, after the ones given. */
  linksOf(
    relation: string,
    after: { from: string; to: string } | undefined,
    limit: number,
  ): { from: string; to: string }[];
  /** Memories with anchors, in order. @param after "" to begin @param paths only with an anchor to one of these */
  anchored(after: string, limit: number, paths?: readonly string[]): string[];
  /** The memory that took the place of this one, alone or by a merge. */
  successor(key: string): string | undefined;
  setAnchors(key: string, anchors: readonly StoredAnchor[]): void;
  anchors(keys: readonly string[]): (StoredAnchor & { key: string })[];
  countUse(keys: readonly string[], at: number): void;
  uses(keys: readonly string[]): Map<string, { count: number; at: number }>;
}

/** Deletion in two steps, and what may go. mark(), unmark() and erase() belong inside write(). */
export interface MemoryRemoval {
  /** Marks memories as deleted. */
  mark(keys: readonly string[], at: number, why: string): void;
  unmark(key: string): void;
  /** Memories that were deleted at this moment and are still there. */
  markedAt(at: number): string[];
  /**
   * Removes every trace of memories but their keys in the log of what was removed. The bytes are gone from the
   * database with it, and from its log with truncateLog().
   * @param why for the log; undefined: it is in there already
   * @param sketchOf as it was made when they were added
   */
  erase(
    keys: readonly string[],
    at: number,
    why: string | undefined,
    sketchOf: (row: MemoryRow) => readonly number[],
  ): void;
  /** Brings the log into the database and cuts it: bytes of erased rows are gone. False: others read. */
  truncateLog(): boolean;
  /** Removes copies of the database of before: all, or those that are old. */
  dropCopies(all: boolean): void;
  removed(limit: number): RemovedMemory[];
  /** Keys to collect: deleted before, expired before, superseded before. Pinned ones only when deleted. */
  collectable(when: CollectableBefore): Collectable;
  /** Memories and bytes of text of a namespace. */
  size(namespace: string): { memories: number; bytes: number };
  /** Current memories of a namespace that are not pinned: least important, least used, oldest first. */
  leastWorth(namespace: string, limit: number): { key: string; bytes: number }[];
}

export interface CollectableBefore {
  deletedBefore: number;
  expiredBefore: number;
  supersededBefore: number;
}

export interface Collectable {
  deleted: string[];
  expired: string[];
  superseded: string[];
}

export interface FootprintFacts {
  counts(): MemoryCounts;
  /** A secret of the database, for tokens that only it gives. */
  secret(): string;
}
