/*
 * What is kept of a stretch of work: counts, times and memory; no text of queries or files, and of an index
 * only the name of its database. One record is one line of the ring (ring.ts).
 */
import type { FootprintEvent } from "../../base/events.ts";
import type { StallCause, StallCounts } from "../../base/measures/stalls.ts";
import type { EvictionCause, Pressure } from "../../ports/answers/footprint-report.ts";

export const recordFormat = 1;

export interface ActivityRecord {
  format: typeof recordFormat;
  /** ISO 8601: the stretch of time, from the last record of this engine on. */
  from: string;
  at: string;
  /** Id of the process and when it began: ids come again. */
  process: string;
  /** Name of the database's file. */
  index: string;
  settings: {
    /** Undefined: no limit. */
    limitBytes?: number | undefined;
    workers: number;
    tokensPerRun: number;
    cacheBytes: number;
    /** Of the storage of this index; left out by earlier versions. */
    checkpointBytes?: number | undefined;
    synchronous?: string | undefined;
  };
  memory: {
    rssBytes: number;
    /** Of the process, since it began. */
    peakRssBytes: number;
    /** Most bytes of ONNX Runtime's allocator, since the process began; 0: the core is not loaded. */
    runtimePeakBytes: number;
    /** Bytes of the loaded model's session. */
    sessionBytes: number;
  };
  model?: { loadMs: number; loadedFrom: string } | undefined;
  governor?: { mostUsedBytes: number; refused: number; pressure: Pressure } | undefined;
  steps: Record<string, StepCounts>;
  batches: BatchCounts;
  caches: Record<string, CacheCounts>;
  /** Passages that were to be embedded, and those that the cache on disk had. */
  vectors: { asked: number; found: number };
  searches: { anew: number; same: number; similar: number };
  /** Searches and recalls by stage; undefined: none, or it was not counted yet. */
  queries?: Record<string, QueryStageCounts> | undefined;
  /** Writes that waited too long; undefined: none, or it was not counted yet. */
  stalls?: Record<StallCause, StallCounts> | undefined;
  /** What was loaded and freed, and why. */
  events: Pick<FootprintEvent, "at" | "owner" | "what" | "why" | "rssBytes">[];
}

export interface StepCounts {
  times: number;
  ms: number;
  longestMs: number;
  /** Most that was resident at its ends, bytes; 0: not looked at. */
  mostRssBytes: number;
  /** Most that one of them added to the resident memory, bytes. */
  growthBytes: number;
}

/** Calls of one kind. Stages are those of SearchTimes; only those that took any time are there. */
export interface QueryStageCounts {
  times: number;
  /** Milliseconds of all together, by stage. */
  ms: Record<string, number>;
  /** Of one call at most. */
  longestMs: Record<string, number>;
  /** Calls of which the stage took most. */
  led: Record<string, number>;
  /** How many took how long, by bucket (base/log-buckets.ts). */
  buckets: Record<string, number>;
}

export interface BatchCounts {
  times: number;
  texts: number;
  least: number;
  most: number;
}

export interface CacheCounts {
  hits: number;
  misses: number;
  /** Misses of keys that went for want of room not long before: a larger budget would have kept some. */
  regretted: number;
  evictions: Record<EvictionCause, number>;
}

/** The numbers of `now` less those of `before`, at every depth; what is no number is that of `now`. */
export function less<T>(now: T, before: T | undefined): T {
  if (typeof now === "number") return (now - (Number(before) || 0)) as T;
  if (typeof now !== "object" || now === null) return now;
  const was = (before ?? {}) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(now).map(([key, value]) => [key, less(value, was[key])]),
  ) as T;
}
