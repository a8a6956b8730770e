/*
 * What reads a file, changes it and writes it back, one process after another: of two that do so at the same moment the
 * second would write what it read before the first had written. A file beside them says whose turn it is. It is held for
 * milliseconds; one that nobody has touched for some seconds is of a process that was killed, and is taken over.
 */
import { dirname, join } from "node:path";
import { randomDigits } from "../text/sha256.ts";
import { removeFile } from "./patient.ts";
import { makePrivateFolder, writePrivate } from "./private-files.ts";
import { readBoundedSync } from "./read-file.ts";

const patienceMs = 5_000;
const pauseMs = 5;

/** This thread has the turn: what it calls meanwhile needs none of its own. */
let isOurs = false;

/**
 * Runs while no other process does so for the same folder. Where no file can be made there (a disk that is only read) it
 * runs all the same.
 * @param folder of the user's own, which is made when missing
 * @param patience of a turn that does not end, milliseconds
 */
export function inTurn<T>(folder: string, work: () => T, patience = patienceMs): T {
  if (isOurs) return work();
  const path = join(folder, "changes.lock");
  const mark = take(path, patience);
  isOurs = true;
  try {
    return work();
  } finally {
    isOurs = false;
    // Another's, where this took so long that it was taken over.
    if (mark !== undefined && textOf(path) === mark) removeFile(path);
  }
}

/** What stands in the file now; undefined: none can be made. */
function take(path: string, patience: number): string | undefined {
  const mark = `${process.pid} ${randomDigits()}`;
  let seen: string | undefined;
  let since = performance.now();
  for (;;) {
    try {
      makePrivateFolder(dirname(path));
      writePrivate(path, mark, "wx");
      return mark;
    } catch (error) {
      if (!isTaken(error)) return undefined;
    }
    const now = textOf(path);
    const isSame = now === seen;
    if (!isSame) since = performance.now();
    seen = now;
    if (isSame && performance.now() - since > patience) {
      if (now === undefined) return undefined;
      removeFile(path);
      since = performance.now();
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
  }
}

/** On Windows a file that is being deleted can be neither made nor read for a moment. */
function isTaken(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  const isWindows = process.platform === "win32";
  return code === "EEXIST" || (isWindows && (code === "EPERM" || code === "EBUSY"));
}

function textOf(path: string): string | undefined {
  try {
    return readBoundedSync(path, { mostBytes: 1_000, links: "refuse" }).toString("utf8");
  } catch {
    return undefined;
  }
}
