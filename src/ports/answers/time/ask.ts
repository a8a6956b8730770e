/* One question to the memories and the code of a folder's project, as they are or as they stood at a moment. */
import type { RecallHit } from "../../memories.ts";
import type { SearchHit, SearchTimes } from "../search.ts";
import type { AnsweredAt } from "./answered-at.ts";

export interface AskOptions {
  /** Of the project: relative to the current folder, or absolute. Its index, or that of a folder above, is searched. */
  folder: string;
  /**
   * A day (its end; today: now), a time or an instant; or a commit, branch or tag of the folder's repository, which means
   * its time for memories. Memories are those of then, and code is that of the last commit by then. Default: now, and the
   * files as they are.
   */
  asOf?: string | undefined;
  /** Of memories. "*": all. Default: those of the folder's project, and "default". */
  namespace?: string | readonly string[] | undefined;
  /** Hits of both together, 1 to 1,000. Default 10. */
  k?: number | undefined;
  /** Least score of both, 0 to 1. Default: what is near enough (docs/search.md). */
  minScore?: number | undefined;
  /** Most tokens of all that is shown: whole memories or their best part, and snippets of code. */
  maxTokens?: number | undefined;
  /** Most lines of a snippet of code. Default 5. */
  snippetLines?: number | undefined;
  /** Time for the whole answer, milliseconds. The side that is late is left out, and says so. Default: no limit. */
  deadlineMs?: number | undefined;
  /** false: caches of results are neither asked nor filled by this call. Default true. */
  cache?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

/** A memory that answers. */
export interface AskedMemory {
  kind: "memory";
  /** 0 to 1, on the one scale that code has too. */
  score: number;
  memory: RecallHit;
}

/** Code that answers. */
export interface AskedCode {
  kind: "code";
  score: number;
  code: SearchHit;
}

export type AskHit = AskedMemory | AskedCode;

/** Why one side has nothing to say. */
export interface AskProblem {
  /** As in docs/errors.md. */
  code: string;
  message: string;
}

export interface AskSide {
  /** Near enough, up to k: how many of these are shown, the hits say. */
  found: number;
  /** Best score of what is not near enough; undefined: nothing was left out for that. */
  nearest: number | undefined;
  /** Undefined: it answered. */
  problem: AskProblem | undefined;
  /** What limits its answer, in sentences. */
  notes: string[];
}

export interface AskedMemories extends AskSide {
  /** Where it looked; none: everywhere. */
  namespaces: string[];
  /** Memories that fit. */
  searched: number;
}

export interface AskedCodeSide extends AskSide {
  /** Which commit; undefined without asOf: the files as they are. */
  at: AnsweredAt | undefined;
}

export interface AskResult {
  /** Of both sides, best first. Where both have something near enough and k is 2 or more, each has one at least. */
  hits: AskHit[];
  /** The moment that was meant, ISO 8601; undefined: now. */
  asOf: { said: string; at: string } | undefined;
  memories: AskedMemories;
  code: AskedCodeSide;
  /** Hits that did not fit into maxTokens. */
  omitted: number;
  /** A deadline or a budget left something out, or one side did not answer. */
  isPartial: boolean;
  /** Milliseconds. */
  timesMs: SearchTimes;
}
