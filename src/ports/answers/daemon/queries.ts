/* What the daemon says of the calls that somebody waited for. */
import type { Percentiles } from "../../../base/log-buckets.ts";
import type { Stage } from "../../../base/stages.ts";

export interface QueriesOptions {
  /** Most of the latest, 0 to 512. Default 100. */
  limit?: number | undefined;
  /** Only those after the one with this number. */
  since?: number | undefined;
  /** Only those of a client, by its name. */
  client?: string | undefined;
  /** Only those of a call: "search", "recall". */
  call?: string | undefined;
  /** Most of the slowest, 0 to 32. Default 10. */
  slowest?: number | undefined;
}

/** How a client came in. */
export type ClientFace = "mcp" | "rpc" | "http";

/** One call, and where its time went. */
export interface QueryTrace {
  /** Counts up from 1 in each daemon. */
  id: number;
  /** When it was over, ISO 8601. */
  at: string;
  client: string;
  face: ClientFace;
  call: string;
  /** Last part of the folder's path; undefined for memories. */
  folder: string | undefined;
  /** The question, at most 200 characters; undefined where there is none, or log.queries is off. */
  text: string | undefined;
  /** Milliseconds by stage, those that took any, in the order of a call; they add up to the total. */
  stages: { stage: Stage | "other"; ms: number }[];
  totalMs: number;
  /** Undefined: it answers with something else than hits, or failed. */
  hits: number | undefined;
  fromCache: "same" | "similar" | undefined;
  /** Code of the error it ended with. */
  failed: string | undefined;
  /** What took most of the time, in a sentence. */
  cause: string;
}

export interface StagePercentiles extends Percentiles {
  stage: Stage | "other" | "total";
  /** Calls in which the stage took any time. */
  count: number;
  /** Milliseconds. */
  sumMs: number;
}

/** Calls that ended within one minute. */
export interface QueryMinute extends Percentiles {
  /** Begin of the minute, ISO 8601. */
  at: string;
  count: number;
}

export interface ClientCounts {
  client: string;
  face: ClientFace | "any";
  calls: number;
  failed: number;
  sumMs: number;
  p50: number;
  p95: number;
}

export interface QueriesReport {
  /** The newest first. */
  recent: QueryTrace[];
  /** Of the last hour, the slowest first. */
  slowest: QueryTrace[];
  /** Of the last hour, by call. At most 3.93 % off. */
  stages: { call: string; stages: StagePercentiles[] }[];
  /** By call, minute by minute, six hours at most; minutes without a call are left out. At most 3.93 % off. */
  minutes: { call: string; minutes: QueryMinute[] }[];
  /** The busiest first; those that are too many come as "others". */
  clients: ClientCounts[];
  /** Calls since the daemon began. */
  total: number;
  /** Texts of questions are kept, in memory and nowhere else. */
  keepsTexts: boolean;
}
