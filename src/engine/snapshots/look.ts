/* What a list says of a snapshot: nothing of it is read but its manifest, and the names and sizes of its files. */
import { lstatSync, type Stats } from "node:fs";
import { basename } from "node:path";
import type { Snapshot, SnapshotCounts } from "../../ports/answers/time/snapshots.ts";
import { copiesOf, copyKeptUntil } from "../../storage/sqlite/memories/copies/kept-copies.ts";
import type { Place } from "./kinds.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import { beforeVersion, filesOf, idsIn, timeOf } from "./names.ts";

/** A snapshot, and what its manifest says where it can be read. */
export interface Looked {
  snapshot: Snapshot;
  manifest: Manifest | undefined;
}

/** All that are there, newest first. */
export async function lookAtAll(place: Place): Promise<Looked[]> {
  const { folder, database, root } = place;
  const all: Looked[] = [];
  for (const id of idsIn(folder)) all.push(await lookAt(place, id));
  for (const path of root === undefined ? copiesOf(database) : [])
    all.push({ snapshot: lookAtCopy(path), manifest: undefined });
  return all.sort((a, b) => (a.snapshot.at < b.snapshot.at ? 1 : -1));
}

/** @throws HaypileError HAYPILE_USAGE */
export async function lookAt(place: Place, id: string): Promise<Looked> {
  const { folder } = place;
  const files = filesOf(folder, id);
  const manifest = await readManifest(files.manifest, id, place.root !== undefined);
  const isWhole =
    typeof manifest === "string" ? look(files.pages) === undefined : manifest.format === 1;
  const stats = look(isWhole ? files.database : files.pages);
  const bytes = stats?.isFile() === true ? stats.size : 0;
  if (typeof manifest === "string") {
    return { snapshot: { ...unknown(id), bytes, problem: manifest }, manifest: undefined };
  }
  const { at, note, counts, version, schema, sha256 } = manifest;
  const ofPages = manifest.format === 1 ? undefined : manifest;
  const problem =
    whatIsWrong(stats, ofPages?.storedBytes ?? manifest.bytes) ?? missing(folder, ofPages?.needs);
  const snapshot: Snapshot = {
    ...unknown(id),
    ...{ at, note, version, schema, sha256, bytes, problem },
    counts: counts as unknown as SnapshotCounts,
    reason: ofPages?.reason ?? "asked",
    fileBytes: manifest.bytes,
    model: ofPages?.model ?? undefined,
    needs: ofPages?.needs ?? [],
    damage: ofPages?.damage ?? undefined,
  };
  return { snapshot, manifest };
}

function lookAtCopy(path: string): Snapshot {
  const id = basename(path).replace(/^.*\.(?=before-v\d+$)/u, "");
  const stats = look(path);
  const isFile = stats?.isFile() === true;
  return {
    ...unknown(id),
    at: new Date(stats?.mtimeMs ?? 0).toISOString(),
    schema: (beforeVersion(id) ?? 1) - 1,
    reason: "migration",
    bytes: isFile ? stats.size : 0,
    fileBytes: isFile ? stats.size : undefined,
    goes: stats && new Date(copyKeptUntil(stats.mtimeMs)).toISOString(),
    problem: isFile ? undefined : "its file is no regular file",
  };
}

function unknown(id: string): Snapshot {
  return {
    id,
    at: timeOf(id),
    note: "",
    reason: "asked",
    counts: undefined,
    version: undefined,
    schema: undefined,
    sha256: undefined,
    bytes: 0,
    fileBytes: undefined,
    model: undefined,
    needs: [],
    goes: undefined,
    damage: undefined,
    problem: undefined,
  };
}

function look(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

function whatIsWrong(stats: Stats | undefined, expected: number): string | undefined {
  if (stats === undefined) return "its file is missing";
  if (!stats.isFile()) return "its file is no regular file";
  return stats.size === expected
    ? undefined
    : `its file has ${stats.size} bytes instead of ${expected}`;
}

function missing(folder: string, needs: readonly string[] = []): string | undefined {
  const gone = needs.find((id) => look(filesOf(folder, id).pages)?.isFile() !== true);
  return gone && `the pages that it shares with ${gone} are missing`;
}
