import type { ExactTable } from "./answers/exact-uses.ts";
import type { Definition, ReferenceKind } from "./syntax.ts";

/** A definition as it is stored. */
export interface SymbolRow extends Omit<Definition, "kind"> {
  id: number;
  kind: string;
  path: string;
  language: string;
  /** References to its name anywhere in the index, counted up to 1,000. */
  uses: number;
  /** Its file has changed since it was indexed, and could not be read anew; undefined: it has not. */
  stale?: boolean | undefined;
}

/** How a name was met. Better ones first. */
export const nameMatches = ["exact", "case", "words", "prefix", "part", "typo"] as const;
export type NameMatch = (typeof nameMatches)[number];

export interface NameCandidate {
  nameId: number;
  name: string;
  match: NameMatch;
}

export interface FoldedName {
  nameId: number;
  name: string;
  /** The one of those asked for. */
  folded: string;
}

export interface ReferenceRow {
  path: string;
  language: string;
  line: number;
  kind: ReferenceKind;
  /** What it hangs on, see Reference.on; "" for a plain name. */
  on: string;
  /** The definition it stands in; undefined at the top of a file. */
  within: SymbolRow | undefined;
}

export interface ImportRow {
  path: string;
  module: string;
  name: string;
  alias: string;
  line: number;
  /** See Import.isExport. */
  isExport: boolean;
  /** Language of the file. */
  language: string;
}

export interface FactRow {
  path: string;
  language: string;
  /** See Fact. */
  is: string;
  /** The definition that says so. */
  within: SymbolRow | undefined;
}

/** A use as it stands in its file. */
export interface OwnReference {
  name: string;
  kind: ReferenceKind;
  line: number;
  /** What it hangs on, see Reference.on; "" for a plain name. */
  on: string;
  /** Id of the definition it stands in; 0 at the top of the file. */
  within: number;
}

/** All that is known of one file. */
export interface FileContents {
  path: string;
  language: string;
  /** As definitionsIn() gives them. */
  definitions: SymbolRow[];
  /** By line, then by name. */
  references: OwnReference[];
  imports: ImportRow[];
}

/** Names, definitions and references of the indexed files. */
export interface SymbolTable {
  /** What SCIP indexes say; undefined: this table has none. */
  readonly exact?: ExactTable | undefined;
  /**
   * Names of definitions that fit a query, each with how it was met, best kind first. Looked for in
   * this order until there are enough: as written, in another case, by its words, as the beginning,
   * by some of its words, with one letter wrong.
   */
  findNames(query: string, limit: number): NameCandidate[];
  /** Names of definitions that are one of these without case and signs (foldName), in no order. */
  namesFolded(folded: readonly string[], limit: number): FoldedName[];
  /** Names of definitions that are written so, letter by letter, in no order. */
  namesWritten(names: readonly string[]): { nameId: number; name: string }[];
  /** Definitions with one of these names, at most `limit`. */
  definitionsOf(nameIds: readonly number[], limit: number): SymbolRow[];
  /** Hands all of them over, one after the other: a name may have very many. `take` may not write to the store. */
  eachDefinitionOf(nameIds: readonly number[], take: (row: SymbolRow) => void): void;
  /**
   * Definitions with exactly this name.
   * @param files paths of the files that matter: definitions in others may be left out
   */
  definitionsNamed(name: string, limit: number, files?: RegExp): SymbolRow[];
  /** Definitions of a file, in the order of their lines; undefined for a file that is not indexed. */
  definitionsIn(path: string): SymbolRow[] | undefined;
  /** The innermost definitions that hold a line, one per asked place; undefined where there is none. */
  definitionsAt(places: readonly { path: string; line: number }[]): (SymbolRow | undefined)[];
  /** Where a name is used: everywhere, or in these files. */
  referencesTo(name: string, limit: number, paths?: readonly string[]): ReferenceRow[];
  /** Names used inside a definition. */
  referencesWithin(
    symbolId: number,
  ): { name: string; kind: ReferenceKind; line: number; on: string }[];
  /** Imports of these files. */
  importsOf(paths: readonly string[]): ImportRow[];
  /** Imports of these names ("*" is one), wherever they are. */
  importsNamed(names: readonly string[], limit: number): ImportRow[];
  /** What members of this name are set to in these files. */
  factsNamed(name: string, paths: readonly string[]): FactRow[];
  /** What is handed on under another name than its own, wherever it is: that name. */
  exportsAs(alias: string, limit: number): ImportRow[];
  /** All that is known of some files, in the order asked; what is not indexed is left out. */
  contentsOf(paths: readonly string[]): FileContents[];
  /** Paths below a folder ("" for all), in order. */
  pathsBelow(folder: string, limit: number): string[];
  counts(): { definitions: number; references: number; names: number };
}
