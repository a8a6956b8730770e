/*
 * Deletes indexes without opening them: one that is damaged, of a newer version, or whose folder is gone goes as any
 * other. A file that a caller named is deleted only when it is an index of ours.
 */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { HaypileError } from "../../base/errors.ts";
import { realPath } from "../../base/paths/real-path.ts";
import { type Environment, readEnvironment } from "../../config/environment/env.ts";
import {
  activityFolder,
  defaultDatabasePath,
  embeddingCachePath,
  indexesFolder,
  queryRecordPath,
  revisionsPath,
  snapshotsFolder,
} from "../../config/places/paths.ts";
import type { RemovedFile } from "../../ports/answers/index-facts.ts";
import { readIndexFacts } from "../../storage/sqlite/file/index-facts.ts";
import { acquireIndexLock, tryLock } from "../../storage/sqlite/file/lock.ts";
import { removeDatabases, removeFolder, removeIndex } from "../../storage/sqlite/file/remove.ts";
import { lockFile } from "../snapshots/names.ts";
import { listIndexes } from "./indexes.ts";

export interface ResetOptions {
  /** Delete the cache of vectors too, which serves all indexes, and what was noted of the work. Default false. */
  cache?: boolean | undefined;
}

/**
 * Deletes the index in a file.
 * @throws HaypileError HAYPILE_DB_BUSY while another process is indexing; HAYPILE_DB_NOT_A_DATABASE for a file
 *   that was named and is none of ours; HAYPILE_PERMISSION
 */
export function removeIndexAt(
  database: string,
  { cache = false }: ResetOptions = {},
  environment: Environment = readEnvironment(),
): RemovedFile[] {
  const { dataFolder, cacheFolder } = environment;
  if (dirname(database) !== indexesFolder(dataFolder)) assertOurs(database);
  const revisions = asList(removeIndex(revisionsPath(cacheFolder, database)));
  const index = asList(removeIndex(database));
  const snapshots = asList(removeSnapshots(database));
  const record = removeDatabases([queryRecordPath(cacheFolder, database)]);
  const own = [...index, ...snapshots, ...revisions, ...record];
  if (!cache) return own;
  return [
    ...own,
    ...removeDatabases([embeddingCachePath(cacheFolder)]),
    ...asList(removeFolder(activityFolder(cacheFolder))),
  ];
}

/** They go with what they are of. @throws HaypileError HAYPILE_DB_BUSY while somebody works on them */
function removeSnapshots(database: string): RemovedFile | undefined {
  const folder = snapshotsFolder(database);
  if (!existsSync(folder)) return undefined;
  const lock = tryLock(lockFile(folder));
  if (lock === undefined) {
    throw new HaypileError(
      "HAYPILE_DB_BUSY",
      `Another process works on the snapshots in ${folder}; the index itself is deleted. Run it again when that is done.`,
      { data: { path: folder } },
    );
  }
  // What is locked cannot be deleted everywhere.
  lock.release();
  return removeFolder(folder);
}

/** @throws HaypileError HAYPILE_DB_BUSY while a run is at work, in this process or another */
export function assertNoRun(database: string): void {
  if (!existsSync(database)) return;
  try {
    acquireIndexLock(database).release();
  } catch (error) {
    // A lock file that is damaged holds nobody off.
    if (HaypileError.isInstance(error) && error.code === "HAYPILE_DB_BUSY") throw error;
  }
}

/** Memories, or a database of another program, are no index: a slip in --db must not cost them. */
function assertOurs(database: string): void {
  if (!existsSync(database)) return;
  try {
    readIndexFacts(database);
  } catch (error) {
    if (!HaypileError.isInstance(error) || error.code !== "HAYPILE_DB_NOT_A_DATABASE") return;
    throw new HaypileError(
      "HAYPILE_DB_NOT_A_DATABASE",
      `Expected an index of Haypile to delete, but ${database} is none. Nothing was deleted; if the file is to go, delete it by hand.`,
      { data: { path: database }, cause: error },
    );
  }
}

/**
 * The file of a folder's index, whether the folder is still there or not.
 * @param database the file, where it was named
 */
export async function databaseOf(
  folder: string,
  database: string | undefined,
  { dataFolder }: Environment = readEnvironment(),
): Promise<string> {
  if (database !== undefined) return resolve(database);
  const path = resolve(folder);
  const own = defaultDatabasePath(dataFolder, realPath(path));
  if (existsSync(own)) return own;
  // A folder that was renamed takes its index along under the old file's name.
  const known = (await listIndexes(dataFolder)).find((index) => index.folder === path);
  return known?.database ?? own;
}

/** Databases that are gone, but for what lay beside them: left by an earlier version, or by a stop in the middle. */
export function strayDatabases({ dataFolder }: Environment = readEnvironment()): string[] {
  const folder = indexesFolder(dataFolder);
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  const strays = names.flatMap((name) => {
    const database =
      /^(.+\.db)(?:-wal|-shm|-journal|\.compact(?:-\w+)?|(?:\.bits)?\.lock(?:-journal)?)$/.exec(
        name,
      )?.[1];
    return database === undefined || names.includes(database) ? [] : [join(folder, database)];
  });
  return [...new Set(strays)];
}

function asList<T>(one: T | undefined): T[] {
  return one === undefined ? [] : [one];
}
