/*
 * Which files the index of a folder has as a commit had them. Git says which files of the working tree are as they
 * were then, and the index which of these are as it read them: nothing is read for most files. What is found out holds
 * for good, since a blob has one content.
 */
import { hash } from "node:crypto";
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { readBounded } from "../../../base/files/read-file.ts";
import { isSameFile } from "../../../base/files/same-file.ts";
import { hashBytes } from "../../../base/files/text-of-file.ts";
import { yieldToEventLoop } from "../../../base/yield.ts";
import type { FileRecord } from "../../../ports/store.ts";
import type { CodeFile } from "./code-files.ts";

interface Question {
  file: CodeFile;
  record: FileRecord;
}

/** Fewer files are compared by their content: that is quicker than to ask git. */
const fewFiles = 48;
/** Larger ones are taken for changed. */
const mostReadBytes = 64 * 1024 * 1024;
const filesPerTurn = 256;
/** Facts that are kept; then they are found out anew. */
const mostKnown = 400_000;

export class SharedFiles {
  readonly #root: string;
  /** The hash by which the index knows the content of a blob. */
  readonly #hashes = new Map<string, string>();
  /** "blob hash": they are not of one content. */
  readonly #differing = new Set<string>();

  /** @param root folder of the index, links resolved */
  constructor(root: string) {
    this.#root = root;
  }

  /** Files of which nothing is known yet. */
  open(files: ReadonlyMap<string, CodeFile>, records: ReadonlyMap<string, FileRecord>): Question[] {
    const questions: Question[] = [];
    for (const [path, record] of records) {
      const file = files.get(path);
      if (file === undefined || this.#hashes.has(file.id)) continue;
      if (!this.#differing.has(`${file.id} ${record.contentHash}`))
        questions.push({ file, record });
    }
    return questions;
  }

  /** Git need not be asked for these. */
  isFew(questions: readonly Question[]): boolean {
    return questions.length <= fewFiles;
  }

  /**
   * @param unchanged files of the working tree that are as in the commit; undefined: their contents say it
   */
  async answer(questions: readonly Question[], unchanged?: ReadonlySet<string>): Promise<void> {
    if (this.#hashes.size + this.#differing.size > mostKnown) {
      this.#hashes.clear();
      this.#differing.clear();
    }
    for (const [at, { file, record }] of questions.entries()) {
      if (at % filesPerTurn === filesPerTurn - 1) await yieldToEventLoop();
      const isShared =
        unchanged === undefined
          ? await this.#hasContent(record, file.id)
          : unchanged.has(file.path) && (this.#isAsRead(record) || (await this.#hasHash(record)));
      if (isShared) this.#hashes.set(file.id, record.contentHash);
      else this.#differing.add(`${file.id} ${record.contentHash}`);
    }
  }

  isShared({ id }: CodeFile, record: FileRecord | undefined): boolean {
    return record !== undefined && this.#hashes.get(id) === record.contentHash;
  }

  #isAsRead({ path, stamp }: FileRecord): boolean {
    const facts = lstatSync(this.#pathOf(path), { throwIfNoEntry: false });
    if (facts?.isFile() !== true) return false;
    const { size: sizeBytes, mtimeMs, ctimeMs, ino: inode } = facts;
    return isSameFile(stamp, { sizeBytes, mtimeMs, ctimeMs, inode });
  }

  async #hasHash(record: FileRecord): Promise<boolean> {
    const bytes = await this.#read(record.path);
    return bytes !== undefined && hashBytes(bytes) === record.contentHash;
  }

  async #hasContent(record: FileRecord, id: string): Promise<boolean> {
    const bytes = await this.#read(record.path);
    if (bytes === undefined || hashBytes(bytes) !== record.contentHash) return false;
    if (blobId(bytes, id.length) === id) return true;
    if (!bytes.includes("\r\n")) return false;
    const plain = Buffer.from(bytes.toString("latin1").replaceAll("\r\n", "\n"), "latin1");
    return blobId(plain, id.length) === id;
  }

  async #read(path: string): Promise<Buffer | undefined> {
    const rules = { mostBytes: mostReadBytes, links: "refuse", inside: this.#root } as const;
    return await readBounded(this.#pathOf(path), rules).catch(() => undefined);
  }

  #pathOf(path: string): string {
    return join(this.#root, ...path.split("/"));
  }
}

function blobId(bytes: Buffer, length: number): string {
  const whole = Buffer.concat([Buffer.from(`blob ${bytes.length}\0`), bytes]);
  return hash(length === 64 ? "sha256" : "sha1", whole, "hex");
}
