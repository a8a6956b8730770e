/* What is measured of this process, put into one record. Everything is counted already: nothing is opened for it. */

import { join } from "node:path";
import { namesIn, sizeOf } from "../base/files/as-far-as-read.ts";
import { cacheGroups } from "../base/measures/caches.ts";
import {
  type DatabaseSort,
  logTotals,
  type OpenDatabaseFacts,
  openDatabases,
} from "../base/measures/databases.ts";
import type { TimeHistogram } from "../base/measures/histogram.ts";
import { stalls } from "../base/measures/stalls.ts";
import { storeStates } from "../base/measures/stores.ts";
import { type WriteKind, writeMeasures } from "../base/measures/writes.ts";
import { version } from "../base/package/version.ts";
import type { Environment } from "../config/environment/env.ts";
import { embeddingCachePath, indexesFolder, memoriesPath } from "../config/places/paths.ts";
import type {
  CacheStats,
  ClosedDatabase,
  DatabaseStats,
  LoopStats,
  StallStats,
  Stats,
  WriteStats,
} from "../ports/answers/daemon/stats.ts";

const mostClosed = 200;
/** Beside its pages, each in the log has a head of so many bytes, and the log one of 32. */
const frameBytes = 24;
const logHeadBytes = 32;

/** @param lastMinute writes of the last minute, where somebody keeps them */
export function processStats(
  environment: Environment,
  limit: { limitBytes: number; usedBytes: number } | undefined,
  loop: LoopStats,
  lastMinute?: (kind: WriteKind, whole: TimeHistogram) => TimeHistogram,
): Stats {
  const { index, memories, cache } = logTotals();
  const stores = storeStates();
  return {
    at: new Date().toISOString(),
    process: {
      pid: process.pid,
      version,
      upSeconds: Math.round(process.uptime()),
      rssBytes: process.memoryUsage.rss(),
      limitBytes: limit?.limitBytes,
      usedBytes: limit?.usedBytes,
    },
    writes: writeStats(lastMinute),
    stalls: stallStats(),
    logs: { index: { ...index }, memories: { ...memories }, cache: { ...cache } },
    databases: openDatabases().map(databaseStats),
    stores: stores.length > 0 ? stores : undefined,
    closed: closedDatabases(environment),
    caches: cacheStats(),
    loop,
  };
}

function writeStats(
  lastMinute?: (kind: WriteKind, whole: TimeHistogram) => TimeHistogram,
): WriteStats[] {
  return writeMeasures
    .kinds()
    .map(([kind, { wait, work, commit, whole, busy, failed, stalled }]) => ({
      kind,
      wait: wait.summary(),
      work: work.summary(),
      commit: commit.summary(),
      whole: whole.summary(),
      lastMinute: lastMinute?.(kind, whole).summary(),
      busy,
      failed,
      stalled: { ...stalled },
    }));
}

function stallStats(): StallStats {
  const { thresholdMs, counts, bursts, last } = stalls;
  return {
    thresholdMs,
    wait: { ...counts.wait },
    commit: { ...counts.commit },
    bursts,
    last: last && { ...last, at: new Date(last.at).toISOString() },
  };
}

/** Bytes of so many pages in a log. */
export function logBytesOf(pages: number, pageBytes: number): number {
  return pages === 0 ? 0 : logHeadBytes + pages * (pageBytes + frameBytes);
}

function databaseStats(facts: OpenDatabaseFacts): DatabaseStats {
  const { sort, path, counts, pageBytes, logPages, logPagesMoved, logPagesMost } = facts;
  return {
    sort,
    path,
    folder: quietly(facts.folder),
    ...counts,
    bytes: sizeOf(path),
    logFileBytes: sizeOf(`${path}-wal`),
    logBytes: logBytesOf(logPages, pageBytes),
    mostLogBytes: logBytesOf(logPagesMost, pageBytes),
    unmovedBytes: logBytesOf(logPages - logPagesMoved, pageBytes),
    pageCacheBytes: facts.cacheBytes,
    pending: quietly(facts.pending),
  };
}

/** Undefined where it cannot be read just now: another process has the file for itself, or it is damaged. */
function quietly<T>(read: (() => T) | undefined): T | undefined {
  try {
    return read?.();
  } catch {
    return undefined;
  }
}

function cacheStats(): CacheStats[] {
  return cacheGroups().flatMap(({ of, caches }) =>
    caches.map(({ owner, hits, misses, entries, bytes }) => ({
      ...{ of, owner, hits, misses, entries, bytes },
    })),
  );
}

function closedDatabases(environment: Environment): ClosedDatabase[] {
  const open = new Set(openDatabases().map(({ path }) => path));
  const found: ClosedDatabase[] = [];
  const add = (sort: DatabaseSort, path: string): void => {
    const bytes = open.has(path) ? 0 : sizeOf(path);
    if (bytes > 0) found.push({ sort, path, bytes, logFileBytes: sizeOf(`${path}-wal`) });
  };
  add("memories", memoriesPath(environment.dataFolder));
  add("cache", embeddingCachePath(environment.cacheFolder));
  const folder = indexesFolder(environment.dataFolder);
  for (const name of namesIn(folder)) {
    if (found.length >= mostClosed) break;
    if (name.endsWith(".db")) add("index", join(folder, name));
  }
  return found;
}
