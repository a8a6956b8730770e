import type { Stats } from "node:fs";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { readBounded } from "../../base/files/read-file.ts";
import { isSameFile } from "../../base/files/same-file.ts";
import { hashBytes, linesOfFile } from "../../base/files/text-of-file.ts";
import { realPathSync } from "../../base/paths/real-path.ts";
import type { ChunkPlace, FileRecord } from "../../ports/store.ts";

/**
 * What the disk says of a hit: "fresh" when its lines are still there, "moved" when they are at other
 * lines of the file, "stale" when they are not in it any more, "gone" when the file is not.
 */
export type Freshness =
  | { state: "fresh" | "stale" | "gone" }
  | { state: "moved"; startLine: number; endLine: number };

/** Larger files are not read for a search. */
const mostBytes = 8 * 1024 * 1024;

/** A file as it is now. */
interface ReadNow {
  contentHash: string;
  lines: string[];
}

/**
 * Compares hits with the files they came from: by size, times and number first, and by their text when those
 * changed. Files are looked at and read once.
 */
export class FreshnessCheck {
  readonly #root: string;
  readonly #facts = new Map<string, Promise<Stats | undefined>>();
  readonly #files = new Map<string, Promise<ReadNow | undefined>>();
  /** Paths that differ from the index: to be indexed again. */
  readonly changed = new Set<string>();

  constructor(root: string) {
    this.#root = realFolder(root);
  }

  /** Begins to look at files that will be asked for: all at once, not one after the other. */
  expect(paths: Iterable<string>): void {
    for (const path of paths) void this.#factsOf(join(this.#root, path));
  }

  async check(place: ChunkPlace, record: FileRecord | undefined): Promise<Freshness> {
    const path = join(this.#root, place.path);
    const facts = await this.#factsOf(path);
    if (facts === undefined || !facts.isFile()) {
      this.changed.add(place.path);
      return { state: "gone" };
    }
    const { size: sizeBytes, mtimeMs, ctimeMs, ino: inode } = facts;
    if (record !== undefined && isSameFile(record.stamp, { sizeBytes, mtimeMs, ctimeMs, inode })) {
      return { state: "fresh" };
    }
    if (facts.size > mostBytes) {
      this.changed.add(place.path);
      return { state: "stale" };
    }
    const now = await this.#readNow(path);
    // Only its times are others, as of a copy that was put back.
    if (now !== undefined && now.contentHash === record?.contentHash) return { state: "fresh" };
    this.changed.add(place.path);
    return now === undefined ? { state: "gone" } : locate(now.lines, place);
  }

  #factsOf(path: string): Promise<Stats | undefined> {
    let facts = this.#facts.get(path);
    if (facts === undefined) {
      facts = lstat(path).catch(() => undefined);
      this.#facts.set(path, facts);
    }
    return facts;
  }

  #readNow(path: string): Promise<ReadNow | undefined> {
    let now = this.#files.get(path);
    if (now === undefined) {
      const rules = { mostBytes, links: "refuse", inside: this.#root } as const;
      now = readBounded(path, rules).then(
        (bytes) => ({ contentHash: hashBytes(bytes), lines: linesOfFile(path, bytes) ?? [] }),
        () => undefined,
      );
      this.#files.set(path, now);
    }
    return now;
  }
}

function realFolder(folder: string): string {
  try {
    return realPathSync(folder);
  } catch {
    return folder;
  }
}

/** A line below this is never cut into pieces, characters: a model that reads 254 tokens takes it whole. */
const leastCutLine = 250;

/** Looks for a chunk's lines in a file: at their old place, then everywhere, the nearest one first. */
export function locate(lines: readonly string[], place: ChunkPlace): Freshness {
  const wanted = place.text.split("\n");
  const isPiece = wanted.length === 1 && place.startLine === place.endLine;
  const isAt = (start: number): boolean =>
    wanted.every((line, i) => isThere(line, lines[start + i], isPiece));
  const old = place.startLine - 1;
  if (isAt(old)) return { state: "fresh" };
  let best: number | undefined;
  for (let start = 0; start + wanted.length <= lines.length; start += 1) {
    const isNearer = best === undefined || Math.abs(start - old) < Math.abs(best - old);
    if (isNearer && isAt(start)) best = start;
  }
  return best === undefined
    ? { state: "stale" }
    : { state: "moved", startLine: best + 1, endLine: best + wanted.length };
}

/** As a whole line; of a line that is cut into chunks, as whole words in it. */
function isThere(wanted: string, line: string | undefined, mayBePiece: boolean): boolean {
  if (line === undefined) return false;
  if (line === wanted) return true;
  if (!mayBePiece || line.length < leastCutLine) return false;
  for (let at = line.indexOf(wanted); at >= 0; at = line.indexOf(wanted, at + 1)) {
    if (isEdge(line, at - 1, at) && isEdge(line, at + wanted.length, at + wanted.length - 1)) {
      return true;
    }
  }
  return false;
}

/** Nothing or white space stands there; or the piece ends inside a word so long that it had to be cut. */
function isEdge(line: string, outside: number, inside: number): boolean {
  const sign = line[outside];
  if (sign === undefined || /\s/u.test(sign)) return true;
  const from = Math.min(outside, inside) - leastCutLine / 2;
  const around = line.slice(Math.max(0, from), from + leastCutLine);
  return !/\s/u.test(around);
}
