/* What memories ask about the code they speak of. */
import type { MemoryAnchor } from "./memories.ts";

export interface AnchoredText {
  /** Of the file, or of the definition. */
  text: string;
  /** When the file was changed last, milliseconds since 1970. */
  modified: number;
  /** The text as versions before 0.2 read it, where that is another one. */
  olderText?: string | undefined;
}

/** What is asked of git about an anchor: which commits changed its text since it was said to be true. */
export interface PastQuestion {
  /** As admit() gave it; or as it gave it once, where the file is gone. */
  anchor: MemoryAnchor;
  /** Hash of the text it was said to be true of (anchorHash()); undefined: there was none. */
  hash: string | undefined;
  /** The last commit of its file then, where it was as committed. */
  commit: string | undefined;
  /** When that was, milliseconds since 1970. */
  verified: number;
}

/** A commit as people speak of it. */
export interface AnchorCommit {
  /** Short id. */
  commit: string;
  /** When it was committed, milliseconds since 1970. */
  at: number;
  author: string;
  /** First line of its message. */
  subject: string;
}

export interface AnchorPast {
  /** Its text in the commit that was looked at; undefined: it is not in it. */
  text: string | undefined;
  /** Commits that changed its text (not only its place in the file), newest first, a few. */
  commits: AnchorCommit[];
  /** Further ones, older than these, of those that were looked at. */
  more: number;
  /** The time of the oldest of all of them; undefined: there is none, or not all were looked at. */
  since: number | undefined;
  /** Where the file went with the commit that took it away, absolute. */
  movedTo: string | undefined;
  /** What was not looked at, and why. */
  limit: string | undefined;
}

export interface PastLimits {
  /** When the answer must be there, as performance.now() tells time. */
  end: number;
  /** Code as it was then, milliseconds since 1970: in the last commit by then. Default: in HEAD. */
  asOf?: number | undefined;
  signal?: AbortSignal | undefined;
}

export interface AnchorReader {
  /**
   * The anchor as it is kept, with links in its path resolved. Only a file that could be in an index of its project
   * may be anchored to: none that keeps secrets, is ignored, or that a link leads to from elsewhere.
   *
   * A path that is refused for where it lies is not looked at, by no call of the system.
   *
   * @param options wasAdmitted: it was admitted here once, maybe for a root that was named then, and is looked at again
   * @throws HaypileError HAYPILE_PATH_REFUSED, HAYPILE_PATH_MISSING
   */
  admit(
    anchor: MemoryAnchor,
    options?: { wasAdmitted?: boolean | undefined },
  ): Promise<MemoryAnchor>;
  /** Undefined: the file, or the definition in it, is not there. Only what admit() gave is read. */
  read(anchor: MemoryAnchor): Promise<AnchoredText | undefined>;
  /**
   * What git says of anchors, in their order, as far as the time goes. What is late goes on for a moment and is kept.
   * @returns for each its past, or why there is none, in words that go on after "not known: "
   */
  past(
    questions: readonly PastQuestion[],
    limits: PastLimits,
  ): Promise<(AnchorPast | { why: string })[]>;
  /** Ends what goes on after an answer was given. */
  close(): void;
  /** The last commit that changed a file, where there is git and the file is as committed. */
  lastCommit(path: string): Promise<{ commit: string; at: number } | undefined>;
}
