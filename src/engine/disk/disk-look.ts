/*
 * A look at a folder that nobody watches: which of the files that the index knows are not as they were, and which are
 * new. Files are asked for size, times and number. New ones stand in folders whose own time has changed since the last
 * run, so no folder is listed without need. The look ends after a given time; what is left comes first the next time.
 */
import { lstatSync, readdirSync } from "node:fs";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { isSameFile } from "../../base/files/same-file.ts";
import { yieldToEventLoop } from "../../base/yield.ts";
import { isWalked } from "../../indexing/watching/walked-folders.ts";
import type { FileRecord } from "../../ports/store.ts";
import type { Known } from "./known-files.ts";

export interface Looked {
  /** Paths of files that are new, changed or gone. */
  changed: string[];
  /** All files were looked at. */
  isWhole: boolean;
  /** To be called when the index has taken them in: their folders need no second look. */
  settle: () => void;
}

/** How long a look holds the event loop. */
const turnMs = 8;
const filesPerTurn = 64;
/** A disk that takes longer to tell of a file is asked by other threads, milliseconds. */
const slowMs = 0.2;
/** More new files are the work of an index run. */
const mostNew = 256;
/** Times of folders on disks that count in 2 s. */
const folderSlackMs = 2_000;

export class DiskLook {
  readonly #root: string;
  /** Where the next look begins, when the last one had no time for all. */
  #next = 0;
  #isSlow = false;
  /** Times that folders had when they were listed. */
  readonly #listed = new Map<string, number>();

  /** @param root links resolved */
  constructor(root: string) {
    this.#root = root;
  }

  /**
   * @param walkedAt when the last run began, milliseconds since 1970
   * @param end when to stop, by performance.now()
   */
  async look(known: Known, walkedAt: number, end: number): Promise<Looked> {
    const changed: string[] = [];
    const isWhole = await this.#lookAtFiles([...known.files.values()], end, changed);
    const times = new Map<string, number>();
    for (const folder of known.folders) {
      if (performance.now() > end) return { changed, isWhole: false, settle: () => undefined };
      const time = folderTime(this.#pathOf(folder));
      if (time === undefined || time === this.#listed.get(folder)) continue;
      const isOld = time < walkedAt - folderSlackMs && !this.#listed.has(folder);
      if (!isOld) await this.#findNew(folder, known, changed);
      times.set(folder, time);
    }
    return {
      changed,
      isWhole,
      settle: () => {
        for (const [folder, time] of times) this.#listed.set(folder, time);
      },
    };
  }

  async #lookAtFiles(files: FileRecord[], end: number, changed: string[]): Promise<boolean> {
    let turnEnds = performance.now() + turnMs;
    for (let done = 0; done < files.length; done += filesPerTurn) {
      const begun = performance.now();
      if (begun > end) {
        this.#next = (this.#next + done) % files.length;
        return false;
      }
      if (begun > turnEnds) {
        await yieldToEventLoop();
        turnEnds = performance.now() + turnMs;
      }
      const count = Math.min(filesPerTurn, files.length - done);
      const part = Array.from(
        { length: count },
        (_, at) => files[(this.#next + done + at) % files.length] as FileRecord,
      );
      const isSame = this.#isSlow
        ? await Promise.all(part.map((record) => isAsKnownLater(this.#pathOf(record.path), record)))
        : part.map((record) => isAsKnown(this.#pathOf(record.path), record));
      part.forEach(({ path }, at) => {
        if (isSame[at] !== true) changed.push(path);
      });
      if (!this.#isSlow) this.#isSlow = (performance.now() - begun) / count > slowMs;
    }
    this.#next = 0;
    return true;
  }

  /** Files of a folder, and of folders in it, that the index does not know. */
  async #findNew(folder: string, known: Known, found: string[]): Promise<void> {
    const open = [folder];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const entry of entriesOf(this.#pathOf(at))) {
        const path = `${at}${entry.name}`;
        if (entry.isFile() && !known.files.has(path)) found.push(path);
        if (found.length > mostNew) return;
        if (!entry.isDirectory() || known.folders.has(`${path}/`)) continue;
        if (await isWalked(this.#root, `${path}/`)) open.push(`${path}/`);
      }
    }
  }

  #pathOf(path: string): string {
    return join(this.#root, path);
  }
}

/** Whether a file is as the index has it, as far as can be told without reading it. */
export function isAsKnown(path: string, { stamp }: FileRecord): boolean {
  try {
    const facts = lstatSync(path, { throwIfNoEntry: false });
    if (facts?.isFile() !== true) return false;
    const { size: sizeBytes, mtimeMs, ctimeMs, ino: inode } = facts;
    return isSameFile(stamp, { sizeBytes, mtimeMs, ctimeMs, inode });
  } catch {
    return false;
  }
}

async function isAsKnownLater(path: string, { stamp }: FileRecord): Promise<boolean> {
  try {
    const { size: sizeBytes, mtimeMs, ctimeMs, ino: inode } = await lstat(path);
    return isSameFile(stamp, { sizeBytes, mtimeMs, ctimeMs, inode });
  } catch {
    return false;
  }
}

function folderTime(path: string): number | undefined {
  try {
    const facts = lstatSync(path, { throwIfNoEntry: false });
    return facts?.isDirectory() === true ? facts.mtimeMs : undefined;
  } catch {
    return undefined;
  }
}

function entriesOf(path: string) {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return [];
  }
}
