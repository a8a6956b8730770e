/*
 * The paths that git tracks, read from a repository's index file (versions 2 to 4, split ones too). A file that is
 * tracked is no ignored file, whatever .gitignore says. The index may come with a project from anywhere: every length
 * in it is checked, and one that does not fit together counts as none.
 */
import { createHash } from "node:crypto";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { readBounded } from "../../base/files/read-file.ts";
import type { Repository } from "../../base/files/repository.ts";
import { log } from "../../base/log.ts";

/** Of the index file and of the one it shares, bytes each. */
const mostBytes = 128 * 1024 * 1024;
/** Of all paths of an index: in version 4 a byte can stand for a path as long as the last one. */
const mostPathBytes = 256 * 1024 * 1024;
const mostOnePath = 65_536;
/** Tracked paths of one repository. */
const mostPaths = 2_000_000;
const headerBytes = 12;
const slash = 0x2f;
/** An index that changed so short ago may change again within one tick of the file system's clock, milliseconds. */
const youngMs = 2_000;

class Damaged extends Error {}

/** The tracked paths of a repository, relative to the top of its working tree. */
export class TrackedPaths {
  /** Sorted by their bytes, one after the other. */
  readonly #bytes: Buffer;
  /** Where each path begins, and where the last one ends. */
  readonly #starts: Uint32Array;

  constructor({ bytes, starts }: PathList) {
    this.#bytes = bytes;
    this.#starts = starts;
  }

  get count(): number {
    return this.#starts.length - 1;
  }

  /** @param path a file, or a folder with "/" at its end: true when something in it is tracked, or it as a submodule */
  has(path: string): boolean {
    const wanted = Buffer.from(path, "utf8");
    const found = this.#at(this.#firstFrom(wanted));
    if (wanted.at(-1) !== slash) return found?.equals(wanted) === true;
    if (found?.subarray(0, wanted.length).equals(wanted) === true) return true;
    const bare = wanted.subarray(0, -1);
    return this.#at(this.#firstFrom(bare))?.equals(bare) === true;
  }

  #firstFrom(wanted: Buffer): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (Buffer.compare(this.#at(middle) as Buffer, wanted) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #at(index: number): Buffer | undefined {
    if (index < 0 || index >= this.count) return undefined;
    return this.#bytes.subarray(this.#starts[index], this.#starts[index + 1]);
  }
}

interface PathList {
  bytes: Buffer;
  starts: Uint32Array;
}

/** Paths one after the other in one buffer that grows. */
class PathWriter {
  #bytes: Buffer;
  #starts: Uint32Array;
  #count = 0;
  #isSorted = true;

  /** @param bytes expected, of all paths */
  constructor(count: number, bytes: number) {
    this.#bytes = Buffer.allocUnsafe(bytes);
    this.#starts = new Uint32Array(count + 1);
  }

  /** Adds the bytes from `start` to `end`. @throws Damaged where that is too much */
  add(from: Buffer, start: number, end: number): void {
    const at = this.#starts[this.#count] as number;
    const length = end - start;
    if (at + length > mostPathBytes || length > mostOnePath) {
      throw new Damaged("its paths are too long");
    }
    if (at + length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(at + length, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    from.copy(this.#bytes, at, start, end);
    const before = this.#starts[Math.max(0, this.#count - 1)] as number;
    if (from.compare(this.#bytes, before, at, start, end) < 0) this.#isSorted = false;
    this.#count += 1;
    this.#starts[this.#count] = at + length;
  }

  all(): Buffer[] {
    return Array.from({ length: this.#count }, (_, index) => this.#at(index));
  }

  list(): PathList {
    if (!this.#isSorted) return listOf(this.all());
    const starts = this.#starts.slice(0, this.#count + 1);
    // A copy of its own: the buffer may be much larger.
    return { bytes: Buffer.from(this.#bytes.subarray(0, starts[this.#count])), starts };
  }

  #at(index: number): Buffer {
    return this.#bytes.subarray(this.#starts[index], this.#starts[index + 1]);
  }
}

const nothing = Buffer.alloc(0);

function listOf(paths: readonly Buffer[]): PathList {
  const sorted = paths.toSorted(Buffer.compare);
  const starts = new Uint32Array(sorted.length + 1);
  sorted.forEach((path, index) => {
    starts[index + 1] = (starts[index] as number) + path.length;
  });
  return { bytes: Buffer.concat(sorted), starts };
}

/** By their index files, the last used last: a file that changes is asked about often. */
const kept = new Map<string, { stamp: string; tracked: TrackedPaths | undefined }>();
const mostKept = 4;

/** What the index of a repository tracks; undefined where there is none, or it is damaged (which the log says). */
export async function trackedPaths({ gitFolder }: Repository): Promise<TrackedPaths | undefined> {
  const file = join(gitFolder, "index");
  const facts = await lstat(file, { bigint: true }).catch(() => undefined);
  if (facts === undefined) return undefined;
  const { dev, ino, size, mtimeNs, ctimeNs } = facts;
  const stamp = [dev, ino, size, mtimeNs, ctimeNs].join(" ");
  const known = kept.get(file);
  kept.delete(file);
  const tracked = known?.stamp === stamp ? known.tracked : await readTracked(gitFolder, file);
  if (Date.now() - Number(ctimeNs / 1_000_000n) > youngMs) {
    kept.set(file, { stamp, tracked });
    for (const oldest of kept.keys()) {
      if (kept.size <= mostKept) break;
      kept.delete(oldest);
    }
  }
  return tracked;
}

async function readTracked(gitFolder: string, file: string): Promise<TrackedPaths | undefined> {
  try {
    const own = await readEntries(file);
    const { shares } = own;
    if (shares === undefined) return new TrackedPaths(own.paths.list());
    const shared = await readEntries(join(gitFolder, `sharedindex.${shares.name}`));
    const { places } = shared;
    const rest = shared.paths.all().filter((_, at) => !shares.isDeleted(places[at] as number));
    return new TrackedPaths(listOf([...rest, ...own.paths.all()]));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    const why = error instanceof Error ? error.message : String(error);
    log(
      "warn",
      `${file} cannot be read (${why}): what git tracks is not known, and its ignore rules hold for all.`,
    );
    return undefined;
  }
}

interface Entries {
  paths: PathWriter;
  /** Of each path its place among all entries. */
  places: number[];
  /** The index that this one is written on top of. */
  shares?: { name: string; isDeleted: (place: number) => boolean } | undefined;
}

async function readEntries(file: string): Promise<Entries> {
  return parseIndex(await readBounded(file, { mostBytes, links: "refuse" }));
}

/**
 * Reads the bytes of an index file.
 *
 * @throws Error when they do not fit together
 */
export function parseIndex(bytes: Buffer): Entries {
  if (bytes.length < headerBytes + 20 || bytes.toString("latin1", 0, 4) !== "DIRC") {
    throw new Damaged("it is no index of git");
  }
  const version = bytes.readUInt32BE(4);
  if (version < 2 || version > 4) throw new Damaged(`version ${version} is not known`);
  return parseEntries(bytes, version, hashBytesOf(bytes));
}

/** The last bytes are the hash of the rest, by one of git's two algorithms; zeros where it was told to leave that out. */
function hashBytesOf(bytes: Buffer): number {
  for (const [algorithm, length] of [
    ["sha1", 20],
    ["sha256", 32],
  ] as const) {
    const end = bytes.length - length;
    if (end < headerBytes) continue;
    const said = bytes.subarray(end);
    if (createHash(algorithm).update(bytes.subarray(0, end)).digest().equals(said)) return length;
  }
  const zeros = (length: number): boolean =>
    bytes.subarray(bytes.length - length).every((byte) => byte === 0);
  if (zeros(32)) return 32;
  if (zeros(20)) return 20;
  throw new Damaged("its checksum is wrong");
}

function parseEntries(bytes: Buffer, version: number, hashBytes: number): Entries {
  const end = bytes.length - hashBytes;
  const count = bytes.readUInt32BE(8);
  // Ten numbers of four bytes, the hash, and the flags: no entry is shorter.
  const fixedBytes = 40 + hashBytes + 2;
  if (count > mostPaths) throw new Damaged(`it has ${count} entries`);
  if (count * fixedBytes > end) throw new Damaged("it was cut short");
  const paths = new PathWriter(count, Math.max(0, end - headerBytes - count * fixedBytes));
  const places: number[] = [];
  let at = headerBytes;
  // In version 4 a path begins as the one before it, whatever that is.
  let last = nothing;
  for (let index = 0; index < count; index += 1) {
    const start = at;
    if (start + fixedBytes > end) throw new Damaged("it was cut short");
    const mode = bytes.readUInt32BE(start + 24);
    const flags = bytes.readUInt16BE(start + fixedBytes - 2);
    const isExtended = version >= 3 && (flags & 0x4000) !== 0;
    at = start + fixedBytes + (isExtended ? 2 : 0);
    let prefix = nothing;
    if (version === 4) {
      const dropped = readVarint(bytes, at, end);
      at = dropped.next;
      const same = last.length - dropped.value;
      if (same < 0) throw new Damaged("a path is shorter than nothing");
      prefix = last.subarray(0, same);
    }
    const stop = bytes.indexOf(0, at);
    if (stop < 0 || stop >= end) throw new Damaged("a path has no end");
    // Folders stand in sparse indexes for what is not checked out; an empty name is a change to the shared index.
    const isFolder = (mode & 0o170000) === 0o040000;
    if (version === 4) {
      last = Buffer.concat([prefix, bytes.subarray(at, stop)]);
      if (last.length > mostOnePath) throw new Damaged("a path is too long");
    }
    if (prefix.length + stop - at > 0 && !isFolder) {
      if (version === 4) paths.add(last, 0, last.length);
      else paths.add(bytes, at, stop);
      places.push(index);
    }
    at = version === 4 ? stop + 1 : start + ((stop - start + 8) & ~7);
  }
  return { paths, places, shares: readLink(bytes, at, end, hashBytes) };
}

/** The extension "link" names the shared index and which of its entries are gone. Others are passed over. */
function readLink(bytes: Buffer, from: number, end: number, hashBytes: number): Entries["shares"] {
  for (let at = from; at + 8 <= end; ) {
    const name = bytes.toString("latin1", at, at + 4);
    const length = bytes.readUInt32BE(at + 4);
    const body = at + 8;
    if (body + length > end) throw new Damaged("an extension was cut short");
    if (name === "link") {
      if (length < hashBytes) throw new Damaged("an extension was cut short");
      const id = bytes.toString("hex", body, body + hashBytes);
      if (/^0+$/u.test(id)) return undefined;
      const bitmap = bytes.subarray(body + hashBytes, body + length);
      return { name: id, isDeleted: bitmap.length === 0 ? () => false : readBitmap(bitmap) };
    }
    at = body + length;
  }
  return undefined;
}

/** One compressed bitmap (EWAH): runs of equal words of 64 bits, each followed by words as they are. */
function readBitmap(bytes: Buffer): (place: number) => boolean {
  if (bytes.length < 8) throw new Damaged("a bitmap was cut short");
  const bits = bytes.readUInt32BE(0);
  const words = bytes.readUInt32BE(4);
  if (bits > mostPaths || 8 + words * 8 > bytes.length) throw new Damaged("a bitmap was cut short");
  const set = new Uint8Array(Math.ceil(bits / 64) * 8 + 8);
  let bit = 0;
  for (let index = 0; index < words; ) {
    const marker = bytes.readBigUInt64BE(8 + index * 8);
    index += 1;
    const isSet = (marker & 1n) === 1n;
    const equal = Number((marker >> 1n) & 0xffff_ffffn) * 64;
    const plain = Number(marker >> 33n);
    if (bit + equal > set.length * 8 || index + plain > words) {
      throw new Damaged("a bitmap does not fit together");
    }
    if (isSet) for (let one = bit; one < bit + equal; one += 1) setBit(set, one);
    bit += equal;
    for (let word = 0; word < plain; word += 1, index += 1) {
      const value = bytes.readBigUInt64BE(8 + index * 8);
      if (bit + 64 > set.length * 8) throw new Damaged("a bitmap does not fit together");
      for (let one = 0; one < 64; one += 1) {
        if (((value >> BigInt(one)) & 1n) === 1n) setBit(set, bit + one);
      }
      bit += 64;
    }
  }
  return (place) => place < bits && ((set[place >> 3] ?? 0) & (1 << (place & 7))) !== 0;
}

function setBit(bits: Uint8Array, place: number): void {
  bits[place >> 3] = (bits[place >> 3] as number) | (1 << (place & 7));
}

/** Seven bits a byte, the highest first; each further byte counts from one on. */
function readVarint(bytes: Buffer, from: number, end: number): { value: number; next: number } {
  let at = from;
  let value = 0;
  for (;;) {
    if (at >= end || value > mostBytes) throw new Damaged("a number does not end");
    const byte = bytes[at] as number;
    value = value * 128 + (byte & 0x7f);
    at += 1;
    if ((byte & 0x80) === 0) return { value, next: at };
    value += 1;
  }
}
