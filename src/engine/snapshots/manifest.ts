/* What stands beside the pages of a snapshot. It names other snapshots by their ids alone, never a path. */
import { readBounded } from "../../base/files/read-file.ts";
import type { SnapshotReason } from "../../ports/answers/time/snapshots.ts";
import type { Counts } from "../../storage/sqlite/copies/copy.ts";
import { isId } from "./names.ts";
import { mostFiles } from "./pages/layout.ts";

/** Of manifests. A later one may say more, and say it otherwise. */
const format = 2;
/** Of snapshots that are a whole file, "ID.db". */
const formatOfFiles = 1;
const mostBytes = 64 * 1_024;
const reasons: readonly SnapshotReason[] = ["asked", "daily", "restore", "model", "migration"];

interface Said {
  id: string;
  at: string;
  note: string;
  /** Of the program that made it. */
  version: string;
  schema: number;
  /** What it holds, by name. */
  counts: Counts;
  /** Of the database file. */
  bytes: number;
  /** Of the database file, hexadecimal. */
  sha256: string;
}

/** Of a snapshot that is a whole file. */
export interface FileManifest extends Said {
  format: typeof formatOfFiles;
}

/** Of a snapshot in pages. */
export interface PagesManifest extends Said {
  format: typeof format;
  reason: SnapshotReason;
  /** Of its vectors; null: it has none. */
  model: string | null;
  pageBytes: number;
  /** Of its own file of pages. */
  storedBytes: number;
  /** That stands in the foot of that file, hexadecimal. */
  foot: string;
  /** Snapshots in whose files its other pages are, in the order of its table: the first is 1. */
  needs: string[];
  /** What is wrong with the database it is of; null: nothing. */
  damage: string | null;
  /** The folder whose index it is of; undefined: it is of memories. */
  indexOf?: string | undefined;
}

export type Manifest = FileManifest | PagesManifest;

export function manifestText(said: Omit<PagesManifest, "format">): string {
  return `${JSON.stringify({ format, ...said }, null, 2)}\n`;
}

/**
 * @param isOfIndex what it must be of; undefined: that is not looked at
 * @returns what is wrong with it, in words
 */
export async function readManifest(
  path: string,
  id: string,
  isOfIndex?: boolean,
): Promise<Manifest | string> {
  let text: string;
  try {
    text = (await readBounded(path, { mostBytes, links: "refuse" })).toString("utf8");
  } catch (error) {
    const isMissing = (error as { code?: string }).code === "ENOENT";
    return isMissing ? "its manifest is missing" : "its manifest cannot be read";
  }
  try {
    const said = JSON.parse(text) as Partial<PagesManifest | FileManifest> | null;
    if (said === null || !isCount(said.format)) return "its manifest is damaged";
    if ((said.format as number) > format) return newer(said);
    const isSound =
      isSaid(said, id) && ((said as Manifest).format === formatOfFiles || isOfPages(said));
    if (!isSound) return "its manifest is damaged";
    const { indexOf } = said as Partial<PagesManifest>;
    if (isOfIndex === undefined || isOfIndex === (indexOf !== undefined)) return said as Manifest;
    return isOfIndex ? "it is no snapshot of an index" : "it is a snapshot of an index";
  } catch {
    return "its manifest is damaged";
  }
}

function newer({ format: number, version }: { format?: unknown; version?: unknown }): string {
  const by = typeof version === "string" && /^[\w.+-]{1,40}$/u.test(version) ? ` ${version}` : "";
  return `it was made by a newer Haypile${by} (format ${String(number)})`;
}

export function isNewer(problem: string): boolean {
  return problem.includes("a newer Haypile");
}

function isSaid(said: Partial<Said>, id: string): said is Said {
  const { at, note, version, sha256, schema, bytes, counts } = said;
  const areTexts = [at, note, version].every((one) => typeof one === "string");
  const { indexOf } = said as Partial<PagesManifest>;
  const isOf = indexOf === undefined || typeof indexOf === "string";
  const names =
    indexOf === undefined ? ["memories", "deleted", "texts"] : ["files", "chunks", "waiting"];
  const numbers = [schema, bytes, ...names.map((name) => counts?.[name])];
  const areCounts = isOf && numbers.every(isCount);
  const isSum = typeof sha256 === "string" && /^[0-9a-f]{64}$/u.test(sha256);
  return (
    said.id === id && areTexts && areCounts && isSum && !Number.isNaN(Date.parse(at as string))
  );
}

function isOfPages(said: Partial<Manifest>): boolean {
  const { reason, model, pageBytes, storedBytes, foot, needs, damage } =
    said as Partial<PagesManifest>;
  return (
    said.format === format &&
    reasons.includes(reason as SnapshotReason) &&
    [model, damage].every((one) => one === null || typeof one === "string") &&
    [pageBytes, storedBytes].every(isCount) &&
    typeof foot === "string" &&
    /^[0-9a-f]{64}$/u.test(foot) &&
    Array.isArray(needs) &&
    needs.length < mostFiles &&
    needs.every((one) => isId(one) && one !== said.id) &&
    (said.bytes as number) % (pageBytes as number) === 0
  );
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
