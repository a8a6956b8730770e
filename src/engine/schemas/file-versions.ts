/* Versions of the files on this machine, against those that this program makes. Nothing is opened for real, and nothing changes. */
import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { HaypileError } from "../../base/errors.ts";
import { yieldToEventLoop } from "../../base/yield.ts";
import { type Environment, readEnvironment } from "../../config/environment/env.ts";
import {
  blobCachePath,
  embeddingCachePath,
  indexesFolder,
  memoriesPath,
  revisionsFolder,
  snapshotsFolder,
} from "../../config/places/paths.ts";
import { blobCacheFormat } from "../../storage/sqlite/blobs/blob-cache.ts";
import type { CopiedKind } from "../../storage/sqlite/copies/copy.ts";
import { indexKind } from "../../storage/sqlite/copies/index-kind.ts";
import { embeddingCacheFormat } from "../../storage/sqlite/embedding-cache.ts";
import { sqliteError } from "../../storage/sqlite/file/errors.ts";
import { readIndexFacts } from "../../storage/sqlite/file/index-facts.ts";
import { copiesOf } from "../../storage/sqlite/memories/copies/kept-copies.ts";
import { memoriesKind } from "../../storage/sqlite/memories/copies/snapshot.ts";
import { lookAtNumber, lookAtVersion } from "../../storage/sqlite/versions/look.ts";
import { lowestVersion, wayDown } from "../../storage/sqlite/versions/step-down.ts";
import type { Place } from "../snapshots/kinds.ts";
import { lookAtAll } from "../snapshots/look.ts";

export interface FileVersion {
  what: "index" | "memories" | "vectors" | "contents" | "revisions" | "snapshot";
  path: string;
  /** Of an index. */
  folder: string | undefined;
  /** Undefined: it cannot be read. */
  version: number | undefined;
  /** That this program makes. */
  known: number;
  /** "older": the next opening brings it up to date; "newer": this program leaves it alone. */
  state: "current" | "older" | "newer" | "unreadable";
  /** That brought it to its version, where the file says so. */
  program: string | undefined;
  /** Versions that "haypile migrate --down" takes it to without losing anything. */
  down: number[];
  /** Why it cannot be read. */
  problem: string | undefined;
}

/** @throws HaypileError HAYPILE_NATIVE_MISSING, HAYPILE_NODE_TOO_OLD */
export async function fileVersions(
  environment: Environment = readEnvironment(),
): Promise<FileVersion[]> {
  const { dataFolder, cacheFolder } = environment;
  const found: FileVersion[] = [];
  const memories = memoriesPath(dataFolder);
  if (existsSync(memories)) {
    found.push(ofDatabase("memories", memories, memoriesKind));
    found.push(...(await ofSnapshots({ database: memories, folder: snapshotsFolder(memories) })));
  }
  for (const path of databasesIn(indexesFolder(dataFolder))) {
    const index = ofDatabase("index", path, indexKind);
    found.push(index);
    const root = index.folder ?? "";
    found.push(...(await ofSnapshots({ database: path, folder: snapshotsFolder(path), root })));
    await yieldToEventLoop();
  }
  const vectors = embeddingCachePath(cacheFolder);
  if (existsSync(vectors)) found.push(ofCache("vectors", vectors, embeddingCacheFormat));
  const contents = blobCachePath(cacheFolder);
  if (existsSync(contents)) found.push(ofCache("contents", contents, blobCacheFormat));
  for (const path of databasesIn(revisionsFolder(cacheFolder))) {
    found.push(ofDatabase("revisions", path, indexKind));
  }
  return found;
}

function ofDatabase(what: "index" | "memories" | "revisions", path: string, kind: CopiedKind) {
  const known = kind.schema.steps.length;
  const base = { ...unread, what, path, known };
  try {
    const { version, program } = lookAtVersion(path, kind.schema);
    const state = stateOf(version, known);
    const folder = what === "index" ? readIndexFacts(path).root : undefined;
    const down = state === "newer" || what === "revisions" ? [] : freeWays(path, kind, version);
    return { ...base, folder, version, state, program, down };
  } catch (error) {
    const told = kind.error(error, path, "read its version");
    if (programErrors.has(told.code)) throw told;
    return { ...base, problem: told.message };
  }
}

/** Not about one file. */
const programErrors: ReadonlySet<string> = new Set([
  "HAYPILE_NATIVE_MISSING",
  "HAYPILE_NODE_TOO_OLD",
  "HAYPILE_DB_SQLITE_TOO_OLD",
]);

const unread = {
  folder: undefined,
  version: undefined,
  state: "unreadable",
  program: undefined,
  down: [] as number[],
  problem: undefined,
} as const satisfies Partial<FileVersion>;

/** Those to which nothing is lost, the nearest first. */
function freeWays(path: string, { schema }: CopiedKind, version: number): number[] {
  const free: number[] = [];
  for (let to = version - 1; to >= lowestVersion(schema) && to > 0; to -= 1) {
    if (wayDown(path, schema, to).loses.length > 0) break;
    free.push(to);
  }
  return free;
}

function ofCache(what: "vectors" | "contents", path: string, known: number): FileVersion {
  const base = { ...unread, what, path, known };
  try {
    const version = lookAtNumber(path);
    return { ...base, version, state: stateOf(version, known) };
  } catch (error) {
    const told = HaypileError.isInstance(error) ? error : sqliteError(error, path, "read it");
    return { ...base, problem: told.message };
  }
}

async function ofSnapshots(place: Place): Promise<FileVersion[]> {
  const kind = place.root === undefined ? memoriesKind : indexKind;
  const known = kind.schema.steps.length;
  const copies = place.root === undefined ? copiesOf(place.database) : [];
  return (await lookAtAll(place)).map(({ snapshot }) => {
    const { id, schema, version: program, problem } = snapshot;
    const copy = copies.find((path) => basename(path).endsWith(`.${id}`));
    const path = copy ?? join(place.folder, id);
    const base = { ...unread, what: "snapshot" as const, path, known };
    const isNewer = problem?.includes("a newer Haypile") === true;
    if (schema === undefined)
      return { ...base, problem, ...(isNewer && { state: "newer" as const }) };
    return { ...base, version: schema, state: stateOf(schema, known), program, problem };
  });
}

function stateOf(version: number, known: number): FileVersion["state"] {
  if (version === known) return "current";
  return version < known ? "older" : "newer";
}

function databasesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".db"))
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}
