/*
 * What can be done with a damaged file of memories: write out what can be read, or make a good file of it. The
 * damaged one is kept: nothing here deletes memories.
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileError, HaypileError } from "../../base/errors.ts";
import { removeFile, replaceFile } from "../../base/files/patient.ts";
import { type Rescued, rescueInto, salvagedLines } from "../../memories/formats/rescue.ts";
import type { MemoryFilter } from "../../ports/memories.ts";
import { assertRegularFiles } from "../../storage/sqlite/file/open.ts";
import { isOpenHere } from "../../storage/sqlite/memories/database.ts";
import { checkMemoryDatabase } from "../../storage/sqlite/memories/file/check.ts";
import { isHeldElsewhere } from "../../storage/sqlite/memories/file/held.ts";
import { keepFile } from "../../storage/sqlite/memories/file/take-place.ts";
import { salvageMemories } from "../../storage/sqlite/memories/salvage/salvage.ts";
import { openMemoryStore } from "../../storage/sqlite/memories/store.ts";

export interface RescueReport extends Rescued {
  /** False: nothing is damaged, and nothing was done. */
  wasDamaged: boolean;
  findings: string[];
  /** The good file. */
  database: string;
  /** Where the damaged one lies now. */
  kept: string | undefined;
}

/**
 * Lines of all memories that can be read, whatever is damaged; those of `written` are left out.
 *
 * @param counts what came out, filled as the lines are taken
 * @throws HaypileError HAYPILE_DB_BUSY when this process has the file open; HAYPILE_DB_NOT_A_DATABASE when it is no
 *   regular file; HAYPILE_PATH_MISSING, HAYPILE_PERMISSION, HAYPILE_IO
 */
export function* exportDamaged(
  database: string,
  filter: MemoryFilter,
  written: ReadonlySet<string>,
  counts: Rescued,
): Generator<string> {
  const salvage = openSalvage(database);
  try {
    yield* salvagedLines(salvage, filter, written, counts);
  } finally {
    salvage.close();
  }
}

/**
 * Makes a good file of a damaged one. Without `to` the good one takes its place, and the damaged one is kept beside
 * it; no other process may have it open then.
 *
 * @throws HaypileError HAYPILE_DB_BUSY when the file is open, here or elsewhere; HAYPILE_USAGE when `to` is there;
 *   HAYPILE_DB_NOT_A_DATABASE when it is no regular file; HAYPILE_PATH_MISSING, HAYPILE_DISK_FULL, HAYPILE_PERMISSION, HAYPILE_IO
 */
export async function rescueMemories(
  given: string,
  options: { to?: string | undefined } = {},
): Promise<RescueReport> {
  const database = resolve(given);
  const to = options.to === undefined ? undefined : resolve(options.to);
  if (!existsSync(database)) throw noFile(database);
  assertRegularFiles(database);
  assertNotOpenHere(database);
  const findings = findingsOf(database);
  if (findings.length === 0) {
    const none = { memories: 0, damaged: 0, lost: 0 };
    return { ...none, wasDamaged: false, findings, database, kept: undefined };
  }
  if (to !== undefined) {
    if (existsSync(to)) {
      throw new HaypileError(
        "HAYPILE_USAGE",
        `Expected a file that is not there yet, but ${to} is. Name another one.`,
      );
    }
    const counts = await rescueTo(database, to);
    return { ...counts, wasDamaged: true, findings, database: to, kept: undefined };
  }
  const kept = keep(database);
  const making = `${database}.rescued-${process.pid}`;
  try {
    const counts = await rescueTo(kept, making);
    if (isHeldElsewhere(database)) {
      dropFiles(kept);
      throw new HaypileError(
        "HAYPILE_DB_BUSY",
        `The memories in ${database} are open in another process. Nothing was changed. End it ("haypile stop" ends the daemon), then run it again.`,
        { data: { path: database } },
      );
    }
    for (const side of ["-wal", "-shm"]) removeFile(`${database}${side}`);
    replaceFile(making, database);
    return { ...counts, wasDamaged: true, findings, database, kept };
  } catch (error) {
    throw fileError(error, `rescue the memories of ${database}`);
  } finally {
    dropFiles(making);
  }
}

/** What is damaged; [] for a sound file. */
function findingsOf(database: string): string[] {
  try {
    return checkMemoryDatabase(database).findings;
  } catch (error) {
    const isDamage =
      HaypileError.isInstance(error) &&
      ["HAYPILE_DB_CORRUPT", "HAYPILE_DB_NOT_A_DATABASE"].includes(error.code);
    if (!isDamage) throw error;
    return [String(error.data.finding ?? "its header is damaged")];
  }
}

async function rescueTo(database: string, to: string): Promise<Rescued> {
  const salvage = openSalvage(database);
  try {
    const store = openMemoryStore({ path: to });
    try {
      return await rescueInto(store, salvage);
    } finally {
      store.close();
    }
  } finally {
    salvage.close();
  }
}

function openSalvage(given: string): ReturnType<typeof salvageMemories> {
  const database = resolve(given);
  assertRegularFiles(database);
  assertNotOpenHere(database);
  try {
    return salvageMemories(database);
  } catch (error) {
    throw fileError(error, `read ${database}`);
  }
}

function assertNotOpenHere(database: string): void {
  if (!isOpenHere(database)) return;
  throw new HaypileError(
    "HAYPILE_DB_BUSY",
    `The memories in ${database} are open in this process. Close them first.`,
    { data: { path: database } },
  );
}

const sides = ["", "-wal", "-shm"];

/** Copies the file with its log to a name that is free. */
function keep(database: string): string {
  try {
    return keepFile(database, "damaged");
  } catch (error) {
    throw fileError(error, `keep a copy of ${database}`);
  }
}

function dropFiles(path: string): void {
  for (const side of sides) removeFile(`${path}${side}`);
}

function noFile(database: string): HaypileError {
  return new HaypileError(
    "HAYPILE_PATH_MISSING",
    `There is no file of memories at ${database}. Check the path.`,
    { data: { path: database } },
  );
}
