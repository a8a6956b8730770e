/* Which snapshots go by themselves, and which hold a memory that is to be gone for good. */
import { join } from "node:path";
import { HaypileError } from "../../base/errors.ts";
import { removeFile, removeTree } from "../../base/files/patient.ts";
import { makePrivateFolder } from "../../base/files/private-files.ts";
import { parseRetention } from "../../config/options/retention.ts";
import type { PrunedSnapshots, Snapshot } from "../../ports/answers/time/snapshots.ts";
import { copyOf } from "../../storage/sqlite/memories/copies/kept-copies.ts";
import { holdsMemory } from "../../storage/sqlite/memories/copies/snapshot.ts";
import { makeImage } from "./image.ts";
import type { Place } from "./kinds.ts";
import { lookAtAll } from "./look.ts";
import { beforeVersion, scratchOf } from "./names.ts";
import { bytesIn, dropUnneeded, removeSnapshot } from "./remove.ts";
import { goesAt } from "./retention.ts";

export interface Pruning {
  /** As the option `snapshots.keep` says. */
  keep: string;
  holding: string | undefined;
  dryRun: boolean;
  now: number;
}

/** All that are there, newest first, with the times when they go. */
export async function listSnapshots(place: Place, keep: string, now: number): Promise<Snapshot[]> {
  const looked = await lookAtAll(place);
  const snapshots = looked.map(({ snapshot }) => snapshot);
  const retention = parseRetention(keep);
  const goes = goesAt(snapshots, retention === "off" ? undefined : retention, now);
  return snapshots.map((one) => {
    const at = goes.get(one.id);
    return at === undefined ? one : { ...one, goes: new Date(at).toISOString() };
  });
}

/** In a folder that nobody else works on. @throws HaypileError; the system's error */
export async function pruneSnapshots(
  place: Place,
  { keep, holding, dryRun, now }: Pruning,
): Promise<PrunedSnapshots> {
  const { folder, database } = place;
  const all = await listSnapshots(place, keep, now);
  const unread: PrunedSnapshots["unread"] = [];
  const removed: Snapshot[] = [];
  for (const one of all) {
    if (holding === undefined) {
      if (one.goes !== undefined && Date.parse(one.goes) <= now) removed.push(one);
      continue;
    }
    const found = await holds(place, one, holding);
    if (found === true) removed.push(one);
    else if (found !== false) unread.push({ id: one.id, problem: found });
  }
  const before = bytesIn(folder);
  if (!dryRun) {
    for (const { id } of removed) {
      const version = beforeVersion(id);
      if (version === undefined) await removeSnapshot(folder, id);
      else removeFile(copyOf(database, version));
    }
    if (holding !== undefined) await dropUnneeded(folder, true);
  }
  const freedBytes = dryRun
    ? removed.reduce((sum, { bytes }) => sum + bytes, 0)
    : Math.max(0, before - bytesIn(folder)) + ofCopies(removed);
  return { removed, stay: all.length - removed.length, freedBytes, unread };
}

function ofCopies(removed: readonly Snapshot[]): number {
  return removed
    .filter(({ id }) => beforeVersion(id) !== undefined)
    .reduce((sum, { bytes }) => sum + bytes, 0);
}

/** @returns why it cannot be told, in words */
async function holds(place: Place, { id }: Snapshot, memory: string): Promise<boolean | string> {
  const scratch = scratchOf(place.folder, id);
  removeTree(scratch);
  makePrivateFolder(scratch);
  try {
    const file = join(scratch, "memories.db");
    await makeImage(place, id, file);
    return holdsMemory(file, memory);
  } catch (error) {
    const isOfSnapshot =
      HaypileError.isInstance(error) &&
      ["HAYPILE_SNAPSHOT_INVALID", "HAYPILE_DB_CORRUPT"].includes(error.code);
    if (!isOfSnapshot) throw error;
    return String(error.data.finding ?? error.message);
  } finally {
    removeTree(scratch);
  }
}
