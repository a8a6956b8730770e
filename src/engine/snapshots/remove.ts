/*
 * Removes snapshots. Pages that others need stay, in a file that has no other pages any more: what was in a snapshot that
 * is gone, and in none that stays, is on no disk.
 */
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { removeFile, replaceFile } from "../../base/files/patient.ts";
import { flushFolder } from "../../base/files/private-files.ts";
import { FileRefusal } from "../../base/files/read-file.ts";
import { noSnapshot } from "./image.ts";
import { isNewer, type Manifest, readManifest } from "./manifest.ts";
import { filesOf, idsIn, isLeft, namesIn } from "./names.ts";
import { type Block, PagesReader, PagesRefusal } from "./pages/reader.ts";
import { PagesWriter } from "./pages/writer.ts";

const pagesForm = /^(\d{8}T\d{9}Z-[0-9a-f]{6})\.pages$/u;

interface Others {
  manifests: Manifest[];
  /** A newer Haypile made some, of which nobody here knows what they need. */
  haveUnknown: boolean;
}

/** In a folder that nobody else works on. @throws HaypileError HAYPILE_SNAPSHOT_MISSING; the system's error */
export async function removeSnapshot(folder: string, id: string): Promise<void> {
  const files = filesOf(folder, id);
  const isThere = [files.manifest, files.pages, files.database].some(has);
  if (!isThere || (isLeft(files.pages) && !has(files.manifest))) throw noSnapshot(id);
  const others = await othersOf(folder, id);
  const isNeeded = others.haveUnknown || others.manifests.some((one) => needsOf(one).includes(id));
  if (isNeeded && has(files.pages) && leaveNeeded(folder, id, others)) {
    removeFile(files.manifest);
  } else {
    // From here on it is gone, and tidying does the rest should this process end.
    if (has(files.manifest)) replaceFile(files.manifest, files.gone);
    for (const path of [files.pages, files.database, files.gone]) removeFile(path);
  }
  flushFolder(folder);
  await dropUnneeded(folder, true);
}

/**
 * Takes away what nobody needs any more of the pages of snapshots that are gone.
 * @param looksInside single pages too, for which every table is read
 * @throws the system's error
 */
export async function dropUnneeded(folder: string, looksInside: boolean): Promise<void> {
  const left = namesIn(folder).flatMap((name) => pagesForm.exec(name)?.[1] ?? []);
  for (const id of left) {
    const { pages, manifest } = filesOf(folder, id);
    if (has(manifest) || !isLeft(pages)) continue;
    const others = await othersOf(folder, id);
    if (others.haveUnknown) continue;
    if (!others.manifests.some((one) => needsOf(one).includes(id))) removeFile(pages);
    else if (looksInside) leaveNeeded(folder, id, others);
  }
}

async function othersOf(folder: string, id: string): Promise<Others> {
  const manifests: Manifest[] = [];
  let haveUnknown = false;
  for (const other of idsIn(folder)) {
    if (other === id) continue;
    const said = await readManifest(filesOf(folder, other).manifest, other);
    if (typeof said !== "string") manifests.push(said);
    else if (isNewer(said)) haveUnknown = true;
  }
  return { manifests, haveUnknown };
}

/**
 * Writes the file anew with what others need of it; nothing when that is all there is already.
 * @returns false when it cannot be read: those that need it are damaged with it
 */
function leaveNeeded(folder: string, id: string, others: Others): boolean {
  const { pages, drafts } = filesOf(folder, id);
  const reader = readerOf(pages, id);
  if (reader === undefined) return false;
  try {
    const needed = neededOf(folder, id, others, reader);
    if (reader.foot.isLeft && needed.size === reader.foot.pages) return true;
    const writer = new PagesWriter(drafts.pages, reader.head);
    try {
      for (const block of reader.blocks()) addNeeded(writer, reader, block, needed);
      writer.finish(undefined, reader.head.pageBytes);
    } catch (error) {
      writer.close();
      removeFile(drafts.pages);
      throw error;
    }
  } finally {
    reader.close();
  }
  replaceFile(drafts.pages, pages);
  flushFolder(folder);
  return true;
}

/** A damaged block is left out: what needs it cannot be restored with it either. */
function addNeeded(
  writer: PagesWriter,
  reader: PagesReader,
  { line, numbers }: Block,
  needed: ReadonlySet<number>,
): void {
  const { pageBytes } = reader.head;
  const wanted = numbers.filter((number) => needed.has(number));
  if (wanted.length === 0) return;
  try {
    if (wanted.length === numbers.length) {
      writer.addPacked(line, reader.packed(line), numbers, pageBytes);
      return;
    }
    const block = reader.unpacked(line);
    for (const [place, number] of numbers.entries()) {
      if (!needed.has(number)) continue;
      writer.add(number, block.subarray(place * pageBytes, (place + 1) * pageBytes));
    }
  } catch (error) {
    if (!(error instanceof PagesRefusal)) throw error;
  }
}

/** Undefined: it is damaged, or no file. @throws the system's error */
function readerOf(path: string, id: string): PagesReader | undefined {
  try {
    return new PagesReader(path, id);
  } catch (error) {
    if (error instanceof PagesRefusal || error instanceof FileRefusal) return undefined;
    throw error;
  }
}

function neededOf(folder: string, id: string, others: Others, own: PagesReader): Set<number> {
  const needed = new Set<number>();
  if (others.haveUnknown) {
    for (const { numbers } of own.blocks()) for (const number of numbers) needed.add(number);
    return needed;
  }
  for (const manifest of others.manifests) {
    const file = needsOf(manifest).indexOf(id) + 1;
    if (file === 0) continue;
    const reader = has(filesOf(folder, manifest.id).pages)
      ? readerOf(filesOf(folder, manifest.id).pages, manifest.id)
      : undefined;
    // Without its own pages it cannot be restored any more, whatever is kept for it.
    if (reader === undefined) continue;
    for (let page = 0; page < reader.wholePages; page += 1) {
      if (reader.fileOf(page) === file) needed.add(page);
    }
    reader.close();
  }
  return needed;
}

function needsOf(manifest: Manifest): readonly string[] {
  return manifest.format === 2 ? manifest.needs : [];
}

function has(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** All files of snapshots, bytes. */
export function bytesIn(folder: string): number {
  return namesIn(folder).reduce((sum, name) => {
    const stats = lstatSync(join(folder, name), { throwIfNoEntry: false });
    return sum + (stats?.isFile() === true ? stats.size : 0);
  }, 0);
}
