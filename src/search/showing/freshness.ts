import type { Stats } from "node:fs";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { decodeText, splitLines } from "../../base/files/decode-text.ts";
import { readBounded } from "../../base/files/read-file.ts";
import { realPathSync } from "../../base/paths/real-path.ts";
import type { ChunkPlace } from "../../ports/store.ts";

/**
 * What the disk says of a hit: "fresh" when its lines are still there, "moved" when they are at other
 * lines of the file, "stale" when they are not in it any more, "gone" when the file is not.
 */
export type Freshness =
  | { state: "fresh" | "stale" | "gone" }
  | { state: "moved"; startLine: number; endLine: number };

/** Larger files are not read for a search. */
const mostBytes = 8 * 1024 * 1024;

/**
 * Compares hits with the files they came from: by size and time first, and by their text when those
 * changed. Files are looked at and read once.
 */
export class FreshnessCheck {
  readonly #root: string;
  readonly #facts = new Map<string, Promise<Stats | undefined>>();
  readonly #files = new Map<string, Promise<string[] | undefined>>();
  /** Paths that differ from the index: to be indexed again. */
  readonly changed = new Set<string>();

  constructor(root: string) {
    this.#root = realFolder(root);
  }

  /** Begins to look at files that will be asked for: all at once, not one after the other. */
  expect(paths: Iterable<string>): void {
    for (const path of paths) void this.#factsOf(join(this.#root, path));
  }

  async check(
    place: ChunkPlace,
    stamp: { sizeBytes: number; mtimeMs: number } | undefined,
  ): Promise<Freshness> {
    const path = join(this.#root, place.path);
    const facts = await this.#factsOf(path);
    if (facts === undefined || !facts.isFile()) {
      this.changed.add(place.path);
      return { state: "gone" };
    }
    if (stamp?.sizeBytes === facts.size && stamp.mtimeMs === facts.mtimeMs) {
      return { state: "fresh" };
    }
    this.changed.add(place.path);
    if (facts.size > mostBytes) return { state: "stale" };
    const lines = await this.#linesOf(path);
    if (lines === undefined) return { state: "gone" };
    return locate(lines, place);
  }

  #factsOf(path: string): Promise<Stats | undefined> {
    let facts = this.#facts.get(path);
    if (facts === undefined) {
      facts = lstat(path).catch(() => undefined);
      this.#facts.set(path, facts);
    }
    return facts;
  }

  #linesOf(path: string): Promise<string[] | undefined> {
    let lines = this.#files.get(path);
    if (lines === undefined) {
      const rules = { mostBytes, links: "refuse", inside: this.#root } as const;
      lines = readBounded(path, rules).then(
        (bytes) => splitLines(decodeText(bytes)?.text ?? ""),
        () => undefined,
      );
      this.#files.set(path, lines);
    }
    return lines;
  }
}

function realFolder(folder: string): string {
  try {
    return realPathSync(folder);
  } catch {
    return folder;
  }
}

/** Looks for a chunk's lines in a file: at their old place, then everywhere, the nearest one first. */
export function locate(lines: readonly string[], place: ChunkPlace): Freshness {
  const wanted = place.text.split("\n");
  const isAt = (start: number): boolean =>
    wanted.every((line, i) => (lines[start + i] ?? "").includes(line));
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
