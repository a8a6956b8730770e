/* What calls on snapshots of the memories take and answer. */

export interface SnapshotOptions {
  /** What it is kept for, at most 1,000 characters. Default: "". */
  note?: string | undefined;
  /** All pages, none shared with another snapshot. Default: only those that changed, where that pays. */
  full?: boolean | undefined;
}

export interface SnapshotCounts {
  memories: number;
  /** Forgotten, still recoverable when it was made. */
  deleted: number;
  /** Rows of text: older texts and hidden ones among them. */
  texts: number;
}

/**
 * Who wanted it: somebody ("asked"), the day ("daily"), or what came after it: another snapshot that was restored
 * ("restore"), vectors of another model ("model"), a newer schema ("migration").
 */
export type SnapshotReason = "asked" | "daily" | "restore" | "model" | "migration";

/** The memories as they stood at one moment. */
export interface Snapshot {
  id: string;
  at: string;
  note: string;
  reason: SnapshotReason;
  /** Undefined where its manifest cannot be read; the next three too. */
  counts: SnapshotCounts | undefined;
  /** Of the program that made it. */
  version: string | undefined;
  /** Version of the database's schema. */
  schema: number | undefined;
  /** Of the whole database file, as it is when it is restored. */
  sha256: string | undefined;
  /** Of that file, bytes. */
  fileBytes: number | undefined;
  /** Its own files on disk, bytes; 0 where they are missing. */
  bytes: number;
  /** Of its vectors; undefined: it has none, or its manifest does not say. */
  model: string | undefined;
  /** Snapshots with which it shares pages. They can be removed: what it needs of them stays. */
  needs: string[];
  /** From when on it may go by itself; undefined: it stays until it is removed. */
  goes: string | undefined;
  /** What was wrong with the memories themselves when it was made; undefined: nothing. */
  damage: string | undefined;
  /** What is wrong with it, in words; undefined: nothing that is seen without reading all of it. */
  problem: string | undefined;
}

export interface SnapshotsResult {
  /** Newest first, the first 1,000. */
  snapshots: Snapshot[];
  /** Where they lie. */
  folder: string;
  /** How many of those that are made by themselves stay, as the option `snapshots.keep` says: "7d 4w"; "off": none is made. */
  keep: string;
  /** All files of that folder, bytes. */
  bytesOnDisk: number;
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

/** A snapshot that was restored into a scratch folder, opened and asked. */
export interface VerifiedSnapshot {
  id: string;
  /** Nothing is wrong with it. */
  isSound: boolean;
  /** What is wrong, in words; [] when nothing is. */
  findings: string[];
  /** Of the file that came out; undefined where none came out. */
  sha256: string | undefined;
  fileBytes: number | undefined;
  /** Pages that were compared with their digests, and files they came from; 0 for a snapshot that is a whole file. */
  pages: number;
  files: number;
  counts: SnapshotCounts | undefined;
  /** Questions that were asked of it, with words of its own; fewer where it has fewer memories with words. */
  recalls: { query: string; found: boolean; ms: number }[];
  ms: number;
}

export interface RestoreOptions {
  /** Write it to this file, which must not be there yet; the memories stay as they are. */
  to?: string | undefined;
}

export interface RestoredSnapshot {
  id: string;
  /** The file that holds it now. */
  database: string;
  counts: SnapshotCounts | undefined;
  /** Of the file that was put in the place, the same as that of the snapshot. */
  sha256: string;
  /** What was there before, as a snapshot: restoring that goes back. Undefined with `to`, and where `keptFile` is. */
  kept: Snapshot | undefined;
  /** What was there before, as a file: it was too damaged for a snapshot. */
  keptFile: string | undefined;
  /** Folders that the memories are synced with: the next sync of each brings back what was said and forgotten since. */
  syncedWith: string[];
  ms: number;
}

export interface PruneSnapshotsOptions {
  /** Remove all that hold this memory, whoever wanted them: what was erased for good is gone then. */
  holding?: string | undefined;
  /** Say what would go, and remove nothing. */
  dryRun?: boolean | undefined;
}

export interface PrunedSnapshots {
  removed: Snapshot[];
  /** How many stay. */
  stay: number;
  freedBytes: number;
  /** With `holding`: those that could not be read, and were not removed. */
  unread: { id: string; problem: string }[];
}
