/*
 * What files of snapshots are called. ID.db and ID.json are whole; each was another name before, which says which
 * process is at work on it, so that what a killed one left can be told from what is being made.
 */
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { HaypileError } from "../../../base/errors.ts";
import { removeFile, replaceFile } from "../../../base/files/patient.ts";

const idForm = /^\d{8}T\d{9}Z-[0-9a-f]{6}$/u;
const draftForm = /^(\d{8}T\d{9}Z-[0-9a-f]{6})\.(\d+)\.(db|json)\.draft(?:-wal|-shm|-journal)?$/u;

export interface SnapshotFiles {
  database: string;
  manifest: string;
  draft: string;
  manifestDraft: string;
}

/** Sorted by its id, a snapshot stands where its time is. */
export function newId(at: number): string {
  const time = new Date(at).toISOString().replace(/[-:.]/gu, "");
  return `${time}-${randomBytes(3).toString("hex")}`;
}

/** When it was made, as its id says. */
export function timeOf(id: string): string {
  return id.replace(
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-.*$/u,
    "$1-$2-$3T$4:$5:$6.$7Z",
  );
}

/** @throws HaypileError HAYPILE_USAGE when it is no id, so that no path can be made of it */
export function filesOf(folder: string, id: string): SnapshotFiles {
  if (typeof id !== "string" || !idForm.test(id)) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected the id of a snapshot, but ${JSON.stringify(id)} is none. "haypile memories snapshots" lists them.`,
    );
  }
  const draft = join(folder, `${id}.${process.pid}`);
  return {
    database: join(folder, `${id}.db`),
    manifest: join(folder, `${id}.json`),
    draft: `${draft}.db.draft`,
    manifestDraft: `${draft}.json.draft`,
  };
}

/**
 * Removes what killed processes left behind. Where all was on the disk but the manifest's name, the name is given.
 * @param isMaking whether this process is at work on that one
 * @throws the system's error
 */
export function tidyDrafts(folder: string, isMaking: (id: string) => boolean): void {
  for (const name of namesIn(folder)) {
    const [, id = "", pid = "", kind] = draftForm.exec(name) ?? [];
    if (id === "") continue;
    const isOwn = Number(pid) === process.pid;
    if (isOwn ? isMaking(id) : isAlive(Number(pid))) continue;
    const path = join(folder, name);
    if (kind === "json" && existsSync(join(folder, `${id}.db`))) {
      replaceFile(path, join(folder, `${id}.json`));
    } else removeFile(path);
  }
}

/** Ids of which there is a file, newest first. */
export function idsIn(folder: string): string[] {
  const ids = namesIn(folder).map((name) => name.replace(/\.(?:db|json)$/u, ""));
  return [...new Set(ids)].filter((id) => idForm.test(id)).sort((a, b) => (a < b ? 1 : -1));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
