/* What is measured of a process that serves: writes, databases, caches, lanes, clients, alerts. */

import type { DatabaseSort, LogCounts, PendingWork } from "../../../base/measures/databases.ts";
import type { TimeSummary } from "../../../base/measures/histogram.ts";
import type { StallCause, StallCounts } from "../../../base/measures/stalls.ts";
import type { StoreState } from "../../../base/measures/stores.ts";
import type { WriteKind } from "../../../base/measures/writes.ts";
import type { UpkeepStats } from "./upkeep.ts";

/** Times of writes of one kind, milliseconds. Percentiles are right to 5 %. */
export interface WriteStats {
  kind: WriteKind;
  /** From the first try to the turn to write. */
  wait: TimeSummary;
  /** From the turn to the commit. */
  work: TimeSummary;
  /** The commit: waiting for the disk where that is asked for, and moving the log when it is full. */
  commit: TimeSummary;
  /** All three, since the process began. */
  whole: TimeSummary;
  /** All three, of the last minute; left out where nobody keeps it. */
  lastMinute?: TimeSummary | undefined;
  /** Tries that found another writer. */
  busy: number;
  failed: number;
  /** That took longer than the threshold to get the turn, and to commit. */
  stalled: Record<StallCause, number>;
}

/** Writes that waited longer than log.write-stall. */
export interface StallStats {
  thresholdMs: number;
  /** For another writer. */
  wait: StallCounts;
  /** For the disk, or for the log that a commit moved. */
  commit: StallCounts;
  /** Stalls close together are one. */
  bursts: number;
  last?: { at: string; cause: StallCause; kind: string; ms: number } | undefined;
}

/** A database that this process has open. */
export interface DatabaseStats extends LogCounts {
  sort: DatabaseSort;
  path: string;
  /** What an index is of. */
  folder?: string | undefined;
  /** The file, its log as it lies on the disk, and how much of that is in use now and was at most, bytes. */
  bytes: number;
  logFileBytes: number;
  logBytes: number;
  mostLogBytes: number;
  /** In use and not yet checkpointed: written to the log (WAL) and not to the database. */
  unmovedBytes: number;
  /** Upper bound of SQLite's page cache, bytes. */
  pageCacheBytes: number;
  /** Left out where nothing ever waits. */
  pending?: PendingWork | undefined;
}

/** A second. */
export interface LogRates {
  commits: number;
  checkpoints: number;
  pagesMoved: number;
}

/** A database of the data folder that is not open. */
export interface ClosedDatabase {
  sort: DatabaseSort;
  path: string;
  bytes: number;
  logFileBytes: number;
}

export interface CacheStats {
  /** The folder of an index, or "memories". */
  of: string;
  owner: string;
  hits: number;
  misses: number;
  entries?: number | undefined;
  bytes?: number | undefined;
}

export interface LaneStats {
  running: number;
  queued: number;
  done: number;
  refused: number;
}

/** What holds up a process that does one thing at a time. */
export interface LoopStats {
  /** Share of the time since the last look in which it had something to do, 0 to 1. */
  busyShare: number;
  /** How late a timer came, milliseconds; left out until somebody has asked for a little while. */
  delay?: { p50Ms: number; p99Ms: number; mostMs: number } | undefined;
}

export type AlertRule =
  | "rss"
  | "write-p95"
  | "wal-size"
  | "pending"
  | "queue"
  | "error-rate"
  | "disk-free"
  | "upkeep";

export type AlertLevel = "warning" | "critical" | "cleared";

export interface Alert {
  /** Counts up. */
  id: number;
  rule: AlertRule;
  level: AlertLevel;
  /** When it came to this. */
  at: string;
  /** One sentence. */
  text: string;
  value: number;
  /** What the value is a number of. */
  unit: "bytes" | "ms" | "count" | "share";
  /** The mark that it is beyond; of one that is cleared, the mark it was beyond. */
  mark: number;
}

export interface Alerts {
  /** Those that hold. */
  now: Alert[];
  /** The last hundred, newest first, those that were cleared too. */
  lately: Alert[];
  /** How telling others went; left out where nobody is told. */
  command?: TellingStats | undefined;
  webhook?: TellingStats | undefined;
}

export interface TellingStats {
  told: number;
  failed: number;
  /** Given up because too many waited. */
  dropped: number;
  lastError?: string | undefined;
}

/** One of the options alerts.…, as it is now. */
export interface Threshold {
  option: string;
  /** "100%,120%", "off". */
  value: string;
  /** "default", "user file" or "environment". */
  origin: "default" | "user file" | "environment";
  /** What it is measured against, in words. */
  says: string;
  /** What may be said, in words. */
  expects: string;
  /** It can be set from the page: the command and the webhook cannot. */
  canBeSet: boolean;
}

export interface Thresholds {
  /** The file they are written to. */
  path: string;
  thresholds: Threshold[];
  /** Why the file is not heeded now; left out where it is. */
  problem?: string | undefined;
}

export interface Stats {
  at: string;
  process: {
    pid: number;
    version: string;
    upSeconds: number;
    rssBytes: number;
    /** The limit of memory and what counts against it, our other processes too; left out without one. */
    limitBytes?: number | undefined;
    usedBytes?: number | undefined;
  };
  /** Kinds that were written. */
  writes: WriteStats[];
  stalls: StallStats;
  /** Commits and checkpoints of all databases that were ever open. */
  logs: Record<DatabaseSort, LogCounts>;
  /** Of the last minute; left out where nobody keeps it. */
  rates?: Record<DatabaseSort, LogRates> | undefined;
  databases: DatabaseStats[];
  /** Servers of stores that this process has to do with; left out without any. */
  stores?: StoreState[] | undefined;
  /** At most 200. */
  closed: ClosedDatabase[];
  caches: CacheStats[];
  loop: LoopStats;
  /** These are the daemon's alone. */
  lanes?: Record<"interactive" | "background", LaneStats> | undefined;
  clients?: { mcp: number; rpc: number; served: number } | undefined;
  calls?: { ok: number; failed: number } | undefined;
  alerts?: Alert[] | undefined;
  /** What the daemon does by itself when nobody asks for anything. */
  upkeep?: UpkeepStats | undefined;
}
