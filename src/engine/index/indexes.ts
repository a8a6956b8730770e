/* Which indexes lie in the data folder, whether anybody has them open or not. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { HaypileError } from "../../base/errors.ts";
import { mayBeUnmounted } from "../../base/files/mount-point.ts";
import { yieldToEventLoop } from "../../base/yield.ts";
import { readEnvironment } from "../../config/environment/env.ts";
import { indexesFolder } from "../../config/places/paths.ts";
import type { IndexContents, KnownIndex } from "../../ports/answers/index-facts.ts";
import type { IndexesOptions } from "../../ports/answers/index-upkeep.ts";
import { databaseBytes } from "../../storage/sqlite/file/database-bytes.ts";
import { lastUseOf, readIndexFacts } from "../../storage/sqlite/file/index-facts.ts";
import { lockOwner } from "../../storage/sqlite/file/lock.ts";
import { runByNote } from "./run-note.ts";

/**
 * The indexes in the data folder, by their folders; those made elsewhere with --db are not known here. One
 * that cannot be read is in the list and says so.
 *
 * @param dataFolder default: that of the environment
 * @param details what each holds, too
 * @throws HaypileError HAYPILE_NATIVE_MISSING, HAYPILE_NODE_TOO_OLD
 */
export async function listIndexes(
  dataFolder: string = readEnvironment().dataFolder,
  { details = false }: IndexesOptions = {},
): Promise<KnownIndex[]> {
  const found: KnownIndex[] = [];
  for (const database of databasesIn(indexesFolder(dataFolder))) {
    const index = describeDatabase(database, details);
    if (index !== undefined) found.push(index);
    // A daemon answers others between two files.
    await yieldToEventLoop();
  }
  const orderOf = ({ folder, database }: KnownIndex): string => folder ?? `\uffff${database}`;
  return found.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
}

/** What a file is an index of; undefined: it is not there. @throws HaypileError as listIndexes() */
export function describeDatabase(database: string, details = false): KnownIndex | undefined {
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
      const known = details ? contentsOf(database) : undefined;
      const { root: folder, lastIndex, mount, note } = known?.facts ?? readIndexFacts(database);
      const vanished = folder !== undefined && isGone(folder);
      const index = { ...base, ...sizes, folder, lastIndex, vanished };
      return {
        ...index,
        ...(vanished && mayBeUnmounted(folder, mount) && { mayBeUnmounted: true }),
        ...(known?.contents !== undefined && {
          details: { ...known.contents, indexing: runByNote(note, () => lockOwner(database)) },
        }),
      };
    } catch (error) {
      if (!HaypileError.isInstance(error) || programErrors.has(error.code)) throw error;
      return { ...base, ...sizes, damaged: damage.has(error.code), problem: error.message };
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

type Facts = ReturnType<typeof readIndexFacts>;

/** What was counted of files that have not changed since; the oldest goes first. */
const counted = new Map<string, { stamp: string; facts: Facts }>();
const mostCounted = 1_000;

function contentsOf(database: string): {
  facts: Facts;
  contents: Omit<IndexContents, "indexing"> | undefined;
} {
  const stamp = ["", "-wal"].map((ending) => stampOf(`${database}${ending}`)).join(" ");
  const known = counted.get(database);
  counted.delete(database);
  const facts = known?.stamp === stamp ? known.facts : readIndexFacts(database, true);
  counted.set(database, { stamp, facts });
  for (const oldest of counted.keys()) {
    if (counted.size <= mostCounted) break;
    counted.delete(oldest);
  }
  return { facts, contents: facts.contents };
}

function stampOf(file: string): string {
  const facts = statSync(file, { throwIfNoEntry: false, bigint: true });
  return facts === undefined ? "" : `${facts.ino} ${facts.size} ${facts.mtimeNs}`;
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
export function isGone(folder: string): boolean {
  try {
    return statSync(folder).isDirectory() === false;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR";
  }
}
