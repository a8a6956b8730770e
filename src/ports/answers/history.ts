/* What an index is asked about how its code came to be, and what it answers. */
import type { Memory, MemoryAnchor } from "../memories.ts";

export interface HistoryOptions {
  /** Where it begins: a commit, branch, tag or time. Default: the files as they are now, then HEAD. */
  at?: string | undefined;
  /** Most entries of this answer, 1 to 1,000. Default 20. */
  limit?: number | undefined;
  /** What the answer before gave, with the same target, to go on there. */
  cursor?: string | undefined;
  /** Most lines of each diff, 0 to 1,000. Default 12. */
  diffLines?: number | undefined;
  /**
   * Time for this answer, milliseconds, 1 to 600,000: after it the answer ends with what was found, once one commit was
   * looked at. Default: none.
   */
  deadlineMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * What a commit did: "merged" is a merge whose text is in none of its parents, "moved" came from another file and
 * "renamed" had another name; both may have changed as well. A definition that was "removed" has a life before, which
 * comes behind it.
 */
export type HistoryChange = "added" | "changed" | "renamed" | "moved" | "merged" | "removed";

/** Where something stood. */
export interface HistoryPlace {
  /** Relative to the folder of the index, with "/"; "../" goes out of it. */
  path: string;
  /** Full name of the definition; undefined: a file or lines of one. */
  name?: string | undefined;
  /** First and last line; 0 where nothing stands any more. */
  line: number;
  endLine: number;
  /** Of a definition. */
  signature?: string | undefined;
}

export interface HistoryEntry extends HistoryPlace {
  change: HistoryChange;
  /** Undefined: it is not committed yet. */
  commit: string | undefined;
  author: string;
  email: string;
  /** When it was written, by the author's clock, ISO 8601; "" for what is not committed. */
  date: string;
  /** When it was committed, the same. */
  committed: string;
  /** First line of its message. */
  subject: string;
  /** Where it stood before, when that is another place or name. */
  before?: HistoryPlace | undefined;
  /** Where it went, of what was removed here. */
  after?: Pick<HistoryPlace, "path" | "name"> | undefined;
  /** Lines that came and went, those of the comment above it among them. */
  added: number;
  removed: number;
  /** "-" went, "+" came, " " stands around it, "@12" names the line where a part begins. */
  diff: string[];
  /** Lines of the diff beyond diffLines. */
  diffLeftOut: number;
  /** Something to know of it, in words: "it was a link before". */
  note?: string | undefined;
}

/** Why a history ends before the beginning of the code. */
export interface HistoryEnd {
  /** "shallow": the clone has no older commits; "missing": a partial clone lacks the text. */
  why: "shallow" | "missing";
  commit: string;
  /** In words, with what to do. */
  hint: string;
}

export interface HistoryResult {
  /** What was found for the target. */
  of: HistoryPlace;
  /** Other definitions it could have meant. */
  others: number;
  /** The revision that was asked for. */
  at?: { commit: string; date: string; said: string } | undefined;
  /** The newest first. */
  entries: HistoryEntry[];
  /** Commits that touched the file, looked at for this answer. */
  looked: number;
  /** Versions of the file that could not be taken apart: what changed in them is told with the next that could. */
  unread: number;
  nextCursor: string | undefined;
  end?: HistoryEnd | undefined;
}

export interface AnchoredOptions {
  /** What they may be anchored to, 1 to 1,000: a file alone stands for all that is in it. */
  anchors: readonly MemoryAnchor[];
  namespace?: string | readonly string[] | undefined;
  /** 1 to 1,000. Default 100. */
  limit?: number | undefined;
}

/** A memory that speaks of some code, and when it was last said to be true of it. */
export interface AnchoredMemory {
  memory: Memory;
  anchors: {
    path: string;
    symbol: string | undefined;
    verifiedAt: string;
    verifiedCommit: string | undefined;
  }[];
}

export interface AnchoredResult {
  /** Those that were written last come first. */
  memories: AnchoredMemory[];
  /** Beyond the limit. */
  leftOut: number;
}
