/* Reads a file of pages. What it says of itself is believed once the digest of its foot is right, and no block before its own. */
import { closeSync, fstatSync, readSync } from "node:fs";
import { openRegularSync } from "../../../base/files/read-file.ts";
import { unpack } from "./codec.ts";
import {
  digestBytes,
  digestOf,
  type Foot,
  footBytes,
  type Head,
  headBytes,
  type Line,
  readFoot,
  readHead,
  readLines,
  tableBytesPerPage,
  tailDigest,
} from "./layout.ts";

/** Why a file of pages cannot be used, in words that stand after "the snapshot X cannot be used: ". */
export class PagesRefusal extends Error {}

export interface Block {
  line: Line;
  /** Of its pages, ascending. */
  numbers: number[];
}

export class PagesReader {
  readonly path: string;
  readonly head: Head;
  readonly foot: Foot;
  readonly bytes: number;
  readonly #file: number;
  readonly #lines: Line[];
  readonly #numbers: Buffer;
  readonly #table: Buffer;
  /** Of each block, the place of its first page among all. */
  readonly #firsts: number[] = [];
  #held: { block: number; bytes: Buffer } | undefined;
  /** Where the last page was found: pages are mostly asked for in ascending order. */
  #place = 0;
  #isOpen = true;

  /** @param id the snapshot it must be of @throws PagesRefusal; the system's error; FileRefusal for a link or no file */
  constructor(path: string, id: string) {
    this.path = path;
    const { file } = openRegularSync(path, { links: "refuse" });
    this.#file = file;
    try {
      this.bytes = fstatSync(file).size;
      if (this.bytes < headBytes + footBytes) throw new PagesRefusal("its file of pages is cut");
      const head = this.#read(0, headBytes);
      const said = readHead(head);
      if (typeof said === "string") throw new PagesRefusal(said);
      if (said.id !== id) throw new PagesRefusal(`its file of pages is that of another snapshot`);
      const foot = this.#read(this.bytes - footBytes, footBytes);
      const found = readFoot(foot, this.bytes);
      if (found === undefined) throw new PagesRefusal("its file of pages is cut or damaged");
      const index = this.#read(found.indexAt, found.indexBytes);
      this.#table = this.#read(found.indexAt + found.indexBytes, found.tableBytes);
      if (!tailDigest([head, index, this.#table], foot).equals(found.digest)) {
        throw new PagesRefusal("its file of pages is damaged");
      }
      this.head = said;
      this.foot = found;
      this.#lines = readLines(index, found.blocks);
      this.#numbers = index.subarray(index.length - found.pages * 4);
      let pages = 0;
      for (const line of this.#lines) {
        this.#firsts.push(pages);
        pages += line.pages;
        const isSound =
          line.pages >= 1 &&
          line.pages <= said.pagesPerBlock &&
          line.at + line.bytes <= found.indexAt;
        if (!isSound) throw new PagesRefusal("its file of pages is damaged");
      }
      if (pages !== found.pages) throw new PagesRefusal("its file of pages is damaged");
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }

  /** Pages of the whole that the table is of. */
  get wholePages(): number {
    return this.#table.length / tableBytesPerPage;
  }

  get digest(): Buffer {
    return this.foot.digest;
  }

  /** In which of its files a page of the whole is: 0 is this one. */
  fileOf(page: number): number {
    return this.#table[page] as number;
  }

  digestOf(page: number): Buffer {
    const at = this.wholePages + page * digestBytes;
    return this.#table.subarray(at, at + digestBytes);
  }

  *blocks(): Generator<Block> {
    for (const [at, line] of this.#lines.entries()) {
      const first = this.#firsts[at] as number;
      const numbers = Array.from({ length: line.pages }, (_, place) => this.#number(first + place));
      yield { line, numbers };
    }
  }

  /** A block as it stands in the file. @throws PagesRefusal when it is damaged */
  packed({ at, bytes, digest }: Line): Buffer {
    const packed = this.#read(at, bytes);
    if (digestOf(packed).equals(digest)) return packed;
    throw new PagesRefusal("a block of its pages is damaged");
  }

  /** @throws PagesRefusal; HaypileError HAYPILE_SNAPSHOT_INVALID when this Node cannot unpack it */
  unpacked(line: Line): Buffer {
    const size = line.pages * this.head.pageBytes;
    const block = unpack({ code: line.code, bytes: this.packed(line) }, size);
    if (block !== undefined) return block;
    throw new PagesRefusal("a block of its pages is damaged");
  }

  /** A page by its number; undefined: it is not here. Good until the next is asked for. @throws as unpacked() */
  page(number: number): Buffer | undefined {
    const place = this.#find(number);
    if (place === undefined) return undefined;
    let block = this.#held?.block ?? 0;
    if ((this.#firsts[block] ?? 0) > place) block = 0;
    while ((this.#firsts[block + 1] ?? Number.POSITIVE_INFINITY) <= place) block += 1;
    if (this.#held?.block !== block) {
      this.#held = { block, bytes: this.unpacked(this.#lines[block] as Line) };
    }
    const { pageBytes } = this.head;
    const at = (place - (this.#firsts[block] as number)) * pageBytes;
    return this.#held.bytes.subarray(at, at + pageBytes);
  }

  /** A second call is harmless. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#held = undefined;
    closeSync(this.#file);
  }

  #number(place: number): number {
    return this.#numbers.readUInt32LE(place * 4);
  }

  #find(number: number): number | undefined {
    const { pages } = this.foot;
    for (let at = this.#place; at < Math.min(pages, this.#place + 4); at += 1) {
      if (this.#number(at) === number) {
        this.#place = at;
        return at;
      }
    }
    let low = 0;
    let high = pages;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#number(middle) < number) low = middle + 1;
      else high = middle;
    }
    if (low === pages || this.#number(low) !== number) return undefined;
    this.#place = low;
    return low;
  }

  #read(at: number, bytes: number): Buffer {
    const buffer = Buffer.allocUnsafe(bytes);
    for (let done = 0; done < bytes; ) {
      const read = readSync(this.#file, buffer, done, bytes - done, at + done);
      if (read === 0) throw new PagesRefusal("its file of pages is cut");
      done += read;
    }
    return buffer;
  }
}
