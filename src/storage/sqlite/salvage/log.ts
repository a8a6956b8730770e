/*
 * Reads a write-ahead log as SQLite would, and says what SQLite passes over: it takes the log up to the first frame
 * whose sum is wrong and forgets the rest without a word, so that one damaged byte takes back what was committed
 * after it. Format: sqlite.org/fileformat2.html, section 4.
 */
import { closeSync, fstatSync, readSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { openRegularSync } from "../../../base/files/read-file.ts";

/** A page in the log. */
export interface LogFrame {
  page: number;
  /** Of the page's bytes in the file of the log. */
  offset: number;
}

export interface LogReading {
  pageSize: number | undefined;
  /** Of whole transactions, oldest first. */
  committed: LogFrame[];
  /** Behind the first wrong sum: their own sums are right. */
  beyond: LogFrame[];
  /** Behind it too; whether they are right cannot be told. */
  doubtful: LogFrame[];
  /** "torn": the last write was not finished, or is damaged. */
  state: "sound" | "torn" | "damaged";
  finding: string;
}

const headerBytes = 32;
const frameHeaderBytes = 24;
const magic = 0x377f0682;
const version = 3_007_000;

interface Frame extends LogFrame {
  isSame: boolean;
  /** Zeros, where pages of an older log would be. */
  isEmpty: boolean;
  isCommit: boolean;
  sums: readonly [number, number];
  /** By the sums that the frame before it holds. */
  isRight: boolean;
}

/**
 * @param path of a database that this process has not open
 * @throws the system's error when the log is there and cannot be read
 */
export function readLog(path: string): LogReading {
  const log = `${path}-wal`;
  const found = openIfThere(log);
  const nothing: LogReading = {
    pageSize: undefined,
    committed: [],
    beyond: [],
    doubtful: [],
    state: "sound",
    finding: "",
  };
  if (found === undefined) return nothing;
  try {
    const { size } = fstatSync(found);
    if (size <= headerBytes) return nothing;
    return read(found, size, path);
  } finally {
    closeSync(found);
  }
}

function read(file: number, size: number, path: string): LogReading {
  const header = bytesAt(file, 0, headerBytes);
  const word = header.readUInt32BE(0);
  const isBig = (word & 1) === 1;
  const sums = checksum(header.subarray(0, 24), isBig, [0, 0]);
  const isHeaderRight =
    (word & ~1) >>> 0 === magic &&
    header.readUInt32BE(4) === version &&
    sums[0] === header.readUInt32BE(24) &&
    sums[1] === header.readUInt32BE(28);
  const said = header.readUInt32BE(8);
  const pageSize = isHeaderRight ? said : 4_096;
  const frames = readFrames(file, size, pageSize, isHeaderRight ? header : undefined, isBig);
  const reading: LogReading = {
    pageSize,
    committed: [],
    beyond: [],
    doubtful: [],
    state: "sound",
    finding: "",
  };
  if (!isHeaderRight) {
    // A log whose pages were never written is no loss.
    if (!frames.some(({ isRight }) => isRight)) return reading;
    sort(frames, 0, reading);
    return { ...reading, state: "damaged", finding: "the header of its log is damaged" };
  }
  const wrong = frames.findIndex(({ isSame, isRight }) => !isSame || !isRight);
  const end = wrong === -1 ? frames.length : wrong;
  const last = frames.slice(0, end).findLastIndex(({ isCommit }) => isCommit);
  for (const { page, offset } of frames.slice(0, last + 1)) {
    reading.committed.push({ page, offset });
  }
  const rest = frames.slice(end).filter(({ isSame }) => isSame);
  sort(frames, last + 1, reading);
  const firstCommit = rest.findIndex(({ isCommit }) => isCommit);
  const isFollowed = firstCommit !== -1 && firstCommit < rest.length - 1;
  const indexed = indexedFrames(path, header);
  const isOdd = rest.length > 0 || frames[end]?.isEmpty === true || isCut(size, pageSize);
  if (isFollowed || (indexed ?? 0) > last + 1) {
    const finding = `of the log ${last + 1} pages can be read, and page ${end + 1} is damaged`;
    return { ...reading, state: "damaged", finding };
  }
  // Where the index counts no more, what stands behind was never committed.
  if (!isOdd || indexed !== undefined) return reading;
  return { ...reading, state: "torn", finding: `the log ends in the middle of page ${end + 1}` };
}

/** What stands behind the last transaction that SQLite takes. */
function sort(frames: readonly Frame[], from: number, reading: LogReading): void {
  for (const { page, offset, isSame, isRight } of frames.slice(from)) {
    if (isSame) (isRight ? reading.beyond : reading.doubtful).push({ page, offset });
  }
}

/** Frames of this log, and of older ones that it has not overwritten yet. */
function readFrames(
  file: number,
  size: number,
  pageSize: number,
  header: Buffer | undefined,
  isBig: boolean,
): Frame[] {
  const step = frameHeaderBytes + pageSize;
  const count = Math.floor((size - headerBytes) / step);
  const frames: Frame[] = [];
  let salt = header?.subarray(16, 24);
  let before: readonly [number, number] | undefined = header && [
    header.readUInt32BE(24),
    header.readUInt32BE(28),
  ];
  for (let at = 0; at < count; at += 1) {
    const bytes = bytesAt(file, headerBytes + at * step, step);
    const page = bytes.readUInt32BE(0);
    const sums = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)] as const;
    salt ??= Buffer.from(bytes.subarray(8, 16));
    const isSame = page > 0 && bytes.compare(salt, 0, 8, 8, 16) === 0;
    let isRight = false;
    if (isSame && before !== undefined) {
      const head = checksum(bytes.subarray(0, 8), isBig, before);
      const own = checksum(bytes.subarray(frameHeaderBytes), isBig, head);
      isRight = own[0] === sums[0] && own[1] === sums[1];
    }
    const offset = headerBytes + at * step + frameHeaderBytes;
    const isCommit = bytes.readUInt32BE(4) > 0;
    const isEmpty = bytes.subarray(0, frameHeaderBytes).every((byte) => byte === 0);
    frames.push({ page, offset, isSame, isEmpty, isRight, isCommit, sums });
    before = sums;
  }
  return frames;
}

/**
 * How many frames the index of the log counts as committed; undefined where it is of another log. Reading it and
 * closing it again would take away the locks of whoever has the database open in this process: nobody has, as far as
 * is known, when a main thread gets here.
 */
function indexedFrames(path: string, header: Buffer): number | undefined {
  if (!isMainThread) return undefined;
  let index: Buffer;
  try {
    const { file } = openRegularSync(`${path}-shm`, { links: "follow" });
    try {
      index = bytesAt(file, 0, 96);
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
  const areEqual = index.length === 96 && index.compare(index, 48, 96, 0, 48) === 0;
  if (!areEqual || index.compare(header, 16, 24, 32, 40) !== 0) return undefined;
  return new DataView(index.buffer, index.byteOffset).getUint32(16, isLittleEndian);
}

/** The file ends inside of a frame. */
function isCut(size: number, pageSize: number): boolean {
  return (size - headerBytes) % (frameHeaderBytes + pageSize) !== 0;
}

const isLittleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

function checksum(
  bytes: Buffer,
  isBig: boolean,
  [first, second]: readonly [number, number],
): [number, number] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let one = first;
  let two = second;
  for (let at = 0; at + 8 <= bytes.byteLength; at += 8) {
    one = (one + view.getUint32(at, !isBig) + two) >>> 0;
    two = (two + view.getUint32(at + 4, !isBig) + one) >>> 0;
  }
  return [one, two];
}

function openIfThere(path: string): number | undefined {
  try {
    return openRegularSync(path, { links: "follow" }).file;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function bytesAt(file: number, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  readSync(file, bytes, 0, length, offset);
  return bytes;
}
