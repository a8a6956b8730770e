/*
 * The one place where files and folders of Haypile's own are made: 0600 and 0700 from their first moment,
 * whatever the umask, and put right where an earlier version or a copy left them open. On Windows the folders
 * of a user are closed to others by the system; modes say nothing there.
 */
import {
  chmodSync,
  closeSync,
  constants,
  createWriteStream,
  fchmodSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  type Stats,
  statSync,
  type WriteStream,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileError, HaypileError } from "../errors.ts";
import { log } from "../log.ts";

const fileMode = 0o600;
const folderMode = 0o700;
const others = 0o077;
const othersMayWrite = 0o022;
const sticky = 0o1000;
const hasModes = process.platform !== "win32";

/**
 * Makes a folder and every missing one above it, for this user only. One that is there stays as it is: it may be
 * anybody's, as the folder that a user names with --db.
 * @throws the error of the file system
 */
export function makePrivateFolder(path: string): void {
  const first = mkdirSync(path, { recursive: true, mode: folderMode });
  if (first === undefined || !hasModes) return;
  // A umask only takes away; one that takes from the owner leaves a folder nobody can use.
  for (let at = path; ; at = dirname(at)) {
    if ((statSync(at).mode & 0o777) !== folderMode) chmodSync(at, folderMode);
    if (at === first || dirname(at) === at) return;
  }
}

/**
 * Closes a folder of Haypile's own to others; one that is not there is left so.
 *
 * @param what it is, for messages: "data folder"
 * @param isShared it holds things of others too: it stays open to be read, but nobody else may write there
 * @returns true when it was open until now
 * @throws HaypileError HAYPILE_PERMISSION when it is another user's, or everybody's: who could read and swap what
 *   is in it
 */
export function secureFolder(path: string, what: string, isShared = false): boolean {
  if (!hasModes) return false;
  const stats = lookAt(path);
  if (stats === undefined || !stats.isDirectory()) return false;
  if (!isOurs(stats)) {
    throw new HaypileError(
      "HAYPILE_PERMISSION",
      `The ${what} ${path} belongs to another user (uid ${stats.uid}), who could read and swap what Haypile keeps there. Make it yours (chown), or name another: a folder that does not exist yet is made for you.`,
      { data: { path, uid: stats.uid } },
    );
  }
  if ((stats.mode & sticky) !== 0) {
    throw new HaypileError(
      "HAYPILE_PERMISSION",
      `The ${what} ${path} is a folder that all users share. Name one inside it, which need not exist yet.`,
      { data: { path } },
    );
  }
  const wanted = stats.mode & 0o777 & ~(isShared ? othersMayWrite : others);
  if (wanted === (stats.mode & 0o777)) return false;
  try {
    chmodSync(path, wanted);
  } catch (error) {
    // A file system that is read only, or knows no modes. Only where others could write is that a danger.
    if ((stats.mode & othersMayWrite) !== 0 && codeOf(error) !== "EROFS") {
      throw fileError(error, `close the ${what} ${path}, where other users may write`);
    }
    log("info", `the ${what} ${path} is open to other users (mode ${octal(stats.mode)}).`);
    return false;
  }
  log(
    (stats.mode & othersMayWrite) === 0 ? "info" : "warn",
    `the ${what} ${path} was open to other users (mode ${octal(stats.mode)}); its mode is ${octal(wanted)} now.`,
  );
  return true;
}

/**
 * Makes an empty database file where there is none, and closes one that is there to others, with what SQLite keeps
 * beside it. No file that is there is opened: closing it again would drop the locks this process has on it.
 * @throws nothing: whoever opens the database next says what is wrong
 */
export function makePrivateDatabase(path: string): void {
  try {
    // A link to nothing counts as there; what it names is made.
    const isThere = statSync(path, { throwIfNoEntry: false }) !== undefined;
    if (!isThere) closeSync(openPrivate(path, isLink(path) ? "a" : "wx"));
  } catch {
    // Another process was faster, or it cannot be made.
  }
  closeDatabaseToOthers(path);
}

/** Closes a database to others, with what SQLite keeps beside it; none is made. */
export function closeDatabaseToOthers(path: string): void {
  for (const ending of ["", "-wal", "-shm", "-journal"]) closeToOthers(`${path}${ending}`);
}

/** Takes the rights of others away from a file of this user; another's file is left as it is. */
export function closeToOthers(path: string): void {
  if (!hasModes) return;
  try {
    const stats = lookAt(path);
    if (stats?.isFile() !== true || !isOurs(stats) || (stats.mode & others) === 0) return;
    chmodSync(path, fileMode);
  } catch {
    // Gone, or on a file system without modes.
  }
}

/** Takes the rights of others away from all that is in a folder of Haypile's own. Links are not followed. */
export function closeContents(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) closeToOthers(path);
    else if (entry.isDirectory()) secureFolder(path, "folder");
  }
}

/**
 * Opens a file to write, which is private from then on.
 * @param flags "wx" fails where there is one
 * @throws the error of the file system
 */
export function openPrivate(path: string, flags: "a" | "w" | "wx"): number {
  const file = openSync(path, flags, fileMode);
  if (!hasModes) return file;
  try {
    const stats = fstatSync(file);
    if (stats.isFile() && isOurs(stats) && (stats.mode & 0o777) !== fileMode) {
      fchmodSync(file, fileMode);
    }
  } catch (error) {
    closeSync(file);
    throw error;
  }
  return file;
}

/**
 * Opens a regular file that is there to add to it; a link in its place is refused.
 * @throws the error of the file system; ELOOP for a link, EINVAL for what is no regular file
 */
export function openToAppend(path: string): number {
  const { O_WRONLY, O_APPEND, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  const refused = (code: string): Error =>
    Object.assign(new Error(`${path} is no regular file`), { code });
  if (O_NOFOLLOW === 0 && isLink(path)) throw refused("ELOOP");
  const file = openSync(path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK);
  if (fstatSync(file).isFile()) return file;
  closeSync(file);
  throw refused("EINVAL");
}

/** Writes all of it. @throws the error of the file system */
export function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

/** Writes a whole private file, or adds to one. @throws the error of the file system */
export function writePrivate(path: string, text: string, flags: "a" | "w" | "wx" = "w"): void {
  const file = openPrivate(path, flags);
  try {
    // One write where the system takes it whole: lines of two processes do not mix.
    writeAll(file, Buffer.from(text, "utf8"));
  } finally {
    closeSync(file);
  }
}

/** What was written to a private file is on the disk when it returns. @throws the error of the file system */
export function flushPrivate(path: string): void {
  flush(openPrivate(path, "a"));
}

/** The same of the names in a folder; Windows has no call for it. @throws the error of the file system */
export function flushFolder(path: string): void {
  if (process.platform !== "win32") flush(openSync(path, constants.O_DIRECTORY));
}

function flush(file: number): void {
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** A stream into a private file. Errors of writing are the stream's. @throws the error of opening it */
export function privateWriteStream(path: string, flags: "a" | "w"): WriteStream {
  return createWriteStream(path, { fd: openPrivate(path, flags) });
}

function lookAt(path: string): Stats | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  // A user may keep it on another disk, behind a link.
  return stats?.isSymbolicLink() === true ? statSync(path, { throwIfNoEntry: false }) : stats;
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

function isOurs({ uid }: Stats): boolean {
  return process.geteuid === undefined || uid === process.geteuid();
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, "0");
}
