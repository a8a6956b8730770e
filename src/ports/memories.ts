/*
 * What faces see of the memory service: remember, recall, forget. A memory is a text that somebody wanted
 * kept, with what is needed to find it, to judge it and to get rid of it. Times are ISO 8601.
 */

import type {
  AnchorChange,
  ForgetResult,
  ImportOptions,
  ImportResult,
  MemoryImport,
  MemoryStats,
  RecallWhy,
  RemovedMemory,
  Unverified,
} from "./answers/memory-reports.ts";
import type { MigrateCallOptions, MigrationResult } from "./answers/migration.ts";
import type { SearchTimes } from "./answers/search.ts";
import type { AnchoredOptions, AnchoredResult } from "./answers/time/history.ts";
import type { MemorySnapshots } from "./answers/time/memory-snapshots.ts";
import type { Memory, MemoryAnchor, MemoryKind, MemorySource } from "./memory/memory.ts";
import type { MemoryOrder } from "./memory/orders.ts";
import type { MemorySyncOptions, MemorySyncResult } from "./memory/sync-call.ts";

export {
  type Memory,
  type MemoryAnchor,
  type MemoryKind,
  type MemoryLink,
  type MemorySource,
  memoryKinds,
  memorySources,
} from "./memory/memory.ts";
export { type MemoryOrder, memoryOrders } from "./memory/orders.ts";

export interface RememberOptions {
  /** Memories of different namespaces never meet unless asked. 1 to 128 characters. Default "default". */
  namespace?: string | undefined;
  /** At most 32, each 1 to 64 characters. White space around them and capitals make no other tag. */
  tags?: readonly string[] | undefined;
  /** Default "note". */
  kind?: MemoryKind | undefined;
  /** Default "user". */
  source?: MemorySource | undefined;
  /** From when on it holds: a day or time of this machine's zone, or an instant. Default: now. */
  validFrom?: string | undefined;
  /** When it stops to hold and may be collected; of a day: when it begins; "never". Default: never. */
  expires?: string | undefined;
  /** 0 to 1. Default 0.5. */
  importance?: number | undefined;
  /** Never collected, never over a quota. Default false. */
  pinned?: boolean | undefined;
  /** Code it speaks of: recall says when that has changed. */
  anchors?: readonly MemoryAnchor[] | undefined;
  /**
   * Id of a memory that this one takes the place of. Namespace, kind, tags, importance, pin and anchors are those
   * of the old one unless they are said.
   */
  replaces?: string | undefined;
  /**
   * A text that is there already in the same namespace: "merge" gives the one that is there what is said now
   * (end, beginning, kind, importance, pin; tags and anchors are added; a memory of the user stays the user's);
   * "link" keeps both and links them; "keep" keeps both. Default "merge", and "keep" for turns: people say the
   * same twice. A text that is only alike is never merged.
   */
  onDuplicate?: "merge" | "link" | "keep" | undefined;
  /** Keep it even if it looks like a password, a key or a token. Default false. */
  allowSecrets?: boolean | undefined;
}

export interface RememberResult {
  id: string;
  /** "merged": into the memory with this id. */
  status: "stored" | "merged" | "linked" | "superseded";
  /** Where it is: what was said, or where the replaced one was. */
  namespace: string;
  /** Near duplicates known when the answer was given, best first. */
  similar: { id: string; score: number }[];
  /** Set when it is kept and will not be found, with the reason. */
  warning?: string | undefined;
}

/** Which memories are meant; all that is said must hold. */
export interface MemoryFilter {
  namespace?: string | readonly string[] | undefined;
  tags?:
    | {
        any?: readonly string[] | undefined;
        all?: readonly string[] | undefined;
        not?: readonly string[] | undefined;
      }
    | undefined;
  kind?: MemoryKind | readonly MemoryKind[] | undefined;
  source?: MemorySource | undefined;
  /** Created at or after; of a day: when it begins. */
  since?: string | undefined;
  /** Created before; of a day: before it begins. */
  until?: string | undefined;
  /** Texts with each of these words, in any of its forms; the last one may be only begun. */
  text?: string | undefined;
  /** Only what is pinned, or only what is not. */
  pinned?: boolean | undefined;
  /** What stops to hold before then; of a day: before it begins. */
  expiresBefore?: string | undefined;
}

export interface MemoryListOptions extends MemoryFilter {
  asOf?: string | undefined;
  /** Default: as their texts were written, the last first. */
  order?: MemoryOrder | undefined;
  /** 1 to 1,000. Default 100. */
  limit?: number | undefined;
  /** Where the list of before ended, with the same filter and order. */
  cursor?: string | undefined;
  /** Pass over so many, from the cursor or the beginning: a place in a long list is reached at once. Default 0. */
  skip?: number | undefined;
  /** Characters of each text that are given; get() has all of it. Default: all. */
  textLimit?: number | undefined;
}

/** What a caller saw before a change; what is not said is not compared. */
export interface MemorySeen {
  text?: string | undefined;
  namespace?: string | undefined;
  kind?: MemoryKind | undefined;
  tags?: readonly string[] | undefined;
  source?: MemorySource | undefined;
  importance?: number | undefined;
  pinned?: boolean | undefined;
  validFrom?: string | undefined;
  /** "never" where it had no end. */
  expires?: string | undefined;
}

export interface MemoryEdit extends RememberOptions {
  text?: string | undefined;
  /** Change it only where it is still as it was seen. */
  was?: MemorySeen | undefined;
}

export interface MergeOptions {
  /** Default: their texts in the order of the ids, without those that another one holds. */
  text?: string | undefined;
  /** Keep the text even if it looks like a password, a key or a token. Default false. */
  allowSecrets?: boolean | undefined;
}

export interface DuplicatesOptions {
  namespace?: string | readonly string[] | undefined;
  /** Pairs, 1 to 200. Default 50. */
  limit?: number | undefined;
  cursor?: string | undefined;
}

/** Two memories of one namespace that seem to say the same. */
export interface DuplicatePair {
  /** Both. */
  memories: Memory[];
  /** How near they are, 0 to 1: by their words or their vectors, whichever is more. */
  score: number;
}

export interface DuplicatesResult {
  pairs: DuplicatePair[];
  nextCursor: string | undefined;
}

export interface UnverifiedOptions {
  /** Only this one. */
  id?: string | undefined;
  namespace?: string | readonly string[] | undefined;
  /** Memories, 1 to 100. Default 20. */
  limit?: number | undefined;
  cursor?: string | undefined;
  /** Time to look at files, milliseconds, 50 to 60,000. Default 2,000: what is left comes with the cursor. */
  deadlineMs?: number | undefined;
}

export interface UnverifiedMemory {
  memory: Memory;
  /** Since when. */
  at: string;
  changes: AnchorChange[];
}

export interface UnverifiedResult {
  memories: UnverifiedMemory[];
  /** Memories with anchors that were looked at for this answer. */
  looked: number;
  nextCursor: string | undefined;
}

export interface RecallOptions extends MemoryFilter {
  /** What was known and valid then; of a day: when it ended (today: now). */
  asOf?: string | undefined;
  /** Memories wanted, 1 to 1,000. Default 8. */
  k?: number | undefined;
  /**
   * Least score, 0 to 1. Default: memories whose relevance is below .2 are left out, so that a question without an
   * answer gets none; 0 where tags are named or nothing is asked. 0: as many come as there are, up to k, however
   * little they have to do with it.
   */
  minScore?: number | undefined;
  /** Time for the whole answer, milliseconds. */
  deadlineMs?: number | undefined;
  /** Most tokens of all texts together: whole memories while they fit, then the best part of the next. */
  maxTokens?: number | undefined;
  /** Also the memories before and after each hit in time (turns of a conversation). Default 0. */
  neighbours?: number | undefined;
  /** Tell the parts of each score. Default false. */
  why?: boolean | undefined;
  /** false: caches of results are neither asked nor filled by this call. Default true. */
  cache?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

export interface RecallHit {
  memory: Memory;
  /** 0 to 1, the same scale for every question: see RecallWhy. */
  score: number;
  /** The part that was found, when the memory is long or did not fit the budget. */
  part: { text: string; isWhole: boolean };
  /** Set when a newer memory of the same answers too and says something else: that one, and the time it is of. */
  olderThan: { id: string; at: string } | undefined;
  /** Set when anchored code is not (with `asOf`: was not then) as the memory was last said to be true of. */
  unverifiedSince: Unverified | undefined;
  before: Memory[];
  after: Memory[];
  why: RecallWhy | undefined;
}

export interface RecallResult {
  hits: RecallHit[];
  /** Memories that fit the filter. */
  searched: number;
  /** Best score of what was left out because it is not near enough; undefined: nothing was. */
  nearest: number | undefined;
  /** Of those, memories whose vector is still to come: they are found by words. */
  withoutVector: number;
  /** True when the deadline or the budget of tokens left something out. */
  isPartial: boolean;
  /** Milliseconds. */
  timesMs: SearchTimes;
}

export interface ForgetPreview {
  matched: number;
  sample: Memory[];
  /** Say this to forget() to go through with it; good for ten minutes and for these memories only. */
  confirm: string;
}

export interface Memories extends MemorySnapshots {
  /**
   * Keeps a text. It is on disk (synchronous=FULL) and found by words when this resolves; its vector follows.
   * @throws HaypileError HAYPILE_USAGE, HAYPILE_SECRET, HAYPILE_MEMORY_MISSING, HAYPILE_QUOTA, HAYPILE_DISK_FULL,
   *   HAYPILE_DB_BUSY, HAYPILE_DB_CORRUPT
   */
  remember(text: string, options?: RememberOptions): Promise<RememberResult>;
  /** Many at once, in the order given. Those before an error are kept, and named by the error's data. */
  rememberMany(items: readonly ({ text: string } & RememberOptions)[]): Promise<RememberResult[]>;
  /** What answers a question, best first; what is newest where nothing is asked. */
  recall(query: string, options?: RecallOptions): Promise<RecallResult>;
  /** One by its id, as it is or was; undefined: there is none. */
  get(id: string, options?: { asOf?: string | undefined }): Promise<Memory | undefined>;
  /** Those that fit a filter, page by page. */
  list(
    options?: MemoryListOptions,
  ): Promise<{ memories: Memory[]; total: number; nextCursor: string | undefined }>;
  /** One memory goes at once (into the grace period). @throws HaypileError HAYPILE_MEMORY_MISSING */
  forget(id: string, options?: { hard?: boolean | undefined }): Promise<ForgetResult>;
  /** Without `confirm`: what would go. */
  forgetWhere(filter: MemoryFilter): Promise<ForgetPreview>;
  forgetWhere(
    filter: MemoryFilter,
    options: { confirm: string; hard?: boolean | undefined },
  ): Promise<ForgetResult>;
  /** Brings back what was forgotten, within its grace period. @throws HaypileError HAYPILE_MEMORY_MISSING */
  undelete(id: string): Promise<Memory>;
  /** Brings back all that one forget() or forgetWhere() put away. @param at as its answer said */
  undeleteAt(at: string): Promise<{ restored: number }>;
  /**
   * A new text, or other properties; the old ones stay in the history. With `was` it is undone by saying the old ones
   * again, and never over what another client has changed meanwhile.
   * @throws HaypileError HAYPILE_CONFLICT, HAYPILE_MEMORY_MISSING, HAYPILE_USAGE, HAYPILE_SECRET
   */
  update(id: string, change: MemoryEdit): Promise<Memory>;
  /**
   * One memory out of 2 to 100 of one namespace: all tags, anchors and links of them, the highest importance, pinned
   * where one was. They end, stay in the history for their time, and are linked as "merged".
   * @throws HaypileError HAYPILE_MEMORY_MISSING, HAYPILE_USAGE, HAYPILE_SECRET, HAYPILE_QUOTA
   */
  merge(ids: readonly string[], options?: MergeOptions): Promise<Memory>;
  /**
   * Takes a merge back: what was merged holds again as it did, and what it became is forgotten (undelete() has it).
   * @throws HaypileError HAYPILE_USAGE when one of them is gone
   */
  unmerge(id: string): Promise<{ memories: Memory[] }>;
  /** Pairs that are linked as near, in no order of worth, without those that were dismissed. */
  duplicates(options?: DuplicatesOptions): Promise<DuplicatesResult>;
  /** The two are no duplicates: the pair does not come again. `undo`: it does. */
  dismiss(id: string, other: string, options?: { undo?: boolean | undefined }): Promise<void>;
  /** Memories whose anchored code has changed since they were last said to be true. */
  unverified(options?: UnverifiedOptions): Promise<UnverifiedResult>;
  /** Those that speak of a file or a definition, as they were told; the code is not looked at. */
  anchored(options: AnchoredOptions): Promise<AnchoredResult>;
  /** It is true of its anchored code as that is now. @throws HaypileError HAYPILE_MEMORY_MISSING */
  verify(id: string): Promise<Memory>;
  /** Ties one to another by a word of 1 to 64 characters. @throws HaypileError HAYPILE_MEMORY_MISSING */
  link(from: string, to: string, relation: string): Promise<void>;
  /** What it said before, and what was done to it, oldest first. */
  history(id: string): Promise<{ at: string; text: string; what: string }[]>;
  /** How many there are, by namespace, and their size on disk. */
  stats(): Promise<MemoryStats>;
  /**
   * Removes what expired or was superseded long enough ago (never what is pinned) and erases what was deleted
   * longer than the grace period ago. It also runs by itself, now and then.
   */
  collect(): Promise<{ removed: RemovedMemory[]; erased: number }>;
  /** What was removed and why ("forgotten", "expired", "superseded", "quota"), newest first. */
  removed(limit?: number): Promise<RemovedMemory[]>;
  /**
   * Makes the vectors anew with another model; until all are there the old ones serve. Stopped or killed, the next
   * call goes on from there.
   * @throws HaypileError HAYPILE_ABORTED, HAYPILE_DB_BUSY, HAYPILE_MEMORY_LIMIT, and those of database and model
   */
  migrate(options?: MigrateCallOptions): Promise<MigrationResult>;
  /**
   * Says in a folder what changed here, and takes what other machines say there (docs/sync.md); it is on the disk when this resolves.
   * @throws HaypileError HAYPILE_PATH_MISSING, HAYPILE_NOT_A_FOLDER, HAYPILE_PERMISSION, HAYPILE_DISK_FULL, HAYPILE_IO, HAYPILE_ABORTED
   */
  sync(folder: string, options?: MemorySyncOptions): Promise<MemorySyncResult>;
  /** Resolves when all texts known so far have their vectors, or the model failed. */
  settled(): Promise<void>;
  /** One memory a line, JSON: all of it, also what has ended; not what was forgotten. */
  export(filter?: MemoryFilter): AsyncIterable<string>;
  /** Lines as export() gives them, or JSON of other servers (see docs/memories.md). */
  import(
    lines: AsyncIterable<string> | Iterable<string>,
    options?: ImportOptions,
  ): Promise<ImportResult>;
  /** The same for who has the text by and by. An import that is not ended keeps what it has written. */
  openImport(options?: ImportOptions): Promise<MemoryImport>;
  close(): Promise<void>;
}
