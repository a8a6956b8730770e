/* What is told as it happens, to pages and scripts that listen (GET /api/v1/events). */
import type { IndexProgress } from "../index-run.ts";
import type { QueryTrace } from "./queries.ts";
import type { FootprintSample } from "./ram.ts";
import type { Alert } from "./stats.ts";

/** Each kind with what it says. */
export interface Happenings {
  /** A question was answered. */
  query: QueryTrace;
  /** How much memory there is. */
  sample: FootprintSample;
  /** A run goes on. */
  index: IndexHappening;
  /** A mark was passed, or it is fine again. */
  alert: Alert;
  /** A call has changed memories. */
  memories: MemoriesHappening;
}

/** "index": a run that brings an index up to date, or makes vectors anew, whoever began it. */
export interface IndexHappening {
  /** The folder that was asked for, absolute; left out: the memories, which get new vectors. */
  folder: string | undefined;
  what: "index" | "importIndex" | "migrate";
  /** Whose call it is. */
  client: string;
  state: "running" | "done" | "failed" | "stopped";
  /** Of a run at work. What is done counts files, and chunks while they get their vectors. */
  phase?: IndexProgress["phase"] | undefined;
  done?: number | undefined;
  total?: number | undefined;
  /** Milliseconds, by the speed of this run; left out until it is known. */
  msLeft?: number | undefined;
  /** Why it failed, for people. */
  error?: string | undefined;
}

/** "memories": a call has changed some. */
export interface MemoriesHappening {
  /** As in the table of calls: "remember". */
  call: string;
  client: string;
  /** Of those that changed, as far as the call says: the first 100. */
  ids: string[];
  /** How many. */
  count: number;
}
