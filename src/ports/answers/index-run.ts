/* A run that brings an index up to date: what it is told, how far it is, what it did. */

import type { ParseFailure, UnparsedFile } from "../syntax.ts";
import type { ScipReport } from "./exact-uses.ts";

export interface IndexCallOptions {
  /** Ends the run between two batches; what was stored stays. */
  signal?: AbortSignal | undefined;
  /** Called after each file and each run of the model: often, so it must be quick. */
  onProgress?: ((progress: IndexProgress) => void) | undefined;
  /** Larger files are skipped, bytes. Default 1 MiB. */
  maxFileBytes?: number | undefined;
  /** Of the known files read again only those that differ from this commit, by git. Default: by time and size. */
  since?: string | undefined;
  /** Definitions of fewer lines get no vector where they stand alone. Default 1: all get one. */
  minLines?: number | undefined;
  /** "off": texts, words and symbols only; searches embed what they need. Default "background". */
  fillIn?: "off" | "background" | undefined;
  /**
   * SCIP indexes of the folder (index.scip), absolute or relative to it: the uses in them are exact. They take the place
   * of those read before; an empty list forgets these. Default: what was read stays, for files that did not change.
   */
  scip?: string | readonly string[] | undefined;
}

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
  /**
   * Files read in this run of which parts of very long lines are in no chunk: data, or the end of a line of code.
   * An example is "path:line", of the first such line.
   */
  longLines: { count: number; examples: readonly string[] };
  /** What parsing gave. */
  syntax: SyntaxReport;
  /** What SCIP indexes gave; undefined when none was named. */
  scip?: ScipReport | undefined;
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
  /** Reading SCIP indexes. */
  scip: number;
  /** Writing vectors. */
  vectorWrite: number;
  total: number;
}

/**
 * Where a run stands. In "scan" the total is not known yet and filesTotal is what was found so
 * far; "read" is the last event of the first phase; "scip" counts documents of SCIP indexes as files; "embed" counts
 * chunks.
 */
export interface IndexProgress {
  phase: "scan" | "read" | "scip" | "embed";
  filesDone: number;
  filesTotal: number;
  chunksDone: number;
  chunksTotal: number;
  tokensDone: number;
  /** Tokens of those chunks, by the mean of what this run has read; 0 where it has read nothing. */
  tokensTotal: number;
  /** Bytes of the files read so far. */
  bytes: number;
  /** Resident memory of the process that indexes, bytes. */
  rssBytes: number;
  /** Milliseconds until all chunks have their vector, by the speed of this run; left out until it is known. */
  msLeft?: number | undefined;
}

/** What one run skipped. Folders have a "/" at the end and count once, whatever is in them. */
export interface SkipReport {
  total: number;
  byReason: Partial<Record<SkipReason, SkippedPaths>>;
}

export interface SkippedPaths {
  count: number;
  examples: readonly string[];
  /** What leaves each of the examples out: ".gitignore:3", "it holds pyvenv.cfg"; "" where the reason says all. */
  because: readonly string[];
}

/** What one index run did. */
export type IndexResult = IndexReport & {
  /** Of the chunks embedded, those whose vector was in the shared cache. */
  fromCache: number;
};

/** A run that brings an index up to date just now. */
export interface IndexRun {
  /** Process that runs it. */
  pid: number;
  /** The machine of that process, where it is another one that has the same store. */
  host?: string | undefined;
  /** It is this process. */
  isOwn: boolean;
  /** When it began, ISO 8601. */
  since: string;
  /** "reading" files, or "embedding" chunks; undefined for other work on the index, such as making it smaller. */
  phase: "reading" | "embedding" | undefined;
  filesDone: number;
  /** Found so far. */
  filesTotal: number;
  chunksDone: number;
  chunksTotal: number;
  /** Milliseconds until all chunks have their vector; undefined until that is known. */
  msLeft: number | undefined;
}

/**
 * Why a file or folder is not in the index. Nothing skipped is fatal: each is counted by reason,
 * and the first thousand paths of a reason are kept as examples.
 */
export const skipReasons = {
  hidden: "A hidden folder, such as .git or .cache.",
  vendored: "A folder with code of others, such as node_modules.",
  "build-output": "A folder that a build tool wrote, known by marker files in it.",
  worktree: "A linked worktree of the repository that is indexed: the same files once more.",
  "ignored-by-git": "A rule of .gitignore or .git/info/exclude.",
  "ignored-by-haypile": "A rule of .haypileignore.",
  secret: "A file that usually holds passwords or keys.",
  "link-to-file": "A symbolic link to a file inside the folder, which is indexed by its own name.",
  "link-to-folder": "A symbolic link to a folder; links are not followed.",
  "link-to-outside": "A symbolic link that leaves the indexed folder.",
  "link-broken": "A symbolic link to nothing, or one that leads back to itself.",
  special: "A socket, pipe or device. Never opened.",
  "too-large": "A file above the size limit.",
  binary: "A file that is not text.",
  generated: "A file written by a tool: lock file, minified code, source map, marked as generated.",
  translation: "A message catalogue, which repeats the texts of the source in another language.",
  "long-lines": "Code whose lines are so long that no person wrote it.",
  unreadable: "The operating system refused to read it.",
  vanished: "It was there in the listing and gone when it was opened.",
  "name-not-utf8": "Its name is not valid UTF-8, so it cannot be named in the index.",
} as const satisfies Record<string, string>;

export type SkipReason = keyof typeof skipReasons;
