/* Which indexes lie in the data folder, whether anybody has them open or not. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { HaypileError } from "../../base/errors.ts";
import { yieldToEventLoop } from "../../base/yield.ts";
import { readEnvironment } from "../../config/environment/env.ts";
import { indexesFolder } from "../../config/places/paths.ts";
import type { KnownIndex } from "../../ports/answers/index-facts.ts";
import { databaseBytes } from "../../storage/sqlite/file/database-bytes.ts";
import { lastUseOf, readIndexFacts } from "../../storage/sqlite/file/index-facts.ts";

/**
 * The indexes in the data folder, by their folders; those made elsewhere with --db are not known here. One
 * that cannot be read is in the list and says so.
 *
 * @param dataFolder default: that of the environment
 * @throws HaypileError HAYPILE_NATIVE_MISSING, HAYPILE_NODE_TOO_OLD
 */
export async function listIndexes(
  dataFolder: string = readEnvironment().dataFolder,
): Promise<KnownIndex[]> {
  const found: KnownIndex[] = [];
  for (const database of databasesIn(indexesFolder(dataFolder))) {
    const index = describe(database);
    if (index !== undefined) found.push(index);
    // A daemon answers others between two files.
    await yieldToEventLoop();
  }
  const orderOf = ({ folder, database }: KnownIndex): string => folder ?? `\uffff${database}`;
  return found.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
}

/** Undefined: it went away meanwhile. */
function describe(database: string): KnownIndex | undefined {
  const base = {
    folder: undefined,
    database,
    lastIndex: undefined,
    vanished: false,
    damaged: false,
  };
  try {
    const sizes = { bytes: databaseBytes(database), lastUsed: lastUseOf(database)?.toISOString() };
    if (sizes.lastUsed === undefined) return undefined;
    try {
      const { root: folder, lastIndex } = readIndexFacts(database);
      const vanished = folder !== undefined && isGone(folder);
      return { ...base, ...sizes, folder, lastIndex, vanished };
    } catch (error) {
      if (!HaypileError.isInstance(error) || programErrors.has(error.code)) throw error;
      return { ...base, ...sizes, damaged: damage.has(error.code), problem: error.message };
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Not about one file. */
const programErrors: ReadonlySet<string> = new Set([
  "HAYPILE_NATIVE_MISSING",
  "HAYPILE_NODE_TOO_OLD",
  "HAYPILE_DB_SQLITE_TOO_OLD",
]);
const damage: ReadonlySet<string> = new Set(["HAYPILE_DB_CORRUPT", "HAYPILE_DB_NOT_A_DATABASE"]);

function databasesIn(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .filter((name) => name.endsWith(".db"))
    .map((name) => join(folder, name))
    .filter(isFile);
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** A folder that may not be looked at is still there. */
function isGone(folder: string): boolean {
  try {
    return statSync(folder).isDirectory() === false;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR";
  }
}
