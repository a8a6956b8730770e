/*
 * What syncing memories needs of their database: a note of every change, the clocks of what every memory says, and how
 * far each folder was read and written. Writing calls belong inside write() of the store.
 */
import type { MemoryRow } from "../memory-rows.ts";

/** A change that was noted in its own transaction and has no clock yet. */
export interface TouchedMemory {
  /** They go up. */
  id: number;
  key: string;
  /** The row that it is about; 0: the memory as a whole. */
  rowId: number;
  what: Touch;
  /** A link's other end and relation, the fields that changed, or why it was put away. */
  more: string;
  /** Milliseconds since 1970. */
  at: number;
}

export type Touch =
  | "text"
  | "said"
  | "ended"
  | "note"
  | "anchors"
  | "link"
  | "forgotten"
  | "erased"
  | "put away"
  | "undeleted"
  | "gone";

/** What is kept of a memory for syncing, beside its rows. Revisions are numbers of this database that go up. */
export interface SyncedMemory {
  /** Clocks without values, as the service writes them. */
  clocks: string;
  /** When it was changed here last; 0: never. */
  ownRev: number;
  /** When it came last from a folder, and from which; 0: it never did. */
  rev: number;
  origin: number;
  /** When its rows went; 0: they are there. */
  goneRev: number;
}

export interface SyncFolder {
  id: number;
  path: string;
  /** JSON of a list; undefined: all. */
  namespaces: string | undefined;
  /** Our own file in it, and as much of it as we know of. */
  file: string;
  generation: string;
  bytes: number;
  lines: number;
  /** Where its last line begins, and its sum. */
  lastAt: number;
  tail: string;
  /** Bytes that it had when it was written as a whole. */
  wholeBytes: number;
  /** What was changed up to this revision is in it. */
  published: number;
  /** Named in the file before what is being added, and its generation when it is written anew; "": nothing is. */
  intent: string;
  /** Memories that were kept back, for secrets or times in the future, and lines that were not taken for secrets. */
  withheld: number;
  refused: number;
}

/** How far a file of somebody else was read. */
export interface SyncFileRead {
  name: string;
  machine: string;
  generation: string;
  bytes: number;
  lines: number;
  /** Where its last line that was read begins, and its sum. */
  lastAt: number;
  tail: string;
}

export interface MemorySyncTable {
  /** Id of this machine in what it writes; "" before the first. `place` tells where the database lies. */
  machine(): { id: string; place: string };
  setMachine(id: string, place: string): void;
  /** The revision of the last change. */
  rev(): number;
  /** One more. */
  nextRev(): number;
  /** Keys with changes that have no clock yet, in order of their first. */
  touchedKeys(limit: number): string[];
  touched(key: string): TouchedMemory[];
  dropTouched(key: string): void;
  /** The last note, and forgetting those after one: of what syncing itself writes. */
  lastTouch(): number;
  dropTouchedAfter(id: number): void;
  /** Keys of memories that have no clocks, in order. */
  unknown(after: string, limit: number): string[];
  get(key: string): SyncedMemory | undefined;
  put(key: string, synced: SyncedMemory): void;
  /** Keys that a folder may not have yet, in order. */
  toPublish(folder: number, published: number, after: string, limit: number): string[];
  /** Whether rows went since then. */
  hasGoneSince(rev: number): boolean;
  count(): number;
  /** Why a memory was put away; undefined: it was not, or long ago. */
  whyRemoved(key: string): string | undefined;
  /** Keys whose clocks name another one as the end of a link. */
  linkedTo(key: string): string[];
  /** Notes that links of one memory wait for another. */
  await(to: string, from: string): void;
  awaited(to: string): string[];
  dropAwaited(to: string): void;
  /** Removes texts of a memory. @param sketchOf as it was made when they were added */
  eraseRows(rows: readonly MemoryRow[], sketchOf: (row: MemoryRow) => readonly number[]): void;
  dropNotes(key: string): void;
  folders(): SyncFolder[];
  putFolder(folder: SyncFolder): void;
  reads(folder: number): SyncFileRead[];
  putRead(folder: number, read: SyncFileRead): void;
  dropReads(folder: number): void;
  dropRead(folder: number, name: string): void;
}
