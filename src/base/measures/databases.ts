/*
 * The databases that this process has open, and what their logs did. Each is entered by who opens it and leaves when it is
 * closed; what is counted of it goes on in the totals of its sort, which never go back.
 */

export const databaseSorts = ["index", "memories", "cache"] as const;
export type DatabaseSort = (typeof databaseSorts)[number];

export interface LogCounts {
  commits: number;
  /** Times that the log was moved into the database, by a commit or for itself. */
  checkpoints: number;
  /** Of those, that could not move all because others read or wrote. */
  checkpointsBusy: number;
  /** Pages moved. */
  pagesMoved: number;
  /** Time of the commits and calls that moved them, milliseconds. */
  checkpointMs: number;
}

/** Work that is put off: counts of rows, 0 where nothing waits. */
export interface PendingWork {
  /** Texts, or parts of memories, that have no vector yet. */
  vectors: number;
  /** Vectors that no segment of bits has yet, where searches go by bits. */
  bits?: number | undefined;
  /** Rows of segments that are gone from the index. */
  deadBits?: number | undefined;
  /** Texts that are not packed, where texts are to be packed. */
  texts?: number | undefined;
  /** Parts of the word indexes above one each: what a merge would leave. */
  wordMerges?: number | undefined;
  /** Memories past their end, not yet collected. */
  expired?: number | undefined;
  /** Memories that were forgotten and can still be brought back. */
  deleted?: number | undefined;
}

export class OpenDatabaseFacts {
  readonly sort: DatabaseSort;
  readonly path: string;
  readonly counts = noCounts();
  pageBytes = 4_096;
  /** Upper bound of SQLite's page cache, bytes. */
  cacheBytes = 0;
  /** Pages in the log as the last commit left it, those of them that were moved, and the most there ever were. */
  logPages = 0;
  logPagesMoved = 0;
  logPagesMost = 0;
  /** Counts what waits. It may take milliseconds; undefined: nothing ever waits here. */
  pending: (() => PendingWork) | undefined;
  /** The folder that an index is of, once it says so. */
  folder: (() => string | undefined) | undefined;

  constructor(sort: DatabaseSort, path: string) {
    this.sort = sort;
    this.path = path;
  }

  /** @param pages in the log now, @param moved of them that are in the database, @param ms what the call took */
  noteLog(pages: number, moved: number, ms: number): void {
    const before = pages < this.logPages ? 0 : this.logPagesMoved;
    if (moved > before) this.noteCheckpoint(moved - before, ms, false);
    this.logPages = pages;
    this.logPagesMoved = moved;
    if (pages > this.logPagesMost) this.logPagesMost = pages;
  }

  noteCommit(): void {
    this.counts.commits += 1;
    totals[this.sort].commits += 1;
  }

  noteCheckpoint(pages: number, ms: number, isBusy: boolean): void {
    for (const counts of [this.counts, totals[this.sort]]) {
      counts.checkpoints += 1;
      if (isBusy) counts.checkpointsBusy += 1;
      counts.pagesMoved += pages;
      counts.checkpointMs += ms;
    }
  }
}

const totals: Record<DatabaseSort, LogCounts> = {
  index: noCounts(),
  memories: noCounts(),
  cache: noCounts(),
};
const open = new Set<OpenDatabaseFacts>();

export function enterDatabase(facts: OpenDatabaseFacts): void {
  open.add(facts);
}

export function leaveDatabase(facts: OpenDatabaseFacts): void {
  open.delete(facts);
}

/** Those that are open now. */
export function openDatabases(): OpenDatabaseFacts[] {
  return [...open];
}

/** Of all databases that this process ever had open, by their sort. */
export function logTotals(): Readonly<Record<DatabaseSort, Readonly<LogCounts>>> {
  return totals;
}

function noCounts(): LogCounts {
  return { commits: 0, checkpoints: 0, checkpointsBusy: 0, pagesMoved: 0, checkpointMs: 0 };
}
