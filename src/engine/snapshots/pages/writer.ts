/* Writes a file of pages: each once, in ascending order. Blocks are packed beside it, at most two at a time. */
import { closeSync, fsyncSync, writeSync } from "node:fs";
import { openPrivate } from "../../../base/files/private-files.ts";
import { pack } from "./codec.ts";
import { digestOf, footOf, type Head, headOf, indexOf, type Line } from "./layout.ts";

const mostAtWork = 2;

export class PagesWriter {
  readonly #file: number;
  readonly #head: Buffer;
  readonly #blockBytes: number;
  readonly #lines: Line[] = [];
  readonly #numbers: number[] = [];
  /** Blocks that are being packed, the oldest first. */
  readonly #atWork: { block: Buffer; pages: number; packed: ReturnType<typeof pack> }[] = [];
  /** Blocks that are used again: of new ones for each, hundreds would wait for the collector. */
  readonly #free: Buffer[] = [];
  #block: Buffer;
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
  async add(number: number, page: Buffer): Promise<void> {
    this.#numbers.push(number);
    page.copy(this.#block, this.#filled);
    this.#filled += page.length;
    if (this.#filled === this.#blockBytes) await this.#pack(page.length);
  }

  /** A block as it stands in another file. @param numbers of its pages */
  async addPacked(line: Line, bytes: Buffer, numbers: readonly number[], pageBytes: number) {
    if (this.#filled > 0) await this.#pack(pageBytes);
    while (this.#atWork.length > 0) await this.#takeOne();
    this.#numbers.push(...numbers);
    this.#lines.push({ ...line, at: this.#at });
    this.#put(bytes);
  }

  /**
   * All is on the disk when this resolves. @returns the digest that the foot has of everything but the blocks
   * @param table of the whole; undefined: the snapshot is gone, and others need these pages
   */
  async finish(table: Buffer | undefined, pageBytes: number): Promise<Buffer> {
    if (this.#filled > 0) await this.#pack(pageBytes);
    while (this.#atWork.length > 0) await this.#takeOne();
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
    // What is being packed is of no use any more, and its failing is nobody's business.
    for (const { packed } of this.#atWork.splice(0)) packed.catch(() => undefined);
    closeSync(this.#file);
  }

  async #pack(pageBytes: number): Promise<void> {
    const block = this.#block.subarray(0, this.#filled);
    const pages = this.#filled / pageBytes;
    this.#atWork.push({ block: this.#block, pages, packed: pack(block) });
    this.#filled = 0;
    if (this.#atWork.length >= mostAtWork) await this.#takeOne();
    this.#block = this.#free.pop() ?? Buffer.allocUnsafe(this.#blockBytes);
  }

  async #takeOne(): Promise<void> {
    const [first] = this.#atWork;
    if (first === undefined) return;
    const { code, bytes } = await first.packed;
    this.#atWork.shift();
    this.#lines.push({
      at: this.#at,
      bytes: bytes.length,
      pages: first.pages,
      code,
      digest: digestOf(bytes),
    });
    this.#put(bytes);
    this.#free.push(first.block);
  }

  #put(bytes: Buffer): void {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.#file, bytes, done, bytes.length - done);
    }
    this.#at += bytes.length;
  }
}
