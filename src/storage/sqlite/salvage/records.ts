/*
 * Cells and records of SQLite's pages (sqlite.org/fileformat2.html, sections 1.6 and 2). Every length is checked
 * before it is believed: the bytes may be anything.
 */
import type { PageFile } from "./page-file.ts";

export type Value = number | string | Buffer | null;

export interface Row {
  /** 0 where there is none: an index, a table without row ids. */
  rowId: number;
  values: Value[];
  /** False: its end could not be read. */
  isWhole: boolean;
}

export const tableLeaf = 0x0d;
export const tableInterior = 0x05;
export const indexLeaf = 0x0a;
export const indexInterior = 0x02;

/** More is in no row of ours. */
const longestPayload = 64 * 1_024 * 1_024;
const mostColumns = 100;

/** Where the header of a page begins: the first one has that of the file before it. */
export function headerAt(page: number): number {
  return page === 1 ? 100 : 0;
}

/** Places of the cells of a page, those that can be. */
export function cellsOf(bytes: Buffer, page: number, usable: number): number[] {
  const header = headerAt(page);
  const type = bytes[header];
  const isInterior = type === tableInterior || type === indexInterior;
  const first = header + (isInterior ? 12 : 8);
  const count = Math.min(bytes.readUInt16BE(header + 3), Math.floor((usable - first) / 2));
  const places: number[] = [];
  for (let at = 0; at < count; at += 1) {
    const place = bytes.readUInt16BE(first + at * 2);
    if (place >= first + 2 && place < usable - 3) places.push(place);
  }
  return places;
}

/** Pages that an interior page leads to. */
export function childrenOf(bytes: Buffer, page: number, usable: number): number[] {
  const children = cellsOf(bytes, page, usable)
    .filter((place) => place + 4 <= usable)
    .map((place) => bytes.readUInt32BE(place));
  return [...children, bytes.readUInt32BE(headerAt(page) + 8)];
}

/**
 * The row of a cell; undefined for what is none.
 * @param readsAll false: only what stands on this page
 */
export function rowOf(
  file: PageFile,
  bytes: Buffer,
  page: number,
  place: number,
  readsAll: boolean,
): Row | undefined {
  const type = bytes[headerAt(page)];
  const isTable = type === tableLeaf;
  let at = type === indexInterior ? place + 4 : place;
  const size = varint(bytes, at, file.usable);
  if (size === undefined || size.value < 2 || size.value > longestPayload) return undefined;
  at = size.next;
  let rowId = 0;
  if (isTable) {
    const id = varint(bytes, at, file.usable);
    if (id === undefined) return undefined;
    rowId = id.value;
    at = id.next;
  }
  const local = localBytes(size.value, file.usable, isTable);
  if (at + local > file.usable) return undefined;
  const pieces = [bytes.subarray(at, at + local)];
  let isWhole = local === size.value;
  if (!isWhole && readsAll && at + local + 4 <= file.usable) {
    isWhole = follow(file, bytes.readUInt32BE(at + local), size.value - local, pieces);
  }
  const values = valuesOf(pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces));
  return values && { rowId, values, isWhole };
}

/** Bytes of a payload that stand in the cell itself. */
function localBytes(size: number, usable: number, isTable: boolean): number {
  const most = isTable ? usable - 35 : Math.floor(((usable - 12) * 64) / 255) - 23;
  if (size <= most) return size;
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const kept = least + ((size - least) % (usable - 4));
  return kept <= most ? kept : least;
}

/** Appends what stands on overflow pages. False: the chain breaks off. */
function follow(file: PageFile, first: number, left: number, pieces: Buffer[]): boolean {
  const seen = new Set<number>();
  let page = first;
  let missing = left;
  while (missing > 0) {
    if (page < 2 || page > file.pageCount || seen.has(page)) return false;
    seen.add(page);
    const bytes = file.page(page);
    const taken = Math.min(missing, file.usable - 4);
    pieces.push(bytes.subarray(4, 4 + taken));
    missing -= taken;
    page = bytes.readUInt32BE(0);
  }
  return true;
}

/** The values of a record; the last ones are cut or left out when it is not whole. */
function valuesOf(payload: Buffer): Value[] | undefined {
  const size = varint(payload, 0, payload.length);
  if (size === undefined || size.value < 1 || size.value > payload.length) return undefined;
  const types: number[] = [];
  for (let at = size.next; at < size.value; ) {
    const type = varint(payload, at, size.value);
    if (type === undefined || types.length === mostColumns) return undefined;
    types.push(type.value);
    at = type.next;
  }
  const values: Value[] = [];
  let at = size.value;
  for (const type of types) {
    const length = lengthOf(type);
    if (length === undefined) return undefined;
    if (at + length > payload.length && type < 12) return values;
    values.push(decoded(type, payload.subarray(at, at + length)));
    at = Math.min(payload.length, at + length);
  }
  return values;
}

/** The last two are kept for later and stand for nothing. */
const fixedLengths = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0];

function lengthOf(type: number): number | undefined {
  if (type >= 12) return Math.floor((type - 12) / 2);
  return fixedLengths[type];
}

function decoded(type: number, bytes: Buffer): Value {
  if (type === 0 || type === 10 || type === 11) return null;
  if (type === 7) return bytes.readDoubleBE(0);
  if (type === 8 || type === 9) return type - 8;
  if (type === 6) return Number(bytes.readBigInt64BE(0));
  if (type < 7) return bytes.readIntBE(0, bytes.length);
  return type % 2 === 1 ? bytes.toString("utf8") : Buffer.from(bytes);
}

/** A number of one to nine bytes. Beyond 2^53 it is not exact, and no number of ours. */
function varint(
  bytes: Buffer,
  from: number,
  end: number,
): { value: number; next: number } | undefined {
  let value = 0;
  for (let at = from; at < end && at < from + 9; at += 1) {
    const byte = bytes[at] as number;
    if (at === from + 8) return { value: value * 256 + byte, next: at + 1 };
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, next: at + 1 };
  }
  return undefined;
}
