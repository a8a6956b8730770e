/* Snapshots as lines for people. */
import { localDay, localMinute } from "../../../base/text/local-time.ts";
import type { Snapshot, SnapshotReason } from "../../../ports/answers/snapshots.ts";
import { counted, formatBytes, printable, printLine } from "../../output/format.ts";

const reasons: Record<SnapshotReason, string | undefined> = {
  asked: undefined,
  daily: "daily",
  restore: "before a restore",
  model: "before another model",
  migration: "before a newer schema",
};

export function printSnapshot(snapshot: Snapshot): void {
  const { id, at, counts, bytes, reason, goes, note, problem, damage } = snapshot;
  const parts = [id, localMinute(at)];
  if (counts !== undefined) parts.push(counted(counts.memories, "memory", "memories"));
  parts.push(formatBytes(bytes));
  if (reasons[reason] !== undefined) parts.push(reasons[reason]);
  if (goes !== undefined) parts.push(`may go from ${localDay(goes)}`);
  if (problem !== undefined) parts.push(`damaged: ${problem}`);
  if (damage !== undefined) parts.push("of damaged memories");
  if (note !== "") parts.push(note);
  printLine(printable(parts.join("  ")));
}
