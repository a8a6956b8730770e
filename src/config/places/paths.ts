/* Where an index and its helpers lie on disk. */

import { basename, dirname, join } from "node:path";
import { sha256 } from "../../base/text/sha256.ts";

/**
 * The default database of a folder: named after the folder for people, and after its whole path
 * for uniqueness. `root` must be a real path (links resolved).
 */
export function defaultDatabasePath(dataFolder: string, root: string): string {
  const name = (basename(root) || "root").replace(/[^A-Za-z0-9._-]+/g, "-").slice(0, 40);
  const hash = sha256(root).slice(0, 12);
  return join(indexesFolder(dataFolder), `${name}-${hash}.db`);
}

/** The folder of all indexes that were not put elsewhere. */
export function indexesFolder(dataFolder: string): string {
  return join(dataFolder, "indexes");
}

/** The folder and each one above it, nearest first. */
export function* foldersUpward(folder: string): Generator<string> {
  for (let at = folder; ; at = dirname(at)) {
    yield at;
    if (dirname(at) === at) return;
  }
}

/** The memories of a user. */
export function memoriesPath(dataFolder: string): string {
  return join(dataFolder, "memories.db");
}

/** Snapshots of a file of memories: "snapshots" beside the user's own, "team.db.snapshots" beside another one. */
export function snapshotsFolder(database: string): string {
  const name = basename(database);
  return join(dirname(database), name === "memories.db" ? "snapshots" : `${name}.snapshots`);
}

/** Models that were downloaded on request. */
export function modelsFolder(dataFolder: string): string {
  return join(dataFolder, "models");
}

/** Optimised graphs of this machine. */
export function graphCacheFolder(cacheFolder: string): string {
  return join(cacheFolder, "graphs");
}

/** Vectors of texts, shared by all indexes. */
export function embeddingCachePath(cacheFolder: string): string {
  return join(cacheFolder, "embeddings.db");
}

/** What is known of contents by git's ids, shared by all repositories. */
export function blobCachePath(cacheFolder: string): string {
  return join(cacheFolder, "contents.db");
}

/** Which queries the index in this database was asked, when open() was told to note them. */
export function queryRecordPath(cacheFolder: string, database: string): string {
  const hash = sha256(database).slice(0, 16);
  return join(cacheFolder, "queries", `${hash}.json`);
}

/** Versions of files that searches at a revision have read. */
export function revisionsFolder(cacheFolder: string): string {
  return join(cacheFolder, "revisions");
}

/** Those of one index, by its database. */
export function revisionsPath(cacheFolder: string, database: string): string {
  const name = basename(database).replace(/\.db$/u, "").slice(0, 60);
  return join(revisionsFolder(cacheFolder), `${name}-${sha256(database).slice(0, 12)}.db`);
}

/** What processes on this machine did, for "haypile analyze". */
export function activityFolder(cacheFolder: string): string {
  return join(cacheFolder, "activity");
}

/** What configuration files are called, in both places. */
export const fileName = "haypile.toml";

/** The user's own, whether it is there or not. */
export function userFile(configFolder: string): string {
  return join(configFolder, fileName);
}
