import type { ParseFailure, UnparsedFile } from "../ports/syntax.ts";
import type { SkipReport } from "./walk/skip-log.ts";

/** What one index run did. All counts are of this run. */
export interface IndexReport {
  /** The indexed folder, absolute, without links. */
  root: string;
  files: FileCounts;
  chunks: {
    /** In new and changed files, repeated texts included. */
    written: number;
    /** That got a vector in this run, left over from an earlier run or new. */
    embedded: number;
  };
  tokens: {
    /** In the chunks written, as counted per line. */
    written: number;
    /** Run through the model, without padding. */
    embedded: number;
  };
  /** Bytes of the files read. */
  bytesRead: number;
  skipped: SkipReport;
  /** Files read in this run in which bytes had to be replaced to make valid text. */
  brokenEncoding: { count: number; examples: readonly string[] };
  /** What parsing gave. */
  syntax: SyntaxReport;
  /** Wall time by phase, milliseconds. Reading and embedding overlap with storing. */
  timesMs: IndexTimes;
}

export interface SyntaxReport {
  /** Files with a syntax tree. */
  parsed: number;
  /** Of those, files with parts that are no valid syntax. */
  withErrors: number;
  /** Files cut by their lines alone, by reason. */
  failed: Partial<Record<ParseFailure, number>>;
  definitions: number;
  references: number;
  /**
   * Files of the index whose definitions are missing, those of earlier runs too. Most are tried again by the next
   * runs (see isTriedAgain).
   */
  missing: { count: number; examples: readonly UnparsedFile[] };
}

export interface FileCounts {
  /** Files that belong in the index: new + changed + touched + unchanged. */
  seen: number;
  new: number;
  changed: number;
  /** New modification time, same content. */
  touched: number;
  unchanged: number;
  /** Removed from the index: gone, or skipped now. */
  deleted: number;
}

export interface IndexTimes {
  /** Waiting for the walk. */
  walk: number;
  /** Waiting for files to be read and hashed. */
  read: number;
  /** Waiting for syntax trees. */
  parse: number;
  /** Counting tokens and cutting into chunks. */
  chunk: number;
  /** Writing texts and words, and removing files. */
  store: number;
  /** Making and writing static vectors. */
  static: number;
  /** Waiting for vectors with nothing else to do. */
  embedWait: number;
  /** Writing vectors. */
  vectorWrite: number;
  total: number;
}

/**
 * Where a run stands. In "scan" the total is not known yet and filesTotal is what was found so
 * far; "read" is the last event of the first phase; "embed" counts chunks.
 */
export interface IndexProgress {
  phase: "scan" | "read" | "embed";
  filesDone: number;
  filesTotal: number;
  chunksDone: number;
  chunksTotal: number;
  tokensDone: number;
  /** Tokens of those chunks, by the mean of what this run has read; 0 where it has read nothing. */
  tokensTotal: number;
  /** Bytes of the files read so far. */
  bytes: number;
  /** Milliseconds until all chunks have their vector, by the speed of this run; left out until it is known. */
  msLeft?: number;
}

/** Adds up the time of one phase. */
export class Stopwatch {
  readonly times: IndexTimes = {
    walk: 0,
    parse: 0,
    static: 0,
    read: 0,
    chunk: 0,
    store: 0,
    embedWait: 0,
    vectorWrite: 0,
    total: 0,
  };

  async wait<T>(phase: keyof IndexTimes, work: Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work;
    } finally {
      this.times[phase] += performance.now() - start;
    }
  }

  run<T>(phase: keyof IndexTimes, work: () => T): T {
    const start = performance.now();
    try {
      return work();
    } finally {
      this.times[phase] += performance.now() - start;
    }
  }
}
