/*
 * Makes a snapshot: a copy by SQLite, cut into pages, of which those are kept that the last one has not. Names are given
 * last, so that a process that is killed leaves drafts, which the next one removes.
 */
import { createHash } from "node:crypto";
import { closeSync, readSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { removeFile, replaceFile } from "../../base/files/patient.ts";
import { flushFolder, flushPrivate, writePrivate } from "../../base/files/private-files.ts";
import { openRegularSync } from "../../base/files/read-file.ts";
import { packageVersion } from "../../base/package/own-package.ts";
import type { SnapshotReason } from "../../ports/answers/time/snapshots.ts";
import { copyDatabase } from "../../storage/sqlite/copies/copy.ts";
import { kindOf, type Place } from "./kinds.ts";
import { lookAt } from "./look.ts";
import { manifestText, type PagesManifest } from "./manifest.ts";
import { filesOf, idsIn, newId } from "./names.ts";
import { digestBytes, digestOf, mostFiles, pagesPerBlock } from "./pages/layout.ts";
import { PagesReader } from "./pages/reader.ts";
import { PagesWriter } from "./pages/writer.ts";

/** With more of its pages new than this, a snapshot takes all: the next ones then need fewer files. */
const mostNewShare = 0.5;
const bytesPerRead = 1_048_576;
/** Of the snapshots that are there so many are looked at for pages to share. */
const mostLookedAt = 8;

export interface Wanted {
  at: number;
  note: string;
  reason: SnapshotReason;
  full: boolean;
  /** A damaged database is taken as it is. Default: it is refused. */
  keepsDamage?: boolean | undefined;
}

/** In whose pages another snapshot may find its own. */
interface Base {
  manifest: PagesManifest;
  reader: PagesReader;
}

/** @returns its id @throws HaypileError as copyDatabase(); the system's error */
export async function makeSnapshot(place: Place, wanted: Wanted): Promise<string> {
  const { folder } = place;
  const id = newId(wanted.at);
  const { drafts, ...names } = filesOf(folder, id);
  try {
    const { database, root: indexOf } = place;
    const copied = await copyDatabase(kindOf(place), database, drafts.database, wanted.keepsDamage);
    const base = wanted.full ? undefined : await findBase(place, drafts.database);
    try {
      const said = writePages(id, folder, drafts, base);
      const { at, note, reason } = wanted;
      const when = { id, at: new Date(at).toISOString(), note, reason, version: packageVersion };
      writePrivate(drafts.manifest, manifestText({ ...when, ...copied, ...said, indexOf }), "wx");
    } finally {
      base?.reader.close();
    }
    removeFile(drafts.database);
    flushPrivate(drafts.manifest);
    // Once the pages have their name, tidy() gives the manifest its own should this process end here.
    replaceFile(drafts.pages, names.pages);
    replaceFile(drafts.manifest, names.manifest);
    for (const path of [folder, dirname(folder)]) flushFolder(path);
    return id;
  } catch (error) {
    for (const side of ["", "-wal", "-shm", "-journal"]) removeFile(`${drafts.database}${side}`);
    for (const draft of [drafts.pages, drafts.manifest]) removeFile(draft);
    throw error;
  }
}

/** The newest that is whole, has not gone through too many files, and has pages of this size. */
async function findBase(place: Place, database: string): Promise<Base | undefined> {
  const { folder } = place;
  const pageBytes = pageSizeOf(database);
  for (const id of idsIn(folder).slice(0, mostLookedAt)) {
    const { snapshot, manifest } = await lookAt(place, id);
    if (manifest?.format !== 2 || snapshot.problem !== undefined) continue;
    if (manifest.pageBytes !== pageBytes || manifest.needs.length + 1 >= mostFiles)
      return undefined;
    try {
      const reader = new PagesReader(filesOf(folder, id).pages, id);
      if (reader.digest.toString("hex") === manifest.foot) return { manifest, reader };
      reader.close();
    } catch {
      // A damaged one is told by whoever verifies it; this one then shares nothing.
    }
  }
  return undefined;
}

function writePages(
  id: string,
  folder: string,
  drafts: { database: string; pages: string },
  base: Base | undefined,
): Pick<PagesManifest, "pageBytes" | "bytes" | "sha256" | "storedBytes" | "foot" | "needs"> {
  const pageBytes = pageSizeOf(drafts.database);
  const bytes = statSync(drafts.database).size;
  const pages = bytes / pageBytes;
  const writer = new PagesWriter(drafts.pages, { pageBytes, pagesPerBlock, id });
  try {
    const table = Buffer.alloc(pages * (1 + digestBytes));
    const used = new Set<number>();
    const sum = createHash("sha256");
    let number = 0;
    for (const piece of piecesOf(drafts.database)) {
      sum.update(piece);
      for (let at = 0; at < piece.length; at += pageBytes) {
        const page = piece.subarray(at, at + pageBytes);
        const digest = digestOf(page);
        digest.copy(table, pages + number * digestBytes);
        const shared = placeIn(base, number, digest);
        if (shared === undefined) writer.add(number, page);
        else {
          table[number] = shared + 1;
          used.add(shared);
        }
        number += 1;
      }
    }
    if (base !== undefined && writer.pages > pages * mostNewShare) {
      writer.close();
      removeFile(drafts.pages);
      return writePages(id, folder, drafts, undefined);
    }
    // Files that nothing is needed of any more are named no more.
    const files = base === undefined ? [] : [base.manifest.id, ...base.manifest.needs];
    const needs: string[] = [];
    const places = new Uint8Array(files.length + 1);
    for (const place of [...used].sort((a, b) => a - b)) {
      needs.push(files[place] as string);
      places[place + 1] = needs.length;
    }
    for (let page = 0; page < pages; page += 1)
      table[page] = places[table[page] as number] as number;
    const foot = writer.finish(table, pageBytes).toString("hex");
    const { size: storedBytes } = statSync(drafts.pages);
    return { pageBytes, bytes, sha256: sum.digest("hex"), storedBytes, foot, needs };
  } finally {
    writer.close();
  }
}

/** In which of the base's files the same page is: 0 is its own. */
function placeIn(base: Base | undefined, page: number, digest: Buffer): number | undefined {
  if (base === undefined || page >= base.reader.wholePages) return undefined;
  return base.reader.digestOf(page).equals(digest) ? base.reader.fileOf(page) : undefined;
}

function pageSizeOf(database: string): number {
  const { file } = openRegularSync(database, { links: "refuse" });
  try {
    const header = Buffer.alloc(18);
    readSync(file, header, 0, 18, 0);
    const said = header.readUInt16BE(16);
    return said === 1 ? 65_536 : said;
  } finally {
    closeSync(file);
  }
}

/** Whole pages of a file. Each is good until the next. */
function* piecesOf(path: string): Generator<Buffer> {
  const { file } = openRegularSync(path, { links: "refuse" });
  const buffer = Buffer.allocUnsafe(bytesPerRead);
  try {
    for (;;) {
      let filled = 0;
      while (filled < buffer.length) {
        const read = readSync(file, buffer, filled, buffer.length - filled, null);
        if (read === 0) break;
        filled += read;
      }
      if (filled > 0) yield buffer.subarray(0, filled);
      if (filled < buffer.length) return;
    }
  } finally {
    closeSync(file);
  }
}
