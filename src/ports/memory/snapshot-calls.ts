/* Calls of the memories about their snapshots. */
import type {
  BroughtBack,
  PrunedSnapshots,
  PruneSnapshotsOptions,
  RestoredSnapshot,
  RestoreOptions,
  Snapshot,
  SnapshotOptions,
  SnapshotsResult,
  VerifiedSnapshot,
} from "../answers/snapshots.ts";

export interface MemorySnapshots {
  /**
   * A checked copy of all of it as it stands now; others go on meanwhile. It holds what is forgotten later until it is removed.
   * @throws HaypileError HAYPILE_USAGE, HAYPILE_DISK_FULL, HAYPILE_PERMISSION, HAYPILE_IO, HAYPILE_NOT_A_FOLDER, HAYPILE_DB_CORRUPT
   */
  snapshot(options?: SnapshotOptions): Promise<Snapshot>;
  /** Those that are there, with what is wrong with them, and when they go. */
  snapshots(): Promise<SnapshotsResult>;
  /** Deletes one. What others share with it stays. @throws HaypileError HAYPILE_SNAPSHOT_MISSING, HAYPILE_USAGE, HAYPILE_PERMISSION, HAYPILE_IO */
  removeSnapshot(id: string): Promise<void>;
  /**
   * Restores one into a scratch folder, compares every page and the whole file, opens it, counts it and asks it three
   * questions. The memories stay as they are.
   * @throws HaypileError HAYPILE_SNAPSHOT_MISSING, HAYPILE_USAGE, HAYPILE_DISK_FULL, HAYPILE_PERMISSION, HAYPILE_IO
   */
  verifySnapshot(id: string): Promise<VerifiedSnapshot>;
  /**
   * Puts one in the place of the memories, all or nothing; what was there before is kept as a snapshot. Whoever has them
   * open has the new state with the next call.
   * @throws HaypileError HAYPILE_SNAPSHOT_MISSING, HAYPILE_SNAPSHOT_INVALID, HAYPILE_USAGE, HAYPILE_DB_BUSY, HAYPILE_DISK_FULL,
   *   HAYPILE_PERMISSION, HAYPILE_IO
   */
  restoreSnapshot(id: string, options?: RestoreOptions): Promise<RestoredSnapshot>;
  /**
   * Removes those that have had their time, or all that hold a memory.
   * @throws HaypileError HAYPILE_USAGE, HAYPILE_DISK_FULL, HAYPILE_PERMISSION, HAYPILE_IO
   */
  pruneSnapshots(options?: PruneSnapshotsOptions): Promise<PrunedSnapshots>;
  /** What is gone since is here again; the rest stays. @throws HaypileError HAYPILE_SNAPSHOT_MISSING, HAYPILE_SNAPSHOT_INVALID */
  bringBack(id: string): Promise<BroughtBack>;
}
