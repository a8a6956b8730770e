/* What of a project is not in its index, by which rule, and where that rule stands. */
import type { ParseFailure } from "../syntax.ts";
import type { SkipReason } from "./index-run.ts";

export interface LeftOutOptions {
  /** Most paths of a page, 1 to 1000. Default 100. */
  limit?: number | undefined;
  /** Of the page before. */
  cursor?: string | undefined;
  /** Only what lies in this folder, or is this file; relative to the indexed folder. Default: all of it. */
  under?: string | undefined;
  /** Only what is left out for one of these reasons (skipReasons). Default: any. */
  reasons?: readonly string[] | undefined;
  /** Only what this rule leaves out, as `rule` of a path says it. Default: any. */
  rule?: string | undefined;
  /** Larger files are left out, bytes. Default: as an index run has it, from the configuration. */
  maxFileBytes?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** A file or folder that is not in the index. */
export interface LeftOutPath {
  /** Relative to the indexed folder. A folder ends in "/" and counts once, whatever is in it. */
  path: string;
  reason: SkipReason;
  /** The rule's place (".gitignore:3"), or the sign ("it holds pyvenv.cfg"); "" where the reason says all. */
  rule: string;
  /** More of it where the rule is for many: the size of a file above the limit, the line of a mark. */
  because?: string | undefined;
  /** Where the rule stands; left out where it is no rule of a file. */
  at?: RuleAt | undefined;
}

export interface RuleAt {
  /** As seen from the indexed folder, or absolute where it lies outside. */
  file: string;
  /** From 1. */
  line: number;
  /** The rule itself; only of a .gitignore or .haypileignore inside the folder. */
  text?: string | undefined;
}

/** What one rule leaves out. */
export interface LeftOutRule {
  reason: SkipReason;
  /** As `rule` of its paths. */
  rule: string;
  /** Files, and folders that are left out whole. */
  count: number;
  at?: RuleAt | undefined;
}

export interface LeftOutCounts {
  /** Files, and folders that are left out whole. */
  total: number;
  byReason: Partial<Record<SkipReason, number>>;
  /** Those that leave most out first, 200 at most. */
  byRule: LeftOutRule[];
  /** Rules for which that has no room. */
  rulesLeftOut: number;
  /** Files that nothing leaves out and that are not in the index yet: the next run takes them in. */
  waiting: { count: number; examples: string[] };
}

export interface LeftOutResult {
  /** The indexed folder, absolute. */
  root: string;
  /** By their paths, in byte order. */
  paths: LeftOutPath[];
  /** For the next page; left out: there is none. */
  cursor?: string | undefined;
  /** Of all that lies in `under`, whatever `reasons` and `rule` say; only on the first page. */
  counts?: LeftOutCounts | undefined;
}

/** Whether one file is in the index, and what leaves it out. */
export interface FileStatus {
  path: string;
  isIndexed: boolean;
  /** A sentence. */
  verdict: string;
  /** What leaves it out: the file itself, or a folder it is in. Beside isIndexed: the next run takes it out. */
  leftOut?: LeftOutPath | undefined;
  /** It is in the index, and its definitions are missing. */
  unparsed?: ParseFailure | undefined;
}

/** Files in the index whose tree has errors: their definitions there were read off the lines. */
export interface PartlyParsed {
  count: number;
  /** By name, the first thousand. */
  paths: string[];
}

/** Runs that were told to stop. */
export interface StoppedRuns {
  stopped: number;
}
