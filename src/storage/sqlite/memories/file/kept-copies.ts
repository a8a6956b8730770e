/*
 * The last good copy before a change of the schema: `memories.db.before-v2` beside the file, mode 0600. Making it
 * reads every page, so a damaged file is not brought up to date but told. The newest two are kept; all go when
 * memories are erased for good, because they would still hold them, and after some weeks.
 */
import { closeSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { removeFile, replaceFile } from "../../../../base/files/patient.ts";
import { openPrivate } from "../../../../base/files/private-files.ts";
import { log } from "../../../../base/log.ts";
import { type Database, sqliteName } from "../../file/driver.ts";

const mostKept = 2;
const keptForMs = 60 * 86_400_000;

/** @throws the driver's error: of a file that cannot be read, of a full disk */
export function keepCopy(db: Database, path: string, version: number): void {
  const copy = copyOf(path, version + 1);
  const making = `${copy}.${process.pid}`;
  removeFile(making);
  try {
    // SQLite takes an empty file, and with it the mode.
    closeSync(openPrivate(making, "wx"));
    db.prepare("VACUUM INTO ?").run(sqliteName(making));
    // Another process was faster: this is no copy of before.
    if (db.pragma("user_version", { simple: true }) !== version) return;
    replaceFile(making, copy);
  } finally {
    removeFile(making);
  }
  for (const old of copiesOf(path).slice(mostKept)) removeFile(old);
  log("info", `memories are brought up to date; a copy of before is ${copy}`);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Copies of before, newest first. */
export function copiesOf(path: string): string[] {
  const name = `${basename(path)}.before-v`;
  const folder = dirname(path);
  return namesIn(folder)
    .filter((file) => file.startsWith(name) && /^\d+$/u.test(file.slice(name.length)))
    .sort((a, b) => Number(b.slice(name.length)) - Number(a.slice(name.length)))
    .map((file) => join(folder, file));
}

/** The copy of before a version. @returns its path, whether it is there or not */
export function copyOf(path: string, version: number): string {
  return `${path}.before-v${version}`;
}

/** When such a copy goes by itself, milliseconds since 1970. */
export function copyKeptUntil(madeMs: number): number {
  return madeMs + keptForMs;
}

/** @param all or only those that are old */
export function dropCopies(path: string, all: boolean, now = Date.now()): void {
  for (const copy of copiesOf(path)) {
    const stats = statSync(copy, { throwIfNoEntry: false });
    if (all || (stats !== undefined && now > copyKeptUntil(stats.mtimeMs))) {
      removeFile(copy);
    }
  }
}
