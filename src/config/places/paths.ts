/* Where an index and its helpers lie on disk. */
import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";

/**
 * The default database of a folder: named after the folder for people, and after its whole path
 * for uniqueness. `root` must be a real path (links resolved).
 */
export function defaultDatabasePath(dataFolder: string, root: string): string {
  const name = (basename(root) || "root").replace(/[^A-Za-z0-9._-]+/g, "-").slice(0, 40);
  const hash = createHash("sha256").update(root).digest("hex").slice(0, 12);
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

/** Which queries the index in this database was asked, when open() was told to note them. */
export function queryRecordPath(cacheFolder: string, database: string): string {
  const hash = createHash("sha256").update(database).digest("hex").slice(0, 16);
  return join(cacheFolder, "queries", `${hash}.json`);
}

/** What processes on this machine did, for "haypile analyze". */
export function activityFolder(cacheFolder: string): string {
  return join(cacheFolder, "activity");
}
