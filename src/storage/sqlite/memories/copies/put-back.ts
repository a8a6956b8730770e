/*
 * Puts another state of memories, or of an index, in the place of today's while others have the file open. It is one transaction of
 * SQLite, written page by page: whoever reads sees the old state until it is committed, whoever is killed leaves the old or
 * the new one, and no file gets another's log. Who has the file open sees by `schema_version` that it is another one.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { HaypileError } from "../../../../base/errors.ts";
import type { CopiedKind } from "../../copies/copy.ts";
import { type Database, sqliteName } from "../../file/driver.ts";
import { connect } from "../../file/open.ts";

const pagesPerStep = 1_024;
const cacheKib = 4_096;
const mostTries = 50;
const firstPauseMs = 2;
const longestPauseMs = 200;

/** Somebody wrote between the copy of what is replaced and the moment when nobody could any more. */
class Overtaken extends Error {}

/**
 * @param image a sound file that nobody else has open
 * @param path the file that is open
 * @param keep makes a copy of what is replaced; called again when somebody wrote meanwhile
 * @returns what the last keep() gave: nothing was written between it and the change
 * @throws HaypileError HAYPILE_DB_BUSY, HAYPILE_DB_CORRUPT and HAYPILE_DB_NOT_A_DATABASE where the file is too damaged
 *   to be written, HAYPILE_DISK_FULL, HAYPILE_PERMISSION, HAYPILE_IO; whatever `keep` throws
 */
export async function putBack<T>(
  kind: CopiedKind,
  image: string,
  path: string,
  keep: () => Promise<T>,
): Promise<T> {
  const doing = `restore ${kind.what}`;
  let source: Database | undefined;
  let live: Database | undefined;
  try {
    source = connect(image, { readonly: true });
    live = connect(path, { creates: false });
    live.pragma(`cache_size = -${cacheKib}`);
    live.pragma("synchronous = FULL");
    live.pragma("fullfsync = 1");
    assertSamePages(source, live, path, doing);
    for (let attempt = 0; attempt < mostTries; attempt += 1) {
      const before = versionOf(live);
      const kept = await keepQuietly(live, keep);
      if (await copyInto(source, path, live, before)) {
        // On the disk, and not only in the log: who is told that it is done keeps it when the power fails.
        live.pragma("wal_checkpoint(TRUNCATE)");
        return kept;
      }
      await sleep(Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempt, 8)));
    }
    throw new HaypileError(
      "HAYPILE_DB_BUSY",
      `Could not ${doing}: others write to ${path} all the time. Nothing was changed. End what writes, then run it again.`,
      { data: { path } },
    );
  } catch (error) {
    throw kind.error(error, path, doing);
  } finally {
    live?.close();
    source?.close();
  }
}

/** Nobody writes while it is made; recalls go on. */
async function keepQuietly<T>(live: Database, keep: () => Promise<T>): Promise<T> {
  live.exec("BEGIN IMMEDIATE");
  try {
    return await keep();
  } finally {
    live.exec("ROLLBACK");
  }
}

/** False: somebody was faster, and nothing was changed. */
async function copyInto(
  source: Database,
  path: string,
  live: Database,
  before: number,
): Promise<boolean> {
  let isHeld = false;
  try {
    const { totalPages } = await source.backup(sqliteName(path), {
      progress: () => {
        // The first step has taken the right to write, so nobody writes from here on.
        if (!isHeld && versionOf(live) !== before) throw new Overtaken();
        isHeld = true;
        return pagesPerStep;
      },
    });
    // It did not get the right to write: then it ends as if there were nothing to do.
    return isHeld && totalPages > 0;
  } catch (error) {
    if (error instanceof Overtaken) return false;
    throw error;
  }
}

/** Another value whenever another connection has committed. */
function versionOf(db: Database): number {
  return db.pragma("data_version", { simple: true }) as number;
}

/** SQLite changes the size of pages of no database that has a log. */
function assertSamePages(source: Database, live: Database, path: string, doing: string): void {
  const [from, to] = [source, live].map((db) => db.pragma("page_size", { simple: true }));
  if (from === to) return;
  throw new HaypileError(
    "HAYPILE_DB_NOT_A_DATABASE",
    `Could not ${doing}: ${path} has pages of ${to} bytes, the snapshot has such of ${from}. Restore it to another file with --to.`,
    { data: { path } },
  );
}
