/*
 * How fast the disk of a folder is read: a file of our own, past the system's cache where the file system
 * allows that (O_DIRECT). Such reads want memory at a multiple of the block: Node does not tell where a buffer
 * lies, so the place in it that the system accepts is found by trying.
 */
import {
  closeSync,
  constants,
  fsyncSync,
  mkdtempSync,
  openSync,
  readSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { removeTree } from "../../base/files/patient.ts";
import { openPrivate } from "../../base/files/private-files.ts";

export interface DiskSpeed {
  /** Whole file in order, bytes a second. */
  bytesPerSecond: number;
  /** 4 kB somewhere, median, milliseconds. */
  randomReadMs: number;
  /** False: the system's cache answered, so this says little of the disk. */
  isDirect: boolean;
}

const fileBytes = 16 * 2 ** 20;
const pieceBytes = 2 ** 20;
const blockBytes = 4096;
const mostReads = 200;

/** @throws Error of the file system: a full disk, no permission */
export function measureDisk(folder: string, mostMs: number): DiskSpeed {
  const scratch = mkdtempSync(join(folder, "bench-disk-"));
  try {
    const path = join(scratch, "file");
    writeFile(path);
    const { file, buffer, isDirect } = openForReading(path);
    try {
      return { ...read(file, buffer, mostMs), isDirect };
    } finally {
      closeSync(file);
    }
  } finally {
    removeTree(scratch);
  }
}

function writeFile(path: string): void {
  const piece = Buffer.alloc(pieceBytes, "Haypile measures this disk. ");
  const file = openPrivate(path, "w");
  try {
    for (let at = 0; at < fileBytes; at += pieceBytes) writeSync(file, piece);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function openForReading(path: string): { file: number; buffer: Buffer; isDirect: boolean } {
  const memory = Buffer.from(new ArrayBuffer(pieceBytes + blockBytes));
  const direct = (constants as { O_DIRECT?: number | undefined }).O_DIRECT;
  if (direct !== undefined) {
    try {
      const file = openSync(path, constants.O_RDONLY | direct);
      for (let at = 0; at < blockBytes; at += 8) {
        const buffer = memory.subarray(at, at + pieceBytes);
        if (canRead(file, buffer)) return { file, buffer, isDirect: true };
      }
      closeSync(file);
    } catch {
      // A file system without it, such as one in memory.
    }
  }
  return { file: openSync(path, "r"), buffer: memory, isDirect: false };
}

function canRead(file: number, buffer: Buffer): boolean {
  try {
    return readSync(file, buffer, 0, blockBytes, 0) === blockBytes;
  } catch {
    return false;
  }
}

function read(file: number, buffer: Buffer, mostMs: number): Omit<DiskSpeed, "isDirect"> {
  const start = performance.now();
  let bytes = 0;
  while (bytes < fileBytes && performance.now() - start < mostMs) {
    bytes += readSync(file, buffer, 0, pieceBytes, bytes);
  }
  const seconds = (performance.now() - start) / 1000;
  const times: number[] = [];
  const blocks = fileBytes / blockBytes;
  const randomStart = performance.now();
  for (let i = 0; i < mostReads && performance.now() - randomStart < mostMs; i += 1) {
    // Far apart, and never the same one twice: the step has no factor in common with the number of blocks.
    const block = (i * 2_741 + 1_023) % blocks;
    const before = performance.now();
    readSync(file, buffer, 0, blockBytes, block * blockBytes);
    times.push(performance.now() - before);
  }
  return {
    bytesPerSecond: bytes / seconds,
    randomReadMs: times.sort((a, b) => a - b)[times.length >> 1] ?? 0,
  };
}
