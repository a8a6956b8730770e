/* Looking after indexes: to list them, to delete one, and to delete those that nobody needs. */
import type { KnownIndex, RemovedFile } from "./index-facts.ts";

export interface IndexesOptions {
  /** What each holds, too: files, chunks, languages, model. Default false. */
  details?: boolean | undefined;
}

/** One of the two. */
export interface RemoveIndexOptions {
  /** The folder the index is of, absolute; it need not be there. */
  folder?: string | undefined;
  /** The file of the index, as indexes() names it. */
  database?: string | undefined;
}

export interface RemovedIndex {
  /** Empty where there was none. */
  files: RemovedFile[];
}

export interface PruneOptions {
  /** The token of a preview, which says that all of it is to go; without one, only the preview is made. */
  confirm?: string | undefined;
  /** Of those that may go only these files. Default: all. */
  databases?: readonly string[] | undefined;
  /** Also indexes that nobody has used for so long, milliseconds. Default: none. */
  olderThanMs?: number | undefined;
  /** Also indexes whose folder may only lie on a drive that is not mounted now. Default false. */
  unmounted?: boolean | undefined;
}

/** Why an index may go. */
export type PruneReason = "folder-gone" | "damaged" | "unused";

export interface PrunableIndex extends KnownIndex {
  why: PruneReason;
  /** The nearest folder above that is there, where its own is gone. */
  nearest?: string | undefined;
}

export interface PruneResult {
  /** What goes, or has gone. */
  indexes: PrunableIndex[];
  /** Files that were left beside indexes which are gone: of no use to anybody. */
  strays: RemovedFile[];
  /** Of all that together. */
  bytes: number;
  /** Indexes that stay, because their folder may only not be mounted. */
  spared: PrunableIndex[];
  /** Confirms just this list, for ten minutes; left out where there is nothing to delete, and after the deed. */
  confirm?: string | undefined;
  /** After the deed: what was deleted. */
  removed?: RemovedFile[] | undefined;
  /** After the deed: what could not be deleted, and why. */
  kept?: { path: string; reason: string }[] | undefined;
}
