/* Puts a snapshot in the place of the memories, or in a file of its own. What is replaced is kept. */
import { constants, copyFileSync, existsSync, linkSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { HaypileError } from "../../base/errors.ts";
import { removeTree } from "../../base/files/patient.ts";
import { flushFolder, flushPrivate, makePrivateFolder } from "../../base/files/private-files.ts";
import { localMinute } from "../../base/text/local-time.ts";
import type { RestoredSnapshot, SnapshotCounts } from "../../ports/answers/time/snapshots.ts";
import { whatIsWrong } from "../../storage/sqlite/copies/copy.ts";
import { markRestored } from "../../storage/sqlite/copies/index-kind.ts";
import { putBack } from "../../storage/sqlite/memories/copies/put-back.ts";
import {
  dropReplacedSync,
  noteReplacedSync,
} from "../../storage/sqlite/memories/copies/replaced-sync.ts";
import { finishTakingPlace, takePlace } from "../../storage/sqlite/memories/copies/take-place.ts";
import { settledLog } from "../../storage/sqlite/memories/file/log-check.ts";
import { type Image, invalid, makeImage } from "./image.ts";
import { countsIn, kindOf, type Place, wasDamaged } from "./kinds.ts";
import { lookAt } from "./look.ts";
import { makeSnapshot } from "./make.ts";
import { beforeVersion, scratchOf } from "./names.ts";
import { withoutWriters } from "./of-index/index-rights.ts";
import { removeSnapshot } from "./remove.ts";

type Kept = Pick<RestoredSnapshot, "kept" | "keptFile" | "syncedWith">;

/** What SQLite cannot write to: the file is set aside as it is. */
const beyondSqlite = ["HAYPILE_DB_CORRUPT", "HAYPILE_DB_NOT_A_DATABASE", "HAYPILE_DB_NEWER"];

/** Beside the file it is to be: no other disk has to take it, and a rename is enough. @throws HaypileError; the system's error */
export async function restoreSnapshot(
  place: Place,
  id: string,
  to: string | undefined,
): Promise<RestoredSnapshot> {
  const began = performance.now();
  const target = to === undefined ? place.database : resolve(to);
  if (to !== undefined && existsSync(target)) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected a file that is not there yet, but ${target} is. Name another one.`,
      { data: { path: target } },
    );
  }
  const scratch = scratchOf(place.folder, id);
  removeTree(scratch);
  makePrivateFolder(scratch);
  try {
    const file = join(scratch, basename(target));
    const image = await makeImage(place, id, file);
    const counts = await checked(place, id, file);
    let kept: Kept = { kept: undefined, keptFile: undefined, syncedWith: [] };
    if (to === undefined) kept = await replaceIn(place, id, file);
    else putNew(file, target);
    const { sha256 }: Image = image;
    const ms = Math.round(performance.now() - began);
    return { id, database: target, counts, sha256, ...kept, ms };
  } finally {
    removeTree(scratch);
  }
}

/** @throws HaypileError HAYPILE_SNAPSHOT_INVALID */
async function checked(place: Place, id: string, file: string): Promise<SnapshotCounts> {
  const expected = beforeVersion(id) === undefined ? (await lookAt(place, id)).snapshot : undefined;
  if (expected?.damage !== undefined) {
    throw invalid(id, `${wasDamaged(place, expected.damage)}. ${ofDamaged(place, id)}`);
  }
  const damage = whatIsWrong(
    kindOf(place),
    file,
    expected?.counts && { ...expected.counts },
    false,
  );
  if (damage !== undefined) throw invalid(id, damage);
  return countsIn(place, file) as unknown as SnapshotCounts;
}

function putNew(file: string, target: string): void {
  makePrivateFolder(dirname(target));
  // A name that another took meanwhile is not taken from him.
  try {
    linkSync(file, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
    // Another disk, or one without links.
    copyFileSync(file, target, constants.COPYFILE_EXCL);
    flushPrivate(target);
  }
  flushFolder(dirname(target));
}

/** @throws HaypileError HAYPILE_DB_BUSY while the index is written */
async function replaceIn(place: Place, id: string, file: string): Promise<Kept> {
  if (place.root === undefined) return await replace(place, id, file);
  return await withoutWriters(place.database, async () => {
    finishTakingPlace(place.database);
    // In the same commit, so that who holds anything of the state before lets go of it with the next call.
    markRestored(file);
    return await replace(place, id, file);
  });
}

function ofDamaged({ root }: Place, id: string): string {
  if (root !== undefined) return '"haypile index" makes the index again from the files';
  return `"haypile snapshot restore ${id} --to damaged.db" writes them to a file, "haypile memories rescue --db damaged.db" makes a good one of it`;
}

async function replace(place: Place, id: string, file: string): Promise<Kept> {
  const { folder, database } = place;
  if (!existsSync(database)) {
    takePlace(file, database, kindOf(place).what);
    return { kept: undefined, keptFile: undefined, syncedWith: [] };
  }
  // SQLite would forget what stands behind the damage, and nobody could get at it any more.
  if (settledLog(database).state === "damaged") {
    const keptFile = takePlace(file, database, kindOf(place).what);
    return { kept: undefined, keptFile, syncedWith: [] };
  }
  let last: string | undefined;
  let syncedWith: string[] = [];
  const keep = async (): Promise<string> => {
    const said = await lookAt(place, id).catch(() => undefined);
    const of = said === undefined ? id : `${id} of ${localMinute(said.snapshot.at)}`;
    const made = await makeSnapshot(place, {
      at: Date.now(),
      note: `replaced by ${of}`,
      reason: "restore",
      full: false,
      keepsDamage: true,
    });
    // Somebody wrote after the one before was made: it is not what is replaced.
    if (last !== undefined) await removeSnapshot(folder, last);
    last = made;
    syncedWith = noteReplacedSync(database);
    return made;
  };
  try {
    const made = await putBack(kindOf(place), file, database, keep);
    return { kept: (await lookAt(place, made)).snapshot, keptFile: undefined, syncedWith };
  } catch (error) {
    dropReplacedSync(database, (of) => syncedWith.includes(of));
    const isBeyond = HaypileError.isInstance(error) && beyondSqlite.includes(error.code);
    if (last !== undefined && !isBeyond) await removeSnapshot(folder, last).catch(() => undefined);
    if (!isBeyond) throw error;
  }
  const keptFile = takePlace(file, database, kindOf(place).what);
  return { kept: undefined, keptFile, syncedWith: [] };
}
