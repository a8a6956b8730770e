/*
 * Reads an exported index. First what it says of itself, and who signed that; nothing else is looked at before its key is
 * trusted. Then all records are copied to a file that nobody else can write, compared with their sum and looked at one
 * by one: what an import takes later cannot have been changed meanwhile.
 */
import { createHash } from "node:crypto";
import { closeSync, readSync } from "node:fs";
import { join } from "node:path";
import { throwIfAborted } from "../../base/abort.ts";
import { fileError, HaypileError } from "../../base/errors.ts";
import { removeFile } from "../../base/files/patient.ts";
import { makePrivateFolder, openPrivate } from "../../base/files/private-files.ts";
import { FileRefusal, openRegular, openRegularSync, readSome } from "../../base/files/read-file.ts";
import { randomDigits } from "../../base/text/sha256.ts";
import type { ArtefactFacts } from "../../ports/answers/index-upkeep.ts";
import type { KnownVectors } from "../../ports/embedder.ts";
import { assertRoom, writeAll } from "./disk.ts";
import { fingerprintOf, isSignedBy } from "./keys.ts";
import {
  artefactFormat,
  invalid,
  type Manifest,
  mostManifestBytes,
  parseManifest,
  signatureBytes,
} from "./manifest.ts";
import { compareHash, hashOfText, recordBytes, vectorAt, wrongIn } from "./records.ts";

const begin = "haypile index ";
/** "haypile index 1\n00000123\n"; formats of two and three digits are longer. */
const mostHeadBytes = 40;
/** Of one of a later format: for the name of the program alone. */
const mostLookedAt = 4_096;
const pieceBytes = 1024 * 1024;

/** An exported index whose manifest was signed by the key in it. Close it. */
export interface OpenArtefact {
  manifest: Manifest;
  facts: ArtefactFacts;
  /** Where the records begin. */
  bodyAt: number;
  /** The descriptor. */
  file: number;
  path: string;
  close(): void;
}

/**
 * Opens one and checks what it says of itself, but for its records.
 * @throws HaypileError HAYPILE_SNAPSHOT_INVALID, HAYPILE_PATH_MISSING, HAYPILE_PERMISSION
 */
export async function openArtefact(path: string): Promise<OpenArtefact> {
  const { file, facts } = await openRegular(path, { links: "follow" }).catch((error: unknown) => {
    if (error instanceof FileRefusal) throw invalid(path, error.message);
    throw fileError(error, `read ${path}`);
  });
  try {
    const { manifest, bodyAt } = readHead(file, path);
    const { model, vectors } = manifest;
    const bytes = bodyAt + vectors * recordBytes(model.dimensions);
    if (facts.size !== bytes) {
      throw invalid(path, `it has ${facts.size} bytes and should have ${bytes}`);
    }
    return { manifest, facts: factsOf(manifest, bytes), bodyAt, file, path, close: once(file) };
  } catch (error) {
    closeSync(file);
    throw fileError(error, `read ${path}`);
  }
}

/** Whether a file begins as one of ours; false for what cannot be read. */
export function beginsLikeOurs(path: string): boolean {
  try {
    const { file } = openRegularSync(path, { links: "refuse" });
    try {
      return readAt(file, begin.length, 0).toString("latin1") === begin;
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}

function readHead(file: number, path: string): { manifest: Manifest; bodyAt: number } {
  const start = readAt(file, mostHeadBytes, 0).toString("latin1");
  const [line, format, length] = /^haypile index (\d{1,6})\n(\d{8})\n/u.exec(start) ?? [];
  const isNewer = Number(/^haypile index (\d{1,6})\n/u.exec(start)?.[1] ?? 0) > artefactFormat;
  if (isNewer) {
    // Where its manifest still says so by this name.
    const [, by] =
      /"haypile":"(\d[\w.+-]{0,39})"/u.exec(readAt(file, mostLookedAt, 0).toString("latin1")) ?? [];
    throw new HaypileError(
      "HAYPILE_SNAPSHOT_INVALID",
      `Expected an exported index of format ${artefactFormat}, but ${path} was written by a newer Haypile${by === undefined ? "" : `, ${by}`}. The index was not changed. Install that version here, or export with this one.`,
      { data: { file: path, program: by } },
    );
  }
  if (line === undefined) throw invalid(path, "it does not begin as one");
  const manifestBytes = Number(length);
  if (Number(format) !== artefactFormat || manifestBytes > mostManifestBytes) {
    throw invalid(path, "it does not begin as one");
  }
  const signed = line.length + manifestBytes;
  const head = readAt(file, signed + signatureBytes, 0);
  if (head.length !== signed + signatureBytes) throw invalid(path, "it ends in its beginning");
  const manifest = parseManifest(head.subarray(line.length, signed), path);
  if (!isSignedBy(manifest.key, head.subarray(0, signed), head.subarray(signed))) {
    throw invalid(path, "its signature does not fit what it says of itself");
  }
  return { manifest, bodyAt: signed + signatureBytes };
}

export function factsOf(manifest: Omit<Manifest, "body">, bytes: number): ArtefactFacts {
  const { haypile, commit, committed, folder, files, vectors, key, maker } = manifest;
  const { weights: _, ...model } = manifest.model;
  return {
    format: artefactFormat,
    haypile,
    model,
    commit,
    date: new Date(committed * 1_000).toISOString(),
    folder,
    files,
    vectors,
    bytes,
    key: fingerprintOf(key),
    maker,
  };
}

/** The vectors of an exported index by their texts, from a copy of its own. */
export class ArtefactVectors implements KnownVectors {
  readonly #file: number;
  readonly #dimensions: number;
  readonly #each: number;
  /** For each two bytes a hash may begin with the number of the first record that does; one more for the end. */
  readonly #starts: Uint32Array;
  readonly #close: () => void;
  readonly #record: Buffer;
  #found = 0;

  private constructor(file: number, dimensions: number, starts: Uint32Array, close: () => void) {
    this.#file = file;
    this.#dimensions = dimensions;
    this.#each = recordBytes(dimensions);
    this.#starts = starts;
    this.#close = close;
    this.#record = Buffer.alloc(this.#each);
  }

  /**
   * @param folder for the copy, which is gone when this is closed
   * @throws HaypileError HAYPILE_SNAPSHOT_INVALID, HAYPILE_DISK_FULL, HAYPILE_IO, HAYPILE_ABORTED
   */
  static async open(
    artefact: OpenArtefact,
    folder: string,
    signal: AbortSignal | undefined,
  ): Promise<ArtefactVectors> {
    const { manifest, path } = artefact;
    const { dimensions } = manifest.model;
    const copy = join(folder, `import-${process.pid}-${randomDigits()}.tmp`);
    const doing = `copy ${path} to ${copy}`;
    let file: number | undefined;
    try {
      makePrivateFolder(folder);
      await assertRoom(folder, manifest.vectors * recordBytes(dimensions), path);
      const out = openPrivate(copy, "wx");
      let starts: Uint32Array;
      try {
        file = openRegularSync(copy, { links: "refuse" }).file;
        // A process that is killed leaves nothing behind. Windows keeps the name of a file that is open.
        if (process.platform !== "win32") removeFile(copy);
        starts = await copyRecords(artefact, out, signal);
      } finally {
        closeSync(out);
      }
      const own = file;
      return new ArtefactVectors(own, dimensions, starts, () => {
        closeSync(own);
        removeFile(copy);
      });
    } catch (error) {
      if (file !== undefined) closeSync(file);
      removeFile(copy);
      throw fileError(error, doing);
    }
  }

  /** How many were found so far. */
  get found(): number {
    return this.#found;
  }

  find(texts: readonly string[]): (Float32Array | undefined)[] {
    return texts.map((text) => this.#find(hashOfText(text)));
  }

  #find(textHash: Buffer): Float32Array | undefined {
    const first = textHash.readUInt16BE(0);
    let low = this.#starts[first] as number;
    let high = this.#starts[first + 1] as number;
    while (low < high) {
      const middle = (low + high) >>> 1;
      readSync(this.#file, this.#record, 0, this.#each, middle * this.#each);
      const order = compareHash(this.#record, 0, textHash);
      if (order === 0) {
        this.#found += 1;
        return vectorAt(this.#record, 0, this.#dimensions);
      }
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return undefined;
  }

  close(): void {
    this.#close();
  }
}

/** Copies the records, and looks at each. Gives what ArtefactVectors finds them by. */
async function copyRecords(
  { manifest, bodyAt, file, path }: OpenArtefact,
  out: number,
  signal: AbortSignal | undefined,
): Promise<Uint32Array> {
  const { dimensions } = manifest.model;
  const each = recordBytes(dimensions);
  const perPiece = Math.max(1, Math.floor(pieceBytes / each));
  const piece = Buffer.alloc(perPiece * each);
  const sum = createHash("sha256");
  const counts = new Uint32Array(65_537);
  let last = Buffer.alloc(0);
  for (let done = 0; done < manifest.vectors; ) {
    throwIfAborted(signal, "The import");
    const records = Math.min(perPiece, manifest.vectors - done);
    const part = piece.subarray(0, records * each);
    await fill(file, part, bodyAt + done * each, path);
    sum.update(part);
    for (let at = 0; at < part.length; at += each) {
      if (last.length > 0 && compareHash(part, at, last) <= 0) {
        throw invalid(path, "its vectors are in no order");
      }
      last = Buffer.from(part.subarray(at, at + 16));
      const wrong = wrongIn(part, at, dimensions);
      if (wrong !== undefined) throw invalid(path, wrong);
      const next = part.readUInt16BE(at) + 1;
      counts[next] = (counts[next] as number) + 1;
    }
    writeAll(out, part, done * each);
    done += records;
  }
  if (sum.digest("hex") !== manifest.body) throw invalid(path, "the sum of its vectors is another");
  for (let i = 1; i < counts.length; i++) {
    counts[i] = (counts[i] as number) + (counts[i - 1] as number);
  }
  return counts;
}

async function fill(file: number, into: Buffer, position: number, path: string): Promise<void> {
  for (let at = 0; at < into.length; ) {
    const bytes = await readSome(file, into, at, into.length - at, position + at);
    if (bytes === 0) throw invalid(path, "it ends in the middle of its vectors");
    at += bytes;
  }
}

function readAt(file: number, bytes: number, position: number): Buffer {
  const into = Buffer.alloc(bytes);
  let at = 0;
  for (;;) {
    const got = readSync(file, into, at, bytes - at, position + at);
    at += got;
    if (got === 0 || at === bytes) return into.subarray(0, at);
  }
}

function once(file: number): () => void {
  let isOpen = true;
  return () => {
    if (isOpen) closeSync(file);
    isOpen = false;
  };
}
