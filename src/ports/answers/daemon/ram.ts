/* How the RAM of the daemon went over the last hours, and what happened meanwhile. Times are milliseconds since 1970, sizes bytes. */
import type { FootprintEvent } from "../../../base/events.ts";
import type { FootprintLevel, LadderStepName } from "../../footprint.ts";
import type { CacheStatistics, FootprintReport } from "../footprint-report.ts";

export type { FootprintLevel, LadderStepName } from "../../footprint.ts";

/** What one look at the memory found. */
export interface FootprintLook {
  /** Resident memory of this process. */
  ownBytes: number;
  /** Memory of its parse processes that is theirs alone. */
  childBytes: number;
  /** What counts against the limit: both, or more where others on the machine press. Without a limit both together. */
  usedBytes: number;
  /** Undefined without a limit; so are the two below. */
  limitBytes: number | undefined;
  level: FootprintLevel | undefined;
}

/** Told of every look, by whoever looks. It answers at once and does not throw. */
export interface FootprintWatcher {
  seen(look: FootprintLook): void;
  /** Steps of the ladder that are taken now; told after looks that may have changed them. */
  taken(steps: readonly LadderStepName[]): void;
}

export interface RamAsked {
  /** Only what was at this time or later. Default: all that is kept, six hours. */
  since?: number | undefined;
  /** At most so many points, 1 to 2,160. Default 360. */
  points?: number | undefined;
}

/**
 * Points in columns, oldest first. A point stands for `everyMs` from its time on: the least and the most that a look
 * found in it. Where nothing was looked at there is no point.
 */
export interface RamColumns {
  at: number[];
  ownMin: number[];
  ownMax: number[];
  /** What counts against the limit. */
  usedMin: number[];
  usedMax: number[];
  childMax: number[];
  /** null: there was no limit. */
  limit: (number | null)[];
  /** The worst: 0 calm, 1 warning, 2 critical. */
  level: number[];
  /** Steps that were taken at any time in it: bit n is the ladder's step n. */
  steps: number[];
  /** Processor time of the daemon as a share of one CPU; null: not known. */
  cpu: (number | null)[];
}

/** Something that happened, on one time line. */
export type FootprintMoment =
  | ({ kind: "event"; time: number } & FootprintEvent)
  | {
      kind: "step";
      time: number;
      step: LadderStepName;
      /** undefined: it is taken still. */
      until: number | undefined;
      usedBytes: number;
    }
  | {
      kind: "level";
      time: number;
      level: "warning" | "critical";
      until: number | undefined;
      /** How often it was come to, with less than five seconds between. */
      times: number;
      /** The most that was used at this level. */
      usedBytes: number;
    };

export interface RamOverTime {
  now: FootprintSample;
  /** Milliseconds that a point stands for. */
  everyMs: number;
  columns: RamColumns;
  /** Oldest first. */
  moments: FootprintMoment[];
  /** Every step of the ladder in its order. */
  ladder: readonly LadderStepName[];
  /** Shares of the limit at which the levels begin. */
  marks: { warning: number; critical: number };
}

/** What "sample" tells every second while somebody listens. */
export interface FootprintSample extends FootprintLook {
  about: "memory";
  at: number;
  /** Most that was used since the sample before. */
  mostBytes: number;
  steps: readonly LadderStepName[];
  /** Share of one CPU since the sample before. */
  cpu: number | undefined;
  /** Moments so far: more than before says that there is something new to ask for. */
  moments: number;
}

/** A model in RAM. */
export interface LoadedModelFacts {
  owner: string;
  sessionBytes: number;
  workers: number;
  tokensPerRun: number;
}

/** What one open index takes of the process. */
export interface OpenIndexFacts {
  folder: string;
  /** In the index. */
  files: number;
  bitsBytes: number;
  lengthsBytes: number;
  /** The bound of its page cache. */
  databaseCacheBytes: number;
  caches: CacheStatistics;
}

/** The receipt of the process once, whatever it has open. */
export interface ProcessFootprint extends FootprintReport {
  at: number;
  models: LoadedModelFacts[];
  indexes: OpenIndexFacts[];
  /** Vectors and filters of memories in RAM. */
  memoriesBytes: number;
}
