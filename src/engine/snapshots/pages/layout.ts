/*
 * How a file of pages is laid out, little endian:
 *
 *   head   64  "HAYPAGES", format, bytes of a page, pages of a block, id of the snapshot
 *   blocks     one after the other, each packed by itself
 *   index      a line for each block, then the number of each page that is here, ascending
 *   table      for each page of the whole: in which file it is (0: this one), then its digest
 *   foot   64  where index and table are, whether others alone need this file, a digest of head, index, table, foot
 *
 * A page is found by its number: each file has it once. So a file can lose pages that nobody needs any more, and those
 * that refer to it stay as they are. A file that only others need has no table.
 */
import { createHash, hash } from "node:crypto";

export const magic = "HAYPAGES";
export const pagesFormat = 1;
export const headBytes = 64;
export const footBytes = 64;
export const lineBytes = 32;
export const digestBytes = 16;
/** Bytes a page takes in the table. */
export const tableBytesPerPage = 1 + digestBytes;
export const pagesPerBlock = 256;
/** Files that one snapshot has its pages in. */
export const mostFiles = 8;

export interface Head {
  pageBytes: number;
  pagesPerBlock: number;
  id: string;
}

export interface Line {
  /** Of the first byte in the file. */
  at: number;
  bytes: number;
  pages: number;
  code: number;
  digest: Buffer;
}

export interface Foot {
  indexAt: number;
  indexBytes: number;
  tableBytes: number;
  blocks: number;
  /** Pages that are here. */
  pages: number;
  /** The snapshot is gone; what others need of its pages is here. */
  isLeft: boolean;
  digest: Buffer;
}

/** 128 bits of SHA-256. */
export function digestOf(bytes: Uint8Array): Buffer {
  return hash("sha256", bytes, "buffer").subarray(0, digestBytes);
}

export function headOf({ pageBytes, pagesPerBlock: perBlock, id }: Head): Buffer {
  const head = Buffer.alloc(headBytes);
  head.write(magic, 0, "latin1");
  head.writeUInt32LE(pagesFormat, 8);
  head.writeUInt32LE(pageBytes, 12);
  head.writeUInt32LE(perBlock, 16);
  head.write(id, 20, 40, "latin1");
  return head;
}

/** @returns what is wrong with it, in words */
export function readHead(head: Buffer): Head | string {
  if (head.length < headBytes || head.toString("latin1", 0, 8) !== magic) {
    return "its file of pages is none";
  }
  const format = head.readUInt32LE(8);
  if (format > pagesFormat) return `it was made by a newer Haypile (format ${format} of pages)`;
  const pageBytes = head.readUInt32LE(12);
  const perBlock = head.readUInt32LE(16);
  const isPage = pageBytes >= 512 && pageBytes <= 65_536 && (pageBytes & (pageBytes - 1)) === 0;
  if (!isPage || perBlock < 1 || perBlock > 4_096) return "its file of pages is damaged";
  const id = head.toString("latin1", 20, 60).replace(/\0+$/u, "");
  return { pageBytes, pagesPerBlock: perBlock, id };
}

export function indexOf(lines: readonly Line[], numbers: readonly number[]): Buffer {
  const index = Buffer.alloc(lines.length * lineBytes + numbers.length * 4);
  for (const [row, { at, bytes, pages, code, digest }] of lines.entries()) {
    const start = row * lineBytes;
    index.writeUIntLE(at, start, 6);
    index.writeUInt32LE(bytes, start + 6);
    index.writeUInt32LE(pages, start + 10);
    index.writeUInt8(code, start + 14);
    digest.copy(index, start + 16, 0, digestBytes);
  }
  const numbersAt = lines.length * lineBytes;
  for (const [place, number] of numbers.entries())
    index.writeUInt32LE(number, numbersAt + place * 4);
  return index;
}

export function footOf(foot: Omit<Foot, "digest">, before: readonly Buffer[]): Buffer {
  const bytes = Buffer.alloc(footBytes);
  bytes.writeUIntLE(foot.indexAt, 0, 6);
  bytes.writeUIntLE(foot.indexBytes, 6, 6);
  bytes.writeUIntLE(foot.tableBytes, 12, 6);
  bytes.writeUInt32LE(foot.blocks, 18);
  bytes.writeUInt32LE(foot.pages, 22);
  bytes.writeUInt8(foot.isLeft ? 1 : 0, 26);
  tailDigest(before, bytes).copy(bytes, footBytes - 32);
  return bytes;
}

/** @returns undefined when it is none that fits a file of so many bytes */
export function readFoot(foot: Buffer, fileBytes: number): Foot | undefined {
  if (foot.length !== footBytes) return undefined;
  const found = {
    indexAt: foot.readUIntLE(0, 6),
    indexBytes: foot.readUIntLE(6, 6),
    tableBytes: foot.readUIntLE(12, 6),
    blocks: foot.readUInt32LE(18),
    pages: foot.readUInt32LE(22),
    isLeft: foot.readUInt8(26) === 1,
    digest: foot.subarray(footBytes - 32),
  };
  const { indexAt, indexBytes, tableBytes, blocks, pages } = found;
  const fits =
    indexAt >= headBytes &&
    indexBytes === blocks * lineBytes + pages * 4 &&
    tableBytes % tableBytesPerPage === 0 &&
    indexAt + indexBytes + tableBytes + footBytes === fileBytes;
  return fits ? found : undefined;
}

/** Over what stands before the foot, and the foot without the digest itself. */
export function tailDigest(before: readonly Buffer[], foot: Buffer): Buffer {
  const sum = createHash("sha256");
  for (const part of before) sum.update(part);
  return sum.update(foot.subarray(0, footBytes - 32)).digest();
}

export function readLines(index: Buffer, blocks: number): Line[] {
  return Array.from({ length: blocks }, (_, row) => {
    const start = row * lineBytes;
    return {
      at: index.readUIntLE(start, 6),
      bytes: index.readUInt32LE(start + 6),
      pages: index.readUInt32LE(start + 10),
      code: index.readUInt8(start + 14),
      digest: index.subarray(start + 16, start + 16 + digestBytes),
    };
  });
}
