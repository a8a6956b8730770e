/*
 * A whole file takes the place of one that is missing, or too damaged for SQLite to write to. It waits as
 * "memories.db.restored"; from then on every opening finishes what was begun, so that a process that is killed leaves the
 * file that was there with its log, or the new one.
 */
import { copyFileSync, existsSync, lstatSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { HaypileError } from "../../../../base/errors.ts";
import { removeFile, replaceFile } from "../../../../base/files/patient.ts";
import {
  closeDatabaseToOthers,
  flushFolder,
  flushPrivate,
} from "../../../../base/files/private-files.ts";
import { localDay } from "../../../../base/text/local-time.ts";
import { isHeldElsewhere } from "../file/held.ts";

const sides = ["", "-wal", "-shm"];

/** @returns where the old file lies now; undefined: there was none @throws HaypileError HAYPILE_DB_BUSY; the system's error */
export function takePlace(image: string, path: string, what: string): string | undefined {
  const isThere = existsSync(path);
  if (isThere && isHeldElsewhere(path)) {
    throw new HaypileError(
      "HAYPILE_DB_BUSY",
      `Could not replace ${what} in ${path}: the file is damaged, and open in another process. Nothing was changed. End it ("haypile stop" ends the daemon), then run it again.`,
      { data: { path } },
    );
  }
  const kept = isThere ? keepFile(path, "replaced") : undefined;
  for (const side of kept === undefined ? [] : sides) {
    if (existsSync(`${kept}${side}`)) flushPrivate(`${kept}${side}`);
  }
  replaceFile(image, waiting(path));
  flushFolder(dirname(path));
  finishTakingPlace(path);
  return kept;
}

/** Does what is left to do of a takePlace() that was killed; mostly nothing. @throws the system's error */
export function finishTakingPlace(path: string): void {
  const image = waiting(path);
  if (lstatSync(image, { throwIfNoEntry: false })?.isFile() !== true) return;
  // The log is that of the old file: the new one must never be read with it.
  for (const side of ["-wal", "-shm", "-journal"]) removeFile(`${path}${side}`);
  flushFolder(dirname(path));
  replaceFile(image, path);
  flushFolder(dirname(path));
}

/** Copies a file with its log to a name that is free. @throws the system's error, and nothing is left then */
export function keepFile(database: string, why: "damaged" | "replaced"): string {
  const taken = new Set(readdirSync(dirname(database)));
  const name = `${basename(database)}.${why}-${localDay(Date.now())}`;
  let free = name;
  for (let at = 2; taken.has(free); at += 1) free = `${name}-${at}`;
  const kept = join(dirname(database), free);
  // A copy has the mode of what it is of.
  closeDatabaseToOthers(database);
  try {
    for (const side of sides) {
      if (existsSync(`${database}${side}`)) copyFileSync(`${database}${side}`, `${kept}${side}`);
    }
  } catch (error) {
    for (const side of sides) removeFile(`${kept}${side}`);
    throw error;
  }
  return kept;
}

function waiting(path: string): string {
  return `${path}.restored`;
}
