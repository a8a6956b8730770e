/* Writes a file of pages: each once, in ascending order. */
import { closeSync, fsyncSync, writeSync } from "node:fs";
import { openPrivate } from "../../../base/files/private-files.ts";
import { pack } from "./codec.ts";
import { digestOf, footOf, type Head, headOf, indexOf, type Line } from "./layout.ts";

export class PagesWriter {
  readonly #file: number;
  readonly #head: Buffer;
  readonly #blockBytes: number;
  readonly #lines: Line[] = [];
  readonly #numbers: number[] = [];
  /** One for all: of new ones, hundreds would wait for the collector. */
  readonly #block: Buffer;
  #filled = 0;
  #at: number;
  #isOpen = true;

  /** @param path a name that is free @throws the system's error */
  constructor(path: string, head: Head) {
    this.#head = headOf(head);
    this.#blockBytes = head.pageBytes * head.pagesPerBlock;
    this.#block = Buffer.allocUnsafe(this.#blockBytes);
    this.#file = openPrivate(path, "wx");
    this.#at = 0;
    this.#put(this.#head);
  }

  get pages(): number {
    return this.#numbers.length;
  }

  /** @param number greater than the one before */
  add(number: number, page: Buffer): void {
    this.#numbers.push(number);
    page.copy(this.#block, this.#filled);
    this.#filled += page.length;
    if (this.#filled === this.#blockBytes) this.#pack(page.length);
  }

  /** A block as it stands in another file. @param numbers of its pages */
  addPacked(line: Line, bytes: Buffer, numbers: readonly number[], pageBytes: number): void {
    if (this.#filled > 0) this.#pack(pageBytes);
    this.#numbers.push(...numbers);
    this.#lines.push({ ...line, at: this.#at });
    this.#put(bytes);
  }

  /**
   * All is on the disk when this returns. @returns the digest that the foot has of everything but the blocks
   * @param table of the whole; undefined: the snapshot is gone, and others need these pages
   */
  finish(table: Buffer | undefined, pageBytes: number): Buffer {
    if (this.#filled > 0) this.#pack(pageBytes);
    const index = indexOf(this.#lines, this.#numbers);
    const said = table ?? Buffer.alloc(0);
    const foot = footOf(
      {
        indexAt: this.#at,
        indexBytes: index.length,
        tableBytes: said.length,
        blocks: this.#lines.length,
        pages: this.#numbers.length,
        isLeft: table === undefined,
      },
      [this.#head, index, said],
    );
    for (const part of [index, said, foot]) this.#put(part);
    fsyncSync(this.#file);
    this.close();
    return foot.subarray(foot.length - 32);
  }

  /** A second call is harmless. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSync(this.#file);
  }

  #pack(pageBytes: number): void {
    const { code, bytes } = pack(this.#block.subarray(0, this.#filled));
    const pages = this.#filled / pageBytes;
    this.#filled = 0;
    const digest = digestOf(bytes);
    this.#lines.push({ at: this.#at, bytes: bytes.length, pages, code, digest });
    this.#put(bytes);
  }

  #put(bytes: Buffer): void {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.#file, bytes, done, bytes.length - done);
    }
    this.#at += bytes.length;
  }
}
