/* What calls on snapshots of the memories take and answer. */

export interface SnapshotOptions {
  /** What it is kept for, at most 1,000 characters. Default: "". */
  note?: string | undefined;
}

export interface SnapshotCounts {
  memories: number;
  /** Forgotten, still recoverable when it was made. */
  deleted: number;
  /** Rows of text: older texts and hidden ones among them. */
  texts: number;
}

/** The memories as they stood at one moment. */
export interface Snapshot {
  id: string;
  at: string;
  note: string;
  /** Undefined where its manifest cannot be read; the next three too. */
  counts: SnapshotCounts | undefined;
  /** Of the program that made it. */
  version: string | undefined;
  /** Version of the database's schema. */
  schema: number | undefined;
  sha256: string | undefined;
  /** On disk; 0 where its file is missing. */
  bytes: number;
  /** What is wrong with it, in words; undefined: nothing that is seen without reading all of it. */
  problem: string | undefined;
}

export interface SnapshotsResult {
  /** Newest first, the first 1,000. */
  snapshots: Snapshot[];
  /** Where they lie. */
  folder: string;
}

export interface BroughtBack {
  /** Forgotten since, or gone. */
  brought: number;
  /** Here still, as they are now. */
  there: number;
  /** What was left out, and why: the first 1,000. */
  refused: { line: number; reason: string }[];
  refusedCount: number;
}
