/* What an index is asked about definitions, and what it answers. */
import type { NameMatch, SymbolRow } from "../symbols.ts";
import type { ParseFailure, ReferenceKind } from "../syntax.ts";

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
}

export interface SymbolHit extends SymbolRow {
  match: NameMatch;
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
}

export interface CalleesResult {
  symbol: SymbolHit;
  others: number;
  callees: Callee[];
}
