/*
 * The pages of a database file and its log as bytes, whatever SQLite thinks of them. Nothing is written. The file
 * must not be open in this process: closing it here would take away the locks that SQLite holds on it.
 */
import { closeSync, fstatSync, readSync } from "node:fs";
import { openRegularSync } from "../../../base/files/read-file.ts";
import { type LogFrame, type LogReading, readLog } from "./log.ts";

/** One state of a page. Later ones of a page come first, doubtful ones last. */
export interface PageImage {
  page: number;
  bytes: Buffer;
  /** 0: as SQLite sees it; 1: behind a damaged place of the log; 2: that, and it may be anything. */
  rank: 0 | 1 | 2;
}

const usualPageSize = 4_096;

export class PageFile {
  readonly log: LogReading;
  readonly pageSize: number;
  /** Bytes of a page that hold content. */
  readonly usable: number;
  readonly pageCount: number;
  readonly #file: number;
  readonly #logFile: number | undefined;
  readonly #size: number;
  /** Where the newest state of a page stands in the log. */
  readonly #newest = new Map<number, LogFrame>();
  readonly #others = new Map<number, { frame: LogFrame; rank: 1 | 2 }[]>();

  /** @throws the system's error when it cannot be opened */
  constructor(path: string) {
    this.log = readLog(path);
    this.#file = openRegularSync(path, { links: "follow" }).file;
    this.#size = fstatSync(this.#file).size;
    const header = this.#read(this.#file, 0, 100);
    this.pageSize = pageSizeIn(header) ?? this.log.pageSize ?? usualPageSize;
    const reserved = header[20] ?? 0;
    this.usable = this.pageSize - (isSqlite(header) && reserved < 255 ? reserved : 0);
    const { committed, beyond, doubtful } = this.log;
    const all = [...committed, ...beyond, ...doubtful];
    this.#logFile =
      all.length === 0 ? undefined : openRegularSync(`${path}-wal`, { links: "follow" }).file;
    for (const frame of committed) this.#newest.set(frame.page, frame);
    for (const [rank, frames] of [
      [1, beyond],
      [2, doubtful],
    ] as const) {
      for (const frame of frames) {
        const known = this.#others.get(frame.page) ?? [];
        known.push({ frame, rank });
        this.#others.set(frame.page, known);
      }
    }
    const inFile = Math.ceil(this.#size / this.pageSize);
    const most = inFile + all.length;
    this.pageCount = all.reduce((sum, { page }) => Math.max(sum, page <= most ? page : 0), inFile);
  }

  /** A page as SQLite sees it; zeros where the file ends before. */
  page(number: number): Buffer {
    const frame = this.#newest.get(number);
    if (frame !== undefined) return this.#ofLog(frame);
    return this.#read(this.#file, (number - 1) * this.pageSize, this.pageSize);
  }

  /** Every state of a page that is worth a look. */
  *images(number: number): Generator<PageImage> {
    yield { page: number, bytes: this.page(number), rank: 0 };
    for (const { frame, rank } of this.#others.get(number) ?? []) {
      yield { page: number, bytes: this.#ofLog(frame), rank };
    }
  }

  close(): void {
    closeSync(this.#file);
    if (this.#logFile !== undefined) closeSync(this.#logFile);
  }

  #ofLog({ offset }: LogFrame): Buffer {
    return this.#read(this.#logFile as number, offset, this.pageSize);
  }

  #read(file: number, offset: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    readSync(file, bytes, 0, length, offset);
    return bytes;
  }
}

/** True for the beginning of an SQLite database. */
export function isSqlite(header: Buffer): boolean {
  return header.subarray(0, 16).toString("latin1") === "SQLite format 3\0";
}

function pageSizeIn(header: Buffer): number | undefined {
  const said = header.readUInt16BE(16);
  const size = said === 1 ? 65_536 : said;
  const isPower = size >= 512 && (size & (size - 1)) === 0;
  return isPower && isSqlite(header) ? size : undefined;
}
