/*
 * Takes an index or the memories down to an earlier version of their tables, for an earlier Haypile. What would be gone is
 * said first; where a person takes that, a snapshot of before is kept. Nobody else may have the file open.
 */
import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { HaypileError } from "../../base/errors.ts";
import { realPath } from "../../base/paths/real-path.ts";
import { localDay } from "../../base/text/local-time.ts";
import { type Environment, readEnvironment } from "../../config/environment/env.ts";
import {
  defaultDatabasePath,
  foldersUpward,
  memoriesPath,
  snapshotsFolder,
} from "../../config/places/paths.ts";
import type { CopiedKind } from "../../storage/sqlite/copies/copy.ts";
import { indexKind } from "../../storage/sqlite/copies/index-kind.ts";
import { readIndexFacts } from "../../storage/sqlite/file/index-facts.ts";
import { acquireIndexLock } from "../../storage/sqlite/file/lock.ts";
import { copiesOf } from "../../storage/sqlite/memories/copies/kept-copies.ts";
import {
  dropReplacedSync,
  noteReplacedSync,
} from "../../storage/sqlite/memories/copies/replaced-sync.ts";
import { memoriesKind } from "../../storage/sqlite/memories/copies/snapshot.ts";
import { finishTakingPlace } from "../../storage/sqlite/memories/copies/take-place.ts";
import { assertLogSound } from "../../storage/sqlite/memories/file/log-check.ts";
import { lookAtKind, lookAtVersion } from "../../storage/sqlite/versions/look.ts";
import {
  lowestVersion,
  stepDown,
  type WayDown,
  wayDown,
} from "../../storage/sqlite/versions/step-down.ts";
import { inThread } from "../snapshots/thread/ask.ts";
import { assertKeptInFile } from "../store/store-for.ts";

export interface DownTarget {
  /** A file, whatever it holds. */
  database?: string | undefined;
  memories?: boolean | undefined;
  /** Whose index is meant, or one of its parents. */
  folder?: string | undefined;
}

export interface DownPlan extends WayDown {
  what: "index" | "memories";
  database: string;
}

export interface SteppedDown extends DownPlan {
  /** False: it had that version already. */
  applied: boolean;
  /** The snapshot of before, where something is gone. */
  snapshot: string | undefined;
}

/**
 * What it would take to bring a file down, and nothing is changed.
 * @param to default: one below that of the file
 * @throws HaypileError HAYPILE_USAGE where there is no way there, with what to do instead; HAYPILE_PATH_MISSING, HAYPILE_DB_*
 */
export function planDown(target: DownTarget, to: number | undefined): DownPlan {
  const database = databaseOf(target);
  const kind = kindAt(database, target);
  const what = kind === memoriesKind ? "memories" : "index";
  try {
    const { version } = lookAtVersion(database, kind.schema);
    const wanted = to ?? Math.max(1, version - 1);
    // A newer one is told as everywhere.
    if (version > kind.schema.steps.length) wayDown(database, kind.schema, wanted);
    if (wanted > version) throw noWay(`The file has version ${version}, and --down only goes down`);
    if (wanted < version && wanted < lowestVersion(kind.schema)) {
      throw noWay(
        `From version ${version} this Haypile goes down to ${lowestVersion(kind.schema)} at most, and not to ${wanted}: what came between cannot be taken away without making the rest anew. ${otherWays(database, kind, wanted)}`,
      );
    }
    return { what, database, ...wayDown(database, kind.schema, wanted) };
  } catch (error) {
    throw kind.error(error, database, "read its version");
  }
}

/**
 * @param mayLose a person has seen what is gone
 * @throws HaypileError HAYPILE_DB_BUSY where another has the file open, HAYPILE_CONFLICT where more is gone than was said;
 *   those of the database and of snapshots
 */
export async function takeDown(
  { what, database, to, from, ...plan }: DownPlan,
  mayLose: boolean,
): Promise<SteppedDown> {
  const said = { what, database, to, from } as const;
  if (to === from) return { ...said, ...plan, applied: false, snapshot: undefined };
  const kind = what === "memories" ? memoriesKind : indexKind;
  const lock = what === "index" ? acquireIndexLock(database) : undefined;
  try {
    if (what === "memories") {
      finishTakingPlace(database);
      assertLogSound(database);
    }
    const isKept = mayLose && plan.loses.length > 0;
    const mark = markOf(database);
    const snapshot = isKept ? await keep(database, what, from, to) : undefined;
    if (isKept && markOf(database) !== mark) {
      throw new HaypileError(
        "HAYPILE_DB_BUSY",
        `Another process has written to ${database} since the snapshot of before was made. Nothing was changed. Run it again.`,
        { data: { path: database } },
      );
    }
    const folders = isKept && what === "memories" ? noteReplacedSync(database) : [];
    try {
      const way = stepDown(database, kind.schema, to, mayLose && snapshot !== undefined);
      return { ...said, ...way, applied: true, snapshot };
    } catch (error) {
      if (folders.length > 0) dropReplacedSync(database, (folder) => folders.includes(folder));
      throw error;
    }
  } catch (error) {
    throw kind.error(error, database, `take it to version ${to}`);
  } finally {
    lock?.release();
  }
}

async function keep(
  database: string,
  what: DownPlan["what"],
  from: number,
  to: number,
): Promise<string> {
  const root = what === "index" ? (readIndexFacts(database).root ?? "") : undefined;
  const place = { database, folder: snapshotsFolder(database), root };
  const note = `before going from version ${from} to ${to}`;
  const wanted = { at: Date.now(), note, reason: "asked", full: true } as const;
  return (await inThread(place, "make", wanted)).id;
}

/** Other when somebody has written in between; a log without anything in it, which readers leave, says nothing. */
function markOf(database: string): string {
  return ["", "-wal"]
    .map((side) => statSync(`${database}${side}`, { bigint: true, throwIfNoEntry: false }))
    .map((facts) =>
      facts === undefined || facts.size === 0n ? "" : `${facts.size} ${facts.mtimeNs}`,
    )
    .join(" ");
}

function databaseOf(
  { database, memories, folder = "." }: DownTarget,
  environment: Environment = readEnvironment(),
): string {
  const { dataFolder } = environment;
  if (database !== undefined) return thereOr(resolve(database), "Name a file that is there.");
  if (memories === true) assertKeptInFile(environment, "A schema goes back", forward);
  if (memories === true) return thereOr(memoriesPath(dataFolder), "There are no memories yet.");
  const root = realPath(resolve(folder));
  for (const at of foldersUpward(root)) {
    const path = defaultDatabasePath(dataFolder, at);
    if (existsSync(path)) return path;
  }
  return thereOr(defaultDatabasePath(dataFolder, root), `There is no index of ${root} yet.`);
}

const forward =
  "Tables of a server go forward only: an older Haypile works with them where their version is one that it knows, and says so where it is not. --db names a file.";

function thereOr(path: string, otherwise: string): string {
  if (existsSync(path)) return path;
  throw new HaypileError(
    "HAYPILE_PATH_MISSING",
    `Expected a database, but ${path} is not there. ${otherwise}`,
    { data: { path } },
  );
}

/** @throws HaypileError HAYPILE_DB_NOT_A_DATABASE and others of the database */
function kindAt(database: string, { memories, database: named }: DownTarget): CopiedKind {
  const doing = "read its version";
  try {
    const id = lookAtKind(database);
    if (id === memoriesKind.schema.applicationId) return memoriesKind;
    // What is neither is told with the words for an index.
    return indexKind;
  } catch (error) {
    const isOfMemories =
      memories === true || database === memoriesPath(readEnvironment().dataFolder);
    if (isOfMemories) throw memoriesKind.error(error, database, doing);
    const told = indexKind.error(error, database, doing);
    throw named === undefined || told.code !== "HAYPILE_DB_CORRUPT"
      ? told
      : mayBeEither(told, database);
  }
}

/** What a damaged file held is not known, and memories cannot be made again: nobody is told to delete it. */
function mayBeEither(told: HaypileError, path: string): HaypileError {
  return new HaypileError(
    "HAYPILE_DB_CORRUPT",
    `The database ${path} is damaged or truncated (${String(told.data.finding)}). If it holds memories, "haypile memories rescue --db ${path}" makes a good file of it and keeps this one. If it is an index, delete it with its -wal and -shm files, and index again.`,
    { cause: told.cause, data: told.data },
  );
}

function noWay(why: string): HaypileError {
  return new HaypileError("HAYPILE_USAGE", `${why}. Nothing was changed.`);
}

/** How to get to a version that is too far down, and what that costs. */
function otherWays(database: string, kind: CopiedKind, to: number): string {
  if (kind === indexKind) {
    const { files, chunks } = kindCounts(database);
    return `An index can be made again: run "haypile reset" here, install the earlier version, and run "haypile index" there. It reads ${files} files and makes ${chunks} chunks again; vectors that are in the cache of vectors (embeddings.db) are taken from there`;
  }
  const copies = copiesOf(database).filter((path) => Number(/\d+$/u.exec(path)?.[0]) - 1 <= to);
  const [copy] = copies;
  const kept =
    copy === undefined
      ? "No copy of before is kept any more"
      : `The copy ${/before-v\d+$/u.exec(copy)?.[0]} has the memories as they were on ${localDay(statSync(copy).mtimeMs)}, and nothing of later: "haypile snapshot restore ${/before-v\d+$/u.exec(copy)?.[0]} --to then.db" writes them to a file for the earlier version`;
  return `${kept}. All memories of today: "haypile memories export > memories.jsonl" here, then, with the earlier version and another data folder, "haypile memories import memories.jsonl"`;
}

function kindCounts(database: string): { files: number; chunks: number } {
  const contents = readIndexFacts(database, true).contents;
  return { files: contents?.files ?? 0, chunks: contents?.chunks ?? 0 };
}
