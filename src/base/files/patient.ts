/*
 * Renames and deletes where another program may hold the file for a moment. On Windows a virus scanner, an indexer or
 * a backup opens each new file, and until it lets go the file can be neither renamed nor deleted. There each of these
 * is tried again for two seconds; elsewhere the first answer counts.
 */
import { renameSync, rmSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";

const held: ReadonlySet<string> = new Set(["EBUSY", "EPERM", "EACCES", "ENOTEMPTY"]);
const firstPauseMs = 5;
const longestPauseMs = 200;
/** All tries together. */
const patienceMs = 2_000;

/** Deletes a file, or nothing where there is none. @throws the error of the file system */
export function removeFile(path: string): void {
  trying(() => rmSync(path, { force: true }));
}

/** Deletes a folder with all in it. @throws the error of the file system */
export function removeTree(path: string): void {
  trying(() => rmSync(path, { recursive: true, force: true }));
}

/** Puts a file in the place of another, or of none. @throws the error of the file system */
export function replaceFile(from: string, to: string): void {
  trying(() => renameSync(from, to));
}

/** As removeFile(), while the thread does other things. */
export async function removeFileLater(path: string): Promise<void> {
  await tryingLater(() => rm(path, { force: true }));
}

/** As removeTree(), while the thread does other things. */
export async function removeTreeLater(path: string): Promise<void> {
  await tryingLater(() => rm(path, { recursive: true, force: true }));
}

/** As replaceFile(), while the thread does other things. */
export async function replaceFileLater(from: string, to: string): Promise<void> {
  await tryingLater(() => rename(from, to));
}

/**
 * Calls until it goes well, or fails for another reason than a file that is held, or time is over.
 * @param isPatient whether it is tried again at all
 */
export function trying(work: () => void, isPatient = process.platform === "win32"): void {
  for (const pauseMs of pauses(isPatient)) {
    try {
      work();
      return;
    } catch (error) {
      if (!isHeld(error)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
    }
  }
  work();
}

/** As trying(), while the thread does other things. */
export async function tryingLater(
  work: () => Promise<void>,
  isPatient = process.platform === "win32",
): Promise<void> {
  for (const pauseMs of pauses(isPatient)) {
    try {
      await work();
      return;
    } catch (error) {
      if (!isHeld(error)) throw error;
      await wait(pauseMs);
    }
  }
  await work();
}

function* pauses(isPatient: boolean): Generator<number> {
  const until = performance.now() + patienceMs;
  for (let ms = firstPauseMs; isPatient && performance.now() < until; ms *= 2) {
    yield Math.min(ms, longestPauseMs);
  }
}

function isHeld(error: unknown): boolean {
  return held.has((error as NodeJS.ErrnoException).code ?? "");
}
