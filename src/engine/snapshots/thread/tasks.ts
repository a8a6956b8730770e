/* What the thread for snapshots is asked, and what it answers. */
import type {
  PrunedSnapshots,
  RestoredSnapshot,
  Snapshot,
  VerifiedSnapshot,
} from "../../../ports/answers/time/snapshots.ts";
import type { Place } from "../kinds.ts";
import type { Wanted } from "../make.ts";
import type { Pruning } from "../prune.ts";

/** What the thread can be asked, and what it answers. */
export interface SnapshotTasks {
  make: { takes: Wanted; gives: Snapshot };
  remove: { takes: { id: string }; gives: null };
  prune: { takes: Pruning; gives: PrunedSnapshots };
  verify: { takes: { id: string }; gives: VerifiedSnapshot };
  restore: { takes: { id: string; to: string | undefined }; gives: RestoredSnapshot };
}

export type SnapshotTask = keyof SnapshotTasks;

/** Lines of a snapshot's memories are given as they are asked for; the rest is one answer. */
export type SnapshotWork = { place: Place } & (
  | { [Task in SnapshotTask]: { task: Task; said: SnapshotTasks[Task]["takes"] } }[SnapshotTask]
  | { task: "read"; said: { id: string } }
);

/** "lines" are those of an export; [] when there are no more. */
export type WorkAnswer =
  | { done: unknown }
  | { lines: string[] }
  | { error: { code: string; message: string; data: Record<string, unknown> } };
