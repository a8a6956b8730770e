/*
 * What files of snapshots are called. ID.json says what a snapshot is; its pages are in ID.pages, or the whole file in ID.db
 * as earlier versions made it. Each was a draft before, which says which process is at work on it.
 */
import { randomBytes } from "node:crypto";
import { closeSync, fstatSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { HaypileError } from "../../base/errors.ts";
import { openRegularSync } from "../../base/files/read-file.ts";
import { footBytes, readFoot } from "./pages/layout.ts";

const idForm = /^\d{8}T\d{9}Z-[0-9a-f]{6}$/u;
/** A copy that was kept beside the file before its schema changed. */
const beforeForm = /^before-v(\d{1,4})$/u;
const nameForm = /^(\d{8}T\d{9}Z-[0-9a-f]{6})\.(?:db|json|pages)$/u;

/** Of a note, characters. */
const longestNote = 1_000;
export const mostListed = 1_000;

export interface SnapshotFiles {
  manifest: string;
  pages: string;
  /** Of earlier versions. */
  database: string;
  /** Its manifest while it is being removed. */
  gone: string;
  /** Only while this process is at work. */
  drafts: { manifest: string; pages: string; database: string; scratch: string };
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

export function isId(id: unknown): id is string {
  return typeof id === "string" && idForm.test(id);
}

/** The version of the schema that followed on such a copy; undefined: it is the id of a snapshot. */
export function beforeVersion(id: string): number | undefined {
  const [, version] = beforeForm.exec(id) ?? [];
  return version === undefined ? undefined : Number(version);
}

/** @throws HaypileError HAYPILE_USAGE when it is no id, so that no path can be made of it */
export function assertId(id: unknown): asserts id is string {
  if (isId(id) || (typeof id === "string" && beforeForm.test(id))) return;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected the id of a snapshot, but ${JSON.stringify(id)} is none. "haypile snapshot list" lists them.`,
  );
}

/** @throws HaypileError HAYPILE_USAGE when it is no id */
export function filesOf(folder: string, id: string): SnapshotFiles {
  assertId(id);
  const at = join(folder, id);
  const draft = `${at}.${process.pid}`;
  return {
    manifest: `${at}.json`,
    pages: `${at}.pages`,
    database: `${at}.db`,
    gone: `${at}.gone`,
    drafts: {
      manifest: `${draft}.json.draft`,
      pages: `${draft}.pages.draft`,
      database: `${draft}.db.draft`,
      scratch: `${draft}.scratch`,
    },
  };
}

/** A folder for what is restored on the way: it is removed with all in it, also by others when this process is killed. */
export function scratchOf(folder: string, id: string): string {
  const own = beforeVersion(id) === undefined ? id : "00000000T000000000Z-000000";
  return filesOf(folder, own).drafts.scratch;
}

/** The file that is locked by who makes, removes, verifies or restores a snapshot of this folder. */
export function lockFile(folder: string): string {
  return join(folder, "lock");
}

/** Ids of which there is a file, newest first. Files whose snapshot is gone, and whose pages others need, are none. */
export function idsIn(folder: string): string[] {
  const names = namesIn(folder);
  const said = new Set(names);
  const ids = names.flatMap((name) => nameForm.exec(name)?.[1] ?? []);
  return [...new Set(ids)]
    .filter(
      (id) =>
        said.has(`${id}.json`) || said.has(`${id}.db`) || !isLeft(join(folder, `${id}.pages`)),
    )
    .sort((a, b) => (a < b ? 1 : -1));
}

/** Names in a folder, or none where there is no folder. @throws the system's error */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Whether its snapshot is gone, and it is there for others alone. False for what cannot be read. */
export function isLeft(path: string): boolean {
  try {
    const { file } = openRegularSync(path, { links: "refuse" });
    try {
      const { size } = fstatSync(file);
      const foot = Buffer.alloc(footBytes);
      if (size < footBytes || readSync(file, foot, 0, footBytes, size - footBytes) < footBytes) {
        return false;
      }
      return readFoot(foot, size)?.isLeft === true;
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}

/** @throws HaypileError HAYPILE_USAGE */
export function assertNote(note: string): void {
  if (note.length <= longestNote) return;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected a note of at most ${longestNote} characters, but it has ${note.length}. Shorten it.`,
  );
}
