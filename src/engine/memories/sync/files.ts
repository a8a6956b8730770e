/* The folder that memories are synced through, and the names in it. What stands there was put there by anybody. */
import { closeSync, lstatSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileError, HaypileError } from "../../../base/errors.ts";
import { removeFile } from "../../../base/files/patient.ts";
import { flushFolder, makePrivateFolder } from "../../../base/files/private-files.ts";
import { realPathSync } from "../../../base/paths/real-path.ts";

const folderName = "haypile-memories";
const ending = ".jsonl";
/** More machines than anybody has, with the copies that programs make of files in conflict. */
const mostFiles = 1_000;

export interface SyncPlace {
  /** With the files. */
  folder: string;
  /** Whether it was there. */
  isThere: boolean;
}

/** @throws HaypileError HAYPILE_PATH_MISSING, HAYPILE_NOT_A_FOLDER, HAYPILE_PERMISSION, HAYPILE_IO */
export function syncPlace(given: string): SyncPlace {
  const named = resolve(given);
  try {
    if (!statSync(named).isDirectory()) throw notAFolder(named);
    const folder = join(realPathSync(named), folderName);
    const stats = lstatSync(folder, { throwIfNoEntry: false });
    if (stats !== undefined && !stats.isDirectory()) throw notAFolder(folder);
    return { folder, isThere: stats !== undefined };
  } catch (error) {
    throw fileError(error, `sync memories with ${named}`);
  }
}

export function makePlace(folder: string): void {
  makePrivateFolder(folder);
  flushFolder(join(folder, ".."));
}

export function ownFile(machine: string): string {
  return `${machine}${ending}`;
}

/** Begins with a dot: nobody reads it before it has its name. */
export function draftFile(machine: string, nonce: string): string {
  return `.${machine}${ending}.new-${nonce}`;
}

/** Drafts of this machine that a process left behind. */
export function tidyDrafts(folder: string, machine: string): void {
  const begin = draftFile(machine, "");
  for (const name of readdirSync(folder)) {
    if (name.startsWith(begin)) removeFile(join(folder, name));
  }
}

/** Files of others, in order, and how many more there are than are read. */
export function otherFiles(folder: string, own: string): { names: string[]; more: number } {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith(ending) && !/^[.~]/u.test(name) && name !== own)
    .sort();
  return { names: names.slice(0, mostFiles), more: Math.max(0, names.length - mostFiles) };
}

/** Tells this database from a copy of it: another file has another number. */
export function placeOf(database: string): string {
  return String(statSync(database, { bigint: true }).ino);
}

/** Bytes of a file in the folder; 0 for what is none. */
export function sizeOf(folder: string, name: string): number {
  const stats = lstatSync(join(folder, name), { throwIfNoEntry: false });
  return stats?.isFile() === true ? stats.size : 0;
}

export function closeFile(file: number): void {
  closeSync(file);
}

function notAFolder(path: string): HaypileError {
  return new HaypileError(
    "HAYPILE_NOT_A_FOLDER",
    `A folder was expected to sync memories with, but ${path} is none, or a link. Name another one, or move what is there.`,
    { data: { path } },
  );
}
