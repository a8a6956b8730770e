/* What analyze says of a period. */
import type { Percentiles } from "../../base/log-buckets.ts";
import type { StallCause, StallCounts } from "../../base/measures/stalls.ts";
import type { CacheCounts, StepCounts } from "./record.ts";

export interface ActivityReport {
  /** ISO 8601: begin of the first stretch and end of the last. */
  from: string;
  to: string;
  records: number;
  processes: number;
  indexes: string[];
  /** Undefined when no process had a limit. */
  pressure: PressureReport | undefined;
  searches: { anew: number; same: number; similar: number };
  /** Searches and recalls by stage, those with the most time first. */
  queries: QueryReport[];
  caches: CacheReport[];
  /** Passages to be embedded, and those that the cache on disk had. */
  vectors: { asked: number; found: number };
  /** Writes that waited too long, for another writer and for the disk at their commit. */
  stalls: Record<StallCause, StallCounts>;
  /** Texts of one call of the model; undefined when none was made. */
  batches: { times: number; mean: number; least: number; most: number } | undefined;
  peak: { rssBytes: number; at: string; process: string; index: string };
  models: { loads: number; frees: number; reasons: ModelReason[] };
  /** The most time first. */
  slowest: StepReport[];
  /** The most that was resident first. */
  hungriest: StepReport[];
  /** The first of the improvements; undefined when nothing was found. */
  cheapest: Improvement | undefined;
  /** The cheapest first. */
  improvements: Improvement[];
}

/** Where the time of one call went. Percentiles are at most 3.93 % off. */
export interface QueryReport extends Percentiles {
  /** "search" or "recall". */
  call: string;
  times: number;
  /** Milliseconds of all together. */
  sumMs: number;
  /** The one that took most first. */
  stages: QueryStageReport[];
}

export interface QueryStageReport {
  /** As in the times of a search. */
  stage: string;
  ms: number;
  /** Of the time of all, 0 to 1. */
  share: number;
  /** In one call. */
  longestMs: number;
  /** Calls of which it took most. */
  led: number;
}

export interface PressureReport {
  /** Smallest and largest limit of a process, bytes. */
  leastLimitBytes: number;
  mostLimitBytes: number;
  /** Time that was looked at, and of it that above the marks, milliseconds. */
  lookedMs: number;
  warningMs: number;
  criticalMs: number;
  /** Steps of the ladder, the longest first. */
  steps: { name: string; times: number; ms: number }[];
  refused: number;
  /** Most of a limit that was used, 0 to 1 or more. */
  mostShare: number;
  mostUsedBytes: number;
}

export interface CacheReport extends CacheCounts {
  owner: string;
  /** Hits of all lookups, 0 to 1; undefined without lookups. */
  hitRate: number | undefined;
}

export interface ModelReason {
  owner: string;
  what: string;
  why: string;
  times: number;
}

export interface StepReport extends StepCounts {
  name: string;
}

export interface Improvement {
  /** As in the options table, or of open(). */
  option: string;
  /** What it is now, and what it should be, as "haypile config set" reads it. */
  present: string;
  proposed: string;
  /** What was seen. */
  because: string;
  /** What is expected. */
  effect: string;
  cost: "nothing" | "memory" | "time";
}
