/* What calls on memories answer beside memories: scores in parts, what was removed, counted, taken in. */

export interface ForgetResult {
  deleted: number;
  /** Until when undelete() brings them back. Undefined: erased at once. */
  recoverableUntil: string | undefined;
  /** Say this to undeleteAt() to bring back all that went with it. Undefined: erased at once. */
  at: string | undefined;
}

export interface MemoryStats {
  memories: number;
  /** Deleted, still recoverable. */
  deleted: number;
  withoutVector: number;
  bytesOnDisk: number;
  namespaces: { namespace: string; memories: number; bytes: number }[];
  /** Servers that they are kept on, and whether each could be reached last. Undefined: they are in the file. */
  stores?: { store: string; isUp: boolean }[] | undefined;
}

export interface RemovedMemory {
  id: string;
  namespace: string;
  at: string;
  why: string;
}

export interface ImportOptions {
  /** "auto" (default), "haypile", "knowledge-graph", "texts". */
  format?: string | undefined;
  /** Put all of them into this one. */
  namespace?: string | undefined;
  /** Keep what looks like a password, a key or a token; else it is left out. Default false. */
  allowSecrets?: boolean | undefined;
  /** The strings are pieces of one text. Default false: each is a line. */
  asText?: boolean | undefined;
}

export interface ImportResult {
  stored: number;
  /** There already. */
  merged: number;
  /** What was left out, and why: the first 1,000. */
  refused: { line: number; reason: string }[];
  refusedCount: number;
}

export interface MemoryImport {
  push(pieces: readonly string[]): Promise<void>;
  /** Writes what is left. */
  end(): Promise<ImportResult>;
}

/**
 * odds(score) = odds(relevance) × decay × importance × time × outdated, with odds(p) = p / (1 - p). Relevance, 0 to 1, is what speaks for
 * the memory alone: meaning + part of share + a little of words + phrase - length + context (docs/search.md).
 */
export interface RecallWhy {
  relevance: number;
  /** Cosine with the query; undefined: no vector yet, or no model. */
  meaning: number | undefined;
  /** Part of the query's words that it has, each counted by how rare it is, 0 to 1. */
  share: number;
  /** BM25; undefined where no word is in common. */
  words: number | undefined;
  /** Given because words that stand side by side in the query do so in it. */
  phrase: number;
  /** Taken off because it has many parts, and the best of many is good by chance. */
  length: number;
  /** Given by the turns beside it: two before and two after. */
  context: number;
  decay: number;
  importance: number;
  /** Above 1 where it is of a time that the query names, or the newest where that is asked for: up to 4. */
  time: number;
  /** Below 1 where a newer one seems to contradict it. */
  outdated: number;
}

/** A commit that changed anchored code. */
export interface AnchorChangeCommit {
  /** Short id. */
  commit: string;
  at: string;
  author: string;
  /** First line of its message. */
  subject: string;
}

/** Which commits changed the text of an anchored file or definition since its memory was last said to be true. */
export interface AnchorCommits {
  /** Newest first, at most five. With `asOf`: up to then. */
  commits: AnchorChangeCommit[];
  /** Further ones, older than these. */
  more: number;
  /** What git could not say or was not asked in the time, in words; undefined: these are all. */
  limit: string | undefined;
}

/** A memory whose anchored code is not as it was when it was last said to be true. */
export interface Unverified {
  /** When that code changed first, as far as that is known. */
  at: string;
  /** How, in words, one for each anchor. */
  changes: string[];
  /** For each of these its commits. */
  commits: AnchorCommits[];
}

/** Anchored code that is not as it was. */
export interface AnchorChange extends AnchorCommits {
  path: string;
  symbol: string | undefined;
  /** In words. */
  change: string;
  /** The last commit that changed it; undefined: not known, or what is there is not committed. */
  commit: string | undefined;
  /** When it changed first, as far as that is known. */
  at: string;
  /** When the memory was last said to be true of it, and the last commit of the file then. */
  verifiedAt: string;
  verifiedCommit: string | undefined;
}
