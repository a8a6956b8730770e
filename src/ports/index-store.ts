/*
 * What the engine asks of an index beside the roles that services use, wherever it is kept: a file of its own, or tables
 * of a team's store. What only makes sense with a file answers for the others that there is nothing of it.
 */
import type { IndexDetails } from "./answers/index-facts.ts";
import type { Facts, Store, VectorIndex } from "./store.ts";

/** How the vectors of an index are searched. */
export type ScanReport = IndexDetails["scan"];

/** What can be told of vectors besides. */
export interface IndexVectors extends VectorIndex {
  /** How they are searched. */
  scanReport(): ScanReport;
  /** How they are packed; undefined: with nothing lost. */
  packed(): IndexDetails["packed"];
  /** Some that are spread over the index, as floats of unit length: to compare searches with. */
  sample(count: number): Float32Array[];
  /** Unit vectors of texts with their context, in the order asked; undefined: this index has none of it. */
  ofTexts(texts: readonly string[]): (Float32Array | undefined)[];
  /** What vectors of chunks are compared by, in the order asked; undefined for a chunk without one. */
  codes(chunkIds: readonly number[], kind: "model" | "static"): (Uint8Array | undefined)[];
}

export interface IndexFactTable extends Facts {
  /** Two equal marks: nothing was written between them, by this process or another. */
  changeMark(): string;
}

/** What one process or client at a time does: index, or make the vectors of another model. */
export type IndexRight = "index" | "next";

/** A right that is held. */
export interface IndexLock {
  /** A second call is harmless. */
  release(): void;
}

/** Who holds a right. */
export interface LockOwner {
  /** Of its process. */
  pid: number;
  /** ISO 8601. */
  since: string;
  /** Its machine, where others share the store; undefined: this one. */
  host?: string | undefined;
}

export interface IndexStore extends Store {
  readonly vectors: IndexVectors;
  readonly facts: IndexFactTable;

  /**
   * Takes a right, or fails at once. It ends with its process, however that ends.
   * @throws HaypileError HAYPILE_DB_BUSY, with who holds it, and since when
   */
  lock(right: IndexRight): IndexLock;
  /** Who holds a right; undefined: nobody. It waits for nothing. */
  lockOwner(right: IndexRight): LockOwner | undefined;

  /** Bytes of vectors' bits held in memory; 0 once closed. */
  readonly bitsBytes: number;
  /** Bytes that searches by words keep until the index changes. */
  readonly lengthsBytes: number;
  /** From now on bits take at most so many bytes; what does not fit is read for each search. */
  limitBits(bytes: number): void;
  /** Gives back what can be read again. */
  shrinkCache(): void;
  /** Resolves when nothing is made in the background any more, by this store. Searches need not wait for it. */
  settled(): Promise<void>;
  /**
   * Of a store that is reached over a network: resolves when it can be reached again, undefined for the others.
   * @throws HaypileError HAYPILE_STORE_AWAY when the time for that is over, HAYPILE_ABORTED
   */
  untilReached?(signal?: AbortSignal): Promise<void>;
}
