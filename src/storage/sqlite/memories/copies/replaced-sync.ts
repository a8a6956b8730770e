/*
 * How far memories were synced when a snapshot took their place. The restored state knows less of the folders: without
 * this, the file that this machine wrote there would be that of a stranger, which nobody takes erased texts out of.
 * It lies beside the database until the next sync of each folder.
 */
import { lstatSync, statSync } from "node:fs";
import { removeFile, replaceFile } from "../../../../base/files/patient.ts";
import { flushPrivate, writePrivate } from "../../../../base/files/private-files.ts";
import { readBoundedSync } from "../../../../base/files/read-file.ts";
import type { SyncFolder } from "../../../../ports/memory/sync-tables.ts";
import { connect } from "../../file/open.ts";

/** What was known of one folder by the memories that were replaced. */
export interface ReplacedSync {
  machine: string;
  /** Number of the database's file: in a copy of the data folder it is another one. */
  place: string;
  folder: SyncFolder;
}

const mostBytes = 4_000_000;
const mostKept = 64;

/**
 * Notes it before a database is replaced, newest first. Where it cannot be read, nothing is noted.
 * @returns paths of the folders it was synced with
 * @throws the system's error of writing the note
 */
export function noteReplacedSync(database: string): string[] {
  const found = syncedWith(database);
  if (found.length === 0) return [];
  const before = replacedSync(database);
  const isNew = (one: ReplacedSync) => JSON.stringify(one);
  const known = new Set(found.map(isNew));
  write(database, [...found, ...before.filter((one) => !known.has(isNew(one)))]);
  return found.map(({ folder }) => folder.path);
}

/** Those of the file that is at this path now. [] for what is damaged. */
export function replacedSync(database: string): ReplacedSync[] {
  try {
    const rules = { mostBytes, links: "refuse" } as const;
    const said = JSON.parse(readBoundedSync(noteOf(database), rules).toString("utf8"));
    const place = placeOf(database);
    return (said as ReplacedSync[]).filter((one) => one.place === place && isWhole(one));
  } catch {
    return [];
  }
}

/** They were taken up, or are of a change that did not come about. */
export function dropReplacedSync(database: string, of: (folder: string) => boolean): void {
  if (lstatSync(noteOf(database), { throwIfNoEntry: false }) === undefined) return;
  const stay = replacedSync(database).filter(({ folder }) => !of(folder.path));
  if (stay.length === 0) removeFile(noteOf(database));
  else write(database, stay);
}

function write(database: string, all: readonly ReplacedSync[]): void {
  const draft = `${noteOf(database)}.${process.pid}`;
  removeFile(draft);
  writePrivate(draft, JSON.stringify(all.slice(0, mostKept)), "wx");
  flushPrivate(draft);
  replaceFile(draft, noteOf(database));
}

function noteOf(database: string): string {
  return `${database}.sync-replaced`;
}

function placeOf(database: string): string {
  return String(statSync(database, { bigint: true }).ino);
}

function isWhole({ machine, folder }: ReplacedSync): boolean {
  const isName = /^[0-9a-z]{1,32}$/u.test(machine) && folder.file === `${machine}.jsonl`;
  const counts = [folder.bytes, folder.lines, folder.lastAt, folder.wholeBytes];
  const texts = [folder.path, folder.generation, folder.tail, folder.intent];
  return (
    isName && counts.every(Number.isSafeInteger) && texts.every((one) => typeof one === "string")
  );
}

function syncedWith(database: string): ReplacedSync[] {
  const db = connect(database, { readonly: true });
  try {
    const said = db.prepare("SELECT value FROM meta WHERE name = 'sync_machine'").pluck().get();
    const [machine = "", place = ""] = String(said ?? "").split(" ");
    const rows = db.prepare("SELECT id, path, said FROM sync_folders ORDER BY id").all();
    return (rows as { id: number; path: string; said: string }[])
      .map(({ id, path, said }) => ({
        machine,
        place,
        folder: { ...(JSON.parse(said) as SyncFolder), id, path },
      }))
      .filter(isWhole);
  } catch {
    // Of a version before syncing, or damaged.
    return [];
  } finally {
    db.close();
  }
}
