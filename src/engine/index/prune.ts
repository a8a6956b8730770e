/*
 * Deletes indexes for who looks after them: one that is named, or those that nobody needs. What goes is said first, with
 * a token that confirms just that list. An index whose folder is there, or that somebody writes, stays; so does one whose
 * folder may lie on a drive that is not mounted, unless that is wanted.
 */
import { createHmac, randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { dirname, isAbsolute, resolve } from "node:path";
import { HaypileError } from "../../base/errors.ts";
import { nearestFolder } from "../../base/files/mount-point.ts";
import { yieldToEventLoop } from "../../base/yield.ts";
import { type Environment, readEnvironment } from "../../config/environment/env.ts";
import { indexesFolder } from "../../config/places/paths.ts";
import type { KnownIndex, RemovedFile } from "../../ports/answers/index-facts.ts";
import type {
  PrunableIndex,
  PruneOptions,
  PruneReason,
  PruneResult,
  RemovedIndex,
  RemoveIndexOptions,
} from "../../ports/answers/index-upkeep.ts";
import { databaseBytes } from "../../storage/sqlite/file/database-bytes.ts";
import { isForeignDatabase } from "../../storage/sqlite/file/index-facts.ts";
import { describeDatabase, listIndexes } from "./indexes.ts";
import { databaseOf, removeIndexAt, strayDatabases } from "./reset.ts";

/** Closes what this process has open of an index. @throws HaypileError HAYPILE_DB_BUSY while a run is at work */
export type LetGo = (database: string) => Promise<void>;

const tokenGoodForMs = 10 * 60_000;
/** A token is for this process: what it confirms is asked for and done in one place. */
const secret = randomBytes(32);

/** @throws HaypileError HAYPILE_USAGE, HAYPILE_DB_BUSY, HAYPILE_PERMISSION */
export async function removeNamed(
  { folder, database }: RemoveIndexOptions = {},
  letGo: LetGo,
  environment: Environment = readEnvironment(),
): Promise<RemovedIndex> {
  if ((folder === undefined) === (database === undefined)) {
    throw new HaypileError("HAYPILE_USAGE", "Expected the folder of an index, or its file.");
  }
  const said = folder ?? (database as string);
  if (!isAbsolute(said)) {
    throw new HaypileError("HAYPILE_USAGE", `Expected an absolute path but got ${said}.`, {
      data: { path: said },
    });
  }
  const file = await databaseOf(folder ?? "", database, environment);
  assertInDataFolder(file, environment);
  await letGo(file);
  return { files: removeIndexAt(file, {}, environment) };
}

/** @throws HaypileError HAYPILE_USAGE, HAYPILE_CONFIRM */
export async function pruneIndexes(
  options: PruneOptions,
  letGo: LetGo,
  environment: Environment = readEnvironment(),
): Promise<PruneResult> {
  const { confirm, databases } = options;
  const all = await prunable(options, environment);
  const isSpared = ({ why, mayBeUnmounted }: PrunableIndex): boolean =>
    why === "folder-gone" && mayBeUnmounted === true && options.unmounted !== true;
  const may = all.filter((index) => !isSpared(index));
  const wanted =
    databases === undefined ? undefined : new Set(databases.map((one) => resolve(one)));
  for (const one of wanted ?? []) {
    if (may.some(({ database }) => database === one)) continue;
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected indexes that may be pruned, but ${one} is none: its folder is there, or may only not be mounted, or it is no index in the data folder. Nothing was deleted.`,
      { data: { path: one } },
    );
  }
  const indexes = may.filter(({ database }) => wanted?.has(database) !== false);
  const strays = wanted === undefined ? straysIn(environment) : [];
  const found = {
    indexes,
    strays,
    bytes: [...indexes, ...strays].reduce((sum, { bytes }) => sum + bytes, 0),
    spared: all.filter(isSpared),
  };
  const names = [
    ...indexes.map(({ database, why }) => `${why} ${database}`),
    ...strays.map(({ path }) => `stray ${path}`),
  ];
  if (confirm === undefined)
    return names.length === 0 ? found : { ...found, confirm: token(names) };
  assertConfirmed(confirm, names);
  return { ...found, ...(await remove(indexes, strays, letGo, environment)) };
}

async function prunable(
  { olderThanMs }: PruneOptions,
  { dataFolder }: Environment,
): Promise<PrunableIndex[]> {
  if (olderThanMs !== undefined && !(olderThanMs > 0)) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected milliseconds above 0 for olderThanMs but got ${olderThanMs}.`,
      { data: { olderThanMs } },
    );
  }
  const before = olderThanMs === undefined ? undefined : Date.now() - olderThanMs;
  const found: PrunableIndex[] = [];
  for (const index of await listIndexes(dataFolder)) {
    const why = reasonFor(index, before);
    if (why === undefined) continue;
    const { folder } = index;
    const isGone = why === "folder-gone" && folder !== undefined;
    found.push({ ...index, why, ...(isGone && { nearest: nearestFolder(folder) }) });
  }
  return found;
}

function reasonFor(index: KnownIndex, before: number | undefined): PruneReason | undefined {
  const { vanished, damaged, lastUsed, database } = index;
  if (vanished) return "folder-gone";
  if (damaged) return isForeignDatabase(database) ? undefined : "damaged";
  const isOld = before !== undefined && lastUsed !== undefined && Date.parse(lastUsed) < before;
  return isOld ? "unused" : undefined;
}

async function remove(
  indexes: readonly PrunableIndex[],
  strays: readonly RemovedFile[],
  letGo: LetGo,
  environment: Environment,
): Promise<Pick<PruneResult, "removed" | "kept">> {
  const removed: RemovedFile[] = [];
  const kept: { path: string; reason: string }[] = [];
  const attempt = async (path: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!HaypileError.isInstance(error)) throw error;
      kept.push({ path, reason: error.message });
    }
    await yieldToEventLoop();
  };
  for (const { database, why } of indexes) {
    await attempt(database, async () => {
      // What was gone may be back: a drive that was mounted meanwhile.
      const now = describeDatabase(database);
      if (now === undefined) return;
      if (why === "folder-gone" && !now.vanished) {
        kept.push({ path: database, reason: `${now.folder} is there again.` });
        return;
      }
      await letGo(database);
      removed.push(
        ...removeIndexAt(database, {}, environment).filter(({ path }) => path === database),
      );
    });
  }
  for (const stray of strays) {
    await attempt(stray.path, async () => {
      removeIndexAt(stray.path, {}, environment);
      removed.push(stray);
    });
  }
  return { removed, kept };
}

function straysIn(environment: Environment): RemovedFile[] {
  return strayDatabases(environment).map((path) => {
    const besides = ["-wal", "-shm", "-journal", ".compact"].map((ending) => `${path}${ending}`);
    const bytes = besides.reduce(
      (sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0),
      databaseBytes(path) - (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0),
    );
    return { path, bytes };
  });
}

function token(names: readonly string[], now = Date.now()): string {
  const until = Math.floor((now + tokenGoodForMs) / 1_000);
  return `${until.toString(36)}-${sign(names, until)}`;
}

function sign(names: readonly string[], until: number): string {
  const list = names.toSorted().join("\0");
  return createHmac("sha256", secret).update(`${until}\0${list}`).digest("hex").slice(0, 32);
}

/** @throws HaypileError HAYPILE_CONFIRM */
function assertConfirmed(confirm: string, names: readonly string[]): void {
  const [, time = "", said = ""] = /^([0-9a-z]+)-([0-9a-f]+)$/u.exec(confirm) ?? [];
  const until = Number.parseInt(time, 36);
  const reason = Number.isNaN(until)
    ? "it has another form"
    : until * 1_000 < Date.now()
      ? "it was good for ten minutes"
      : said !== sign(names, until)
        ? "what would go is not the same any more, or another process made it"
        : undefined;
  if (reason === undefined) return;
  throw new HaypileError(
    "HAYPILE_CONFIRM",
    `Expected the token of a preview of these ${names.length} files, but ${reason}. Nothing was deleted. Ask for the preview again and confirm with its token.`,
    { data: { matched: names.length } },
  );
}

/** @throws HaypileError HAYPILE_USAGE */
function assertInDataFolder(file: string, { dataFolder }: Environment): void {
  if (dirname(file) === indexesFolder(dataFolder) && file.endsWith(".db")) return;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected an index in the data folder, but ${file} lies elsewhere. Nothing was deleted; "haypile reset --db" deletes such a one.`,
    { data: { path: file } },
  );
}
