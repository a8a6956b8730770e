/* What calls on snapshots of an index answer. */
export interface IndexSnapshotCounts {
  files: number;
  chunks: number;
  /** Of these, without a vector yet. */
  waiting: number;
}

/** The index of a folder as it stood at one moment. None is made by itself, and none goes by itself. */
export interface IndexSnapshot {
  id: string;
  at: string;
  note: string;
  /** Who wanted it: somebody ("asked"), or another snapshot that was restored ("restore"). */
  reason: "asked" | "restore";
  /** The folder whose index it is of, as it was then; undefined where its manifest cannot be read. The next six too. */
  indexOf: string | undefined;
  counts: IndexSnapshotCounts | undefined;
  /** Of the program that made it. */
  version: string | undefined;
  /** Version of the database's schema. */
  schema: number | undefined;
  /** Of the whole database file, as `restoreIndexSnapshot` with `to` writes it. */
  sha256: string | undefined;
  /** Of that file, bytes. */
  fileBytes: number | undefined;
  /** Of its vectors; undefined: it has none. */
  model: string | undefined;
  /** Its own files on disk, bytes; 0 where they are missing. */
  bytes: number;
  /** Snapshots with which it shares pages. They can be removed: what it needs of them stays. */
  needs: string[];
  /** What was wrong with the index itself when it was made; undefined: nothing. */
  damage: string | undefined;
  /** What is wrong with it, in words; undefined: nothing that is seen without reading all of it. */
  problem: string | undefined;
}

export interface IndexSnapshotsResult {
  /** Newest first, the first 1,000. */
  snapshots: IndexSnapshot[];
  /** Where they lie. */
  folder: string;
  /** All files of that folder, bytes. */
  bytesOnDisk: number;
}

/** A snapshot that was restored into a scratch folder, opened and searched. */
export interface VerifiedIndexSnapshot {
  id: string;
  /** Nothing is wrong with it. */
  isSound: boolean;
  /** What is wrong, in words; [] when nothing is. */
  findings: string[];
  /** Of the file that came out; undefined where none came out. */
  sha256: string | undefined;
  fileBytes: number | undefined;
  /** Pages that were compared with their digests, and files they came from. */
  pages: number;
  files: number;
  counts: IndexSnapshotCounts | undefined;
  /** Searches by words of its own; fewer where it has fewer chunks with words. */
  searches: { query: string; found: boolean; ms: number }[];
  ms: number;
}

export interface RestoredIndexSnapshot {
  id: string;
  /** The file that holds it now. */
  database: string;
  counts: IndexSnapshotCounts | undefined;
  /** Of the file that came out of the snapshot. */
  sha256: string;
  /** What was there before, as a snapshot: restoring that goes back. Undefined with `to`, and where there was no index. */
  kept: IndexSnapshot | undefined;
  /** What was there before, as a file: it was too damaged for a snapshot. */
  keptFile: string | undefined;
  ms: number;
}
