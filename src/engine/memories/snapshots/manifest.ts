/* What stands beside a snapshot, and what a list says of it. */
import { lstatSync } from "node:fs";
import { readBounded } from "../../../base/files/read-file.ts";
import type { Snapshot, SnapshotCounts } from "../../../ports/answers/snapshots.ts";
import { filesOf, timeOf } from "./names.ts";

/** Of manifests. A later one may say more, and say it otherwise. */
const format = 1;
const mostBytes = 64 * 1_024;

export interface Manifest {
  format: number;
  id: string;
  at: string;
  note: string;
  version: string;
  schema: number;
  counts: SnapshotCounts;
  /** Of the database file. */
  bytes: number;
  sha256: string;
}

export function manifestText(said: Omit<Manifest, "format">): string {
  return `${JSON.stringify({ format, ...said }, null, 2)}\n`;
}

/** @throws HaypileError HAYPILE_USAGE */
export async function lookAtSnapshot(folder: string, id: string): Promise<Snapshot> {
  const { database, manifest } = filesOf(folder, id);
  const stats = lstatSync(database, { throwIfNoEntry: false });
  const bytes = stats?.isFile() === true ? stats.size : 0;
  const said = await readManifest(manifest, id);
  const unknown = { counts: undefined, version: undefined, schema: undefined, sha256: undefined };
  if (typeof said === "string") {
    return { id, at: timeOf(id), note: "", ...unknown, bytes, problem: said };
  }
  const { at, note, counts, version, schema, sha256 } = said;
  let problem: string | undefined;
  if (stats === undefined) problem = "its file is missing";
  else if (!stats.isFile()) problem = "its file is no regular file";
  else if (bytes !== said.bytes) problem = `its file has ${bytes} bytes instead of ${said.bytes}`;
  return { id, at, note, counts, version, schema, sha256, bytes, problem };
}

/** @returns what is wrong with it, in words */
async function readManifest(path: string, id: string): Promise<Manifest | string> {
  let text: string;
  try {
    text = (await readBounded(path, { mostBytes, links: "refuse" })).toString("utf8");
  } catch (error) {
    const isMissing = (error as { code?: string }).code === "ENOENT";
    return isMissing ? "its manifest is missing" : "its manifest cannot be read";
  }
  try {
    const said = JSON.parse(text) as Partial<Manifest> | null;
    if (said?.format !== format) {
      return typeof said?.format === "number" && said.format > format
        ? `it was made by a newer Haypile (format ${said.format})`
        : "its manifest is damaged";
    }
    return isManifest(said, id) ? said : "its manifest is damaged";
  } catch {
    return "its manifest is damaged";
  }
}

function isManifest(said: Partial<Manifest>, id: string): said is Manifest {
  const { at, note, version, sha256, schema, bytes, counts } = said;
  const areTexts = [at, note, version, sha256].every((one) => typeof one === "string");
  const numbers = [schema, bytes, counts?.memories, counts?.deleted, counts?.texts];
  const areCounts = numbers.every((one) => Number.isSafeInteger(one));
  return said.id === id && areTexts && areCounts && !Number.isNaN(Date.parse(at as string));
}
