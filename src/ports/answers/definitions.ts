/* What an index is asked about definitions, and what it answers. */
import type { NameMatch, SymbolRow } from "../symbols.ts";
import type { ParseFailure, ReferenceKind } from "../syntax.ts";
import type { AnsweredAt } from "./answered-at.ts";

export interface FindSymbolOptions {
  /** Hits wanted, 1 to 1000. Default 10. */
  k?: number | undefined;
  /** Only these kinds ("function", "class" …). */
  kinds?: readonly string[] | undefined;
  /**
   * Only paths that fit: folders or patterns with *, ** and {a,b}, in one text with commas or as a list;
   * absolute ones inside the indexed folder will do.
   */
  path?: string | readonly string[] | undefined;
  /**
   * As the code was at a revision: a commit, branch or tag as git takes it, or a day or time, which is the last commit
   * of HEAD by then. Read from git's objects: the index and the working tree have no part in it. Default: as it is now.
   */
  at?: string | undefined;
  /** Ends a question at a revision. */
  signal?: AbortSignal | undefined;
  /** Told of a question at a revision, where files have to be read: often, so it must be quick. */
  onProgress?: ((progress: RevisionProgress) => void) | undefined;
}

/** How far a question at a revision is. */
export interface RevisionProgress {
  doing: "read" | "parse";
  filesDone: number;
  filesTotal: number;
}

export interface SymbolHit extends SymbolRow {
  match: NameMatch;
  /** The commit it is of; undefined: it is of now. */
  at?: AnsweredAt | undefined;
}

export interface OutlineEntry extends SymbolRow {
  /** How many definitions hold it. */
  depth: number;
}

export interface FileOutline {
  path: string;
  definitions: OutlineEntry[];
  /** Why its definitions are missing; undefined when they are not. */
  missing?: ParseFailure | undefined;
  /** Parts of it are no valid syntax: its definitions there are read off the lines. */
  partly?: true | undefined;
  /** It has changed since it was indexed, and could not be read anew; undefined: it has not. */
  stale?: boolean | undefined;
}

export interface OutlineOptions {
  /** Most files of a folder. Default 200. */
  maxFiles?: number | undefined;
  /** Deepest definitions shown, 0 = only those at the top. Default: all in a file, 0 in a folder. */
  depth?: number | undefined;
  /** As for findSymbol(). */
  at?: string | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: RevisionProgress) => void) | undefined;
}

export interface OutlineResult {
  files: FileOutline[];
  /** Files of the folder beyond the most that were wanted. */
  filesLeftOut: number;
  /** The commit they are of; undefined: they are of now. */
  at?: AnsweredAt | undefined;
}

export interface FileAtOptions {
  /** As for findSymbol(). */
  at: string;
  /** First line wanted, from 1. Default 1. */
  first?: number | undefined;
  /** Last line wanted. Default: the last; at most 500,000 lines are given. */
  last?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** Lines of a file as it was at a commit. */
export interface FileAt {
  path: string;
  language: string;
  /** Line of the first of `lines`. */
  first: number;
  lines: string[];
  /** Lines of the whole file. */
  lineCount: number;
  at: AnsweredAt;
}

/**
 * How sure it is that a use means a definition: "exact" when it stands in the definition's own file and means it, or a
 * SCIP index says so; "import" when its file has the definition, by an import, its package, or the class of what it hangs
 * on; "name" when nothing says that it is this, nor that it is not.
 */
export type Confidence = "exact" | "import" | "name";

export interface SymbolUse {
  path: string;
  line: number;
  kind: ReferenceKind;
  confidence: Confidence;
  /** The definition it stands in; undefined at the top of a file. */
  within: SymbolRow | undefined;
  /** As of a file in an outline. */
  stale?: boolean | undefined;
}

export interface Callee {
  name: string;
  line: number;
  confidence: Confidence;
  /** The definition it most likely means; undefined when none is indexed. */
  definition: SymbolRow | undefined;
}

export interface UsesResult {
  symbol: SymbolHit;
  /** Other definitions that have the same name. */
  others: number;
  uses: SymbolUse[];
  /** The commit it is of; undefined: it is of now. */
  at?: AnsweredAt | undefined;
}

export interface CalleesResult {
  symbol: SymbolHit;
  others: number;
  callees: Callee[];
  /** The commit it is of; undefined: it is of now. */
  at?: AnsweredAt | undefined;
}
