import { closeSync } from "node:fs";
import { fileError } from "../../base/errors.ts";
import { openRegular, readSome } from "../../base/files/read-file.ts";
import { ScipDamage } from "./wire.ts";

/** Bytes read at once. A part of a document that is larger is never looked into. */
const windowBytes = 1_048_576;

/** A file of any length, seen through a window that moves over it. What is passed over is not read. */
export class FileWindow {
  readonly size: number;
  readonly mtimeMs: number;
  readonly #file: number;
  readonly #buffer = Buffer.allocUnsafe(windowBytes);
  #from = 0;
  #to = 0;

  private constructor(file: number, size: number, mtimeMs: number) {
    this.#file = file;
    this.size = size;
    this.mtimeMs = mtimeMs;
  }

  /** @throws HaypileError HAYPILE_PATH_MISSING, HAYPILE_PERMISSION, HAYPILE_IO */
  static async open(path: string): Promise<FileWindow> {
    try {
      const { file, facts } = await openRegular(path, { links: "follow" });
      return new FileWindow(file, facts.size, facts.mtimeMs);
    } catch (error) {
      throw fileError(error, `read the SCIP index ${path}`);
    }
  }

  /** Up to `wanted` bytes from `at` on, fewer at the end of the file, where they are at hand; else undefined. */
  now(at: number, wanted: number): Buffer | undefined {
    const end = Math.min(at + wanted, this.size);
    return at >= this.#from && end <= this.#to
      ? this.#buffer.subarray(at - this.#from, end - this.#from)
      : undefined;
  }

  /** The same, read where they are not at hand. They are there until the next call. @param wanted up to 1 MiB */
  async bytes(at: number, wanted: number): Promise<Buffer> {
    const there = this.now(at, wanted);
    if (there !== undefined) return there;
    this.#from = at;
    this.#to = at;
    const most = Math.min(windowBytes, this.size - at);
    while (this.#to - at < most) {
      const have = this.#to - at;
      const count = await readSome(this.#file, this.#buffer, have, most - have, this.#to);
      if (count === 0) throw new ScipDamage("the file became shorter while it was read", this.#to);
      this.#to += count;
    }
    return this.now(at, wanted) as Buffer;
  }

  close(): void {
    closeSync(this.#file);
  }
}
