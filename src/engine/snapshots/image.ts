/* Makes the database file again that a snapshot is of, and compares it with what was written. */
import { createHash } from "node:crypto";
import { closeSync, copyFileSync, fsyncSync, lstatSync, writeSync } from "node:fs";
import { HaypileError } from "../../base/errors.ts";
import { flushPrivate, openPrivate } from "../../base/files/private-files.ts";
import { FileRefusal, openRegularSync, readPieces } from "../../base/files/read-file.ts";
import { copyOf } from "../../storage/sqlite/memories/copies/kept-copies.ts";
import { kindOf, type Place } from "./kinds.ts";
import { lookAt } from "./look.ts";
import type { Manifest, PagesManifest } from "./manifest.ts";
import { beforeVersion, filesOf, isLeft } from "./names.ts";
import { digestOf } from "./pages/layout.ts";
import { PagesReader, PagesRefusal } from "./pages/reader.ts";

const pieceBytes = 1_048_576;

/** What was made again. */
export interface Image {
  bytes: number;
  sha256: string;
  /** Pages, and files that they came from; 0 for a snapshot that is a whole file. */
  pages: number;
  files: number;
}

/**
 * @param to a name that is free; what was begun is left there when it fails
 * @throws HaypileError HAYPILE_SNAPSHOT_MISSING, HAYPILE_SNAPSHOT_INVALID, HAYPILE_USAGE; the system's error of writing it
 */
export async function makeImage(place: Place, id: string, to: string): Promise<Image> {
  const { database, folder } = place;
  const files = filesOf(folder, id);
  const before = beforeVersion(id);
  if (before !== undefined && place.root === undefined)
    return await copyFile(id, copyOf(database, before), to, undefined);
  const { snapshot, manifest } = await lookAt(place, id);
  if (manifest === undefined) {
    // What lies there for others alone is none.
    const isThere = [files.manifest, files.pages, files.database].some(
      (path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined && !isLeft(path),
    );
    throw isThere ? invalid(id, snapshot.problem ?? "it is damaged") : noSnapshot(id);
  }
  assertKnown(place, id, manifest);
  if (snapshot.problem !== undefined) throw invalid(id, snapshot.problem);
  if (manifest.format === 1) return await copyFile(id, files.database, to, manifest.sha256);
  return joinPages(folder, manifest, to);
}

/** @throws HaypileError HAYPILE_SNAPSHOT_INVALID for a database of a later version */
function assertKnown(place: Place, id: string, { schema, version }: Manifest): void {
  if (schema <= kindOf(place).schema.steps.length) return;
  throw invalid(id, `it was made by a newer Haypile ${version} (schema ${schema}). Update Haypile`);
}

function joinPages(folder: string, manifest: PagesManifest, to: string): Image {
  const { id, needs, pageBytes, bytes } = manifest;
  const readers: PagesReader[] = [];
  try {
    for (const one of [id, ...needs]) readers.push(openPages(folder, id, one));
    const own = readers[0] as PagesReader;
    const pages = bytes / pageBytes;
    if (own.digest.toString("hex") !== manifest.foot || own.wholePages !== pages) {
      throw new PagesRefusal("its file of pages is not that which its manifest names");
    }
    if (readers.some(({ head }) => head.pageBytes !== pageBytes)) {
      throw new PagesRefusal("its pages have another size than its manifest says");
    }
    const sha256 = writePages(readers, pages, pageBytes, to);
    if (sha256 !== manifest.sha256) throw new PagesRefusal("the sum of the whole file is another");
    return { bytes, sha256, pages, files: readers.length };
  } catch (error) {
    throw error instanceof PagesRefusal ? invalid(id, error.message) : error;
  } finally {
    for (const reader of readers) reader.close();
  }
}

function openPages(folder: string, id: string, of: string): PagesReader {
  try {
    return new PagesReader(filesOf(folder, of).pages, of);
  } catch (error) {
    const isRefused = error instanceof PagesRefusal || error instanceof FileRefusal;
    if (!isRefused) throw error;
    const what = error instanceof FileRefusal ? "its file is no regular file" : error.message;
    throw new PagesRefusal(of === id ? what : `of ${of}, whose pages it shares: ${what}`);
  }
}

/** @returns the sum of what was written, once it is on the disk */
function writePages(
  readers: readonly PagesReader[],
  pages: number,
  pageBytes: number,
  to: string,
): string {
  const own = readers[0] as PagesReader;
  const sum = createHash("sha256");
  const file = openPrivate(to, "wx");
  try {
    const piece = Buffer.allocUnsafe(Math.max(1, Math.floor(pieceBytes / pageBytes)) * pageBytes);
    let filled = 0;
    for (let number = 0; number < pages; number += 1) {
      const page = readers[own.fileOf(number)]?.page(number);
      if (page === undefined) throw new PagesRefusal(`page ${number} of it is missing`);
      if (!digestOf(page).equals(own.digestOf(number))) {
        throw new PagesRefusal(`page ${number} of it is not what was written`);
      }
      page.copy(piece, filled);
      filled += pageBytes;
      if (filled < piece.length && number < pages - 1) continue;
      const full = piece.subarray(0, filled);
      sum.update(full);
      for (let done = 0; done < full.length; ) done += writeSync(file, full, done);
      filled = 0;
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return sum.digest("hex");
}

async function copyFile(
  id: string,
  from: string,
  to: string,
  expected: string | undefined,
): Promise<Image> {
  try {
    closeSync(openRegularSync(from, { links: "refuse" }).file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw noSnapshot(id);
    throw error instanceof FileRefusal ? invalid(id, "its file is no regular file") : error;
  }
  closeSync(openPrivate(to, "wx"));
  copyFileSync(from, to);
  flushPrivate(to);
  const { sha256, bytes } = await sumOf(to);
  if (expected !== undefined && sha256 !== expected) {
    throw invalid(
      id,
      `it is not what was written. "haypile memories rescue --db ${from} --to good.db" makes a good file of what can be read`,
    );
  }
  return { bytes, sha256, pages: 0, files: 0 };
}

/** Of a file as it is on the disk. */
export async function sumOf(path: string): Promise<{ sha256: string; bytes: number }> {
  const sum = createHash("sha256");
  let bytes = 0;
  const rules = { mostBytes: Number.MAX_SAFE_INTEGER, links: "refuse", pieceBytes } as const;
  for await (const piece of readPieces(path, rules)) {
    sum.update(piece);
    bytes += piece.length;
  }
  return { sha256: sum.digest("hex"), bytes };
}

export function invalid(id: string, what: string): HaypileError {
  return new HaypileError(
    "HAYPILE_SNAPSHOT_INVALID",
    `The snapshot ${id} cannot be used: ${what}.`,
    { data: { id, finding: what } },
  );
}

export function noSnapshot(id: string): HaypileError {
  return new HaypileError(
    "HAYPILE_SNAPSHOT_MISSING",
    `There is no snapshot ${id}. "haypile snapshot list" lists those that are there.`,
    { data: { id } },
  );
}
