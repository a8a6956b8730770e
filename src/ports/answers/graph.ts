/* What an index is asked about the graph of definitions and uses, and what it answers. */
import type { SymbolRow } from "../symbols.ts";
import type { ReferenceKind } from "../syntax.ts";
import type { Confidence, FindSymbolOptions, SymbolHit } from "./definitions.ts";

/**
 * "callers" and "callees" go by calls, "users" by every use, "subtypes" to what extends or implements it and
 * "supertypes" to what it extends or implements.
 */
export const reachRelations = ["callers", "callees", "users", "subtypes", "supertypes"] as const;

export type ReachRelation = (typeof reachRelations)[number];

export interface ReachOptions extends Omit<FindSymbolOptions, "at" | "onProgress"> {
  /** Most steps from the definition, 1 to 20. Default 3. */
  depth?: number | undefined;
  /** Most steps that are told, 1 to 5,000. Default 500. */
  limit?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** One step of the way: a use, and the definition it leads to. */
export interface ReachStep {
  /** What is reached; undefined: the top of a file, or a name that is not in the index. */
  definition: SymbolRow | undefined;
  /** Its name; "" for the top of a file. */
  name: string;
  /** Where the use stands. */
  path: string;
  line: number;
  kind: ReferenceKind;
  /** How sure this step is. */
  confidence: Confidence;
  /** How sure the least sure step of the way is. */
  sure: Confidence;
  /** Steps from the definition asked for; 1 is next to it. */
  depth: number;
  /** Place in the list of the step before; -1: the definition asked for. */
  from: number;
}

export interface ReachResult {
  symbol: SymbolHit;
  /** Other definitions that have the same name. */
  others: number;
  relation: ReachRelation;
  /** The nearest first, then the surest; a definition once, by its shortest way. */
  steps: ReachStep[];
  /** Steps that were found and are not in the list. */
  leftOut: number;
  /** Places where only the name is the same and many definitions have it: the way does not go on there. */
  notFollowed: number;
  /** There was more to look at than is looked at for one question. */
  isCut: boolean;
}

export interface ImpactOptions {
  /**
   * The commit that the files of the folder are compared with, by a name as git takes it. Default: HEAD, unless
   * `names` are given.
   */
  since?: string | undefined;
  /** Only changes of these files, and names that are defined there: paths, folders or patterns as filters take them. */
  files?: readonly string[] | undefined;
  /** Definitions that are taken for changed, in place of what git knows. */
  names?: readonly string[] | undefined;
  /** Most steps from a change, 1 to 20. Default 4. */
  depth?: number | undefined;
  /** Most definitions that are told, 1 to 5,000. Default 500. */
  limit?: number | undefined;
  signal?: AbortSignal | undefined;
}

export type ChangeKind = "added" | "changed" | "moved" | "removed";

export interface ChangedFile {
  path: string;
  change: ChangeKind;
  /** Its path before, of one that was moved. */
  before?: string | undefined;
  /** It was not taken apart into definitions: its lines are not compared. */
  isWhole?: boolean | undefined;
}

/** A definition that a change touched. */
export interface ChangedDefinition {
  path: string;
  name: string;
  container: string;
  kind: string;
  change: ChangeKind;
  /** Line of its first word: now, or before for one that was removed. */
  line: number;
}

/** A definition, or the top of a file, that uses what changed, at once or over others. */
export interface AffectedDefinition {
  definition: SymbolRow | undefined;
  path: string;
  /** Where it uses what comes before it. */
  line: number;
  kind: ReferenceKind;
  confidence: Confidence;
  sure: Confidence;
  depth: number;
  /** Place in `affected` of the step before; -1: the changed definition itself. */
  from: number;
  /** Place in `changed` of what it goes back to. */
  changed: number;
  isTest: boolean;
}

/** A file of tests that a change reaches. */
export interface AffectedTests {
  path: string;
  /** Definitions in it that are reached, as Container.name. */
  tests: string[];
  /** The surest way to it. */
  sure: Confidence;
  /** Steps of the shortest way; 0: it was changed itself. */
  depth: number;
}

export interface ImpactResult {
  /** The commit that was compared with; undefined where names were given. */
  commit: string | undefined;
  files: ChangedFile[];
  changed: ChangedDefinition[];
  /** The tests to run, the surest and nearest first. */
  tests: AffectedTests[];
  /** The rest that is reached, tests among it: the surest first, then the nearest. */
  affected: AffectedDefinition[];
  leftOut: number;
  notFollowed: number;
  isCut: boolean;
}

export interface UnusedOptions {
  /** Only definitions in files that fit, as in findSymbol(). */
  path?: string | readonly string[] | undefined;
  kinds?: readonly string[] | undefined;
  /** The least sureness that is told. Default "medium". */
  sure?: Sureness | undefined;
  /** Definitions of tests too. Default false. */
  tests?: boolean | undefined;
  /** Most definitions of each list, 1 to 10,000. Default 500. */
  limit?: number | undefined;
  signal?: AbortSignal | undefined;
}

export const surenesses = ["high", "medium", "low"] as const;

/** How sure it is that nothing uses a definition. */
export type Sureness = (typeof surenesses)[number];

/** What lowers the sureness; each with the words for people. */
export const unusedDoubts = {
  exported: "others may import it",
  "used-by-tests": "only tests use it",
  "used-by-unused": "only what is unused itself uses it",
  "same-name": "its name is used, perhaps for another of that name",
  "named-in-text": "its name stands in a string, a comment, a configuration or a text",
  "named-in-part": "code may put its name together",
  decorated: "it stands below a decorator, an attribute or an annotation",
  overrides: "what it extends or implements may call it",
  "found-by-type": "a framework may find it by what it extends",
  special: "the language or a framework calls it by this name",
} as const satisfies Record<string, string>;

export type UnusedDoubt = keyof typeof unusedDoubts;

export interface UnusedDefinition {
  definition: SymbolRow;
  sure: Sureness;
  doubts: UnusedDoubt[];
}

/** Where a program, a library or a test begins. */
export const entryReasons = {
  main: "the language or the system starts it",
  script: "a manifest names it",
  test: "a test runner calls it",
  registered: "a decorator, an attribute or an annotation hands it to a framework",
  exported: "nothing here uses it, and others may import it",
} as const satisfies Record<string, string>;

export type EntryReason = keyof typeof entryReasons;

export interface EntryPoint {
  definition: SymbolRow;
  why: EntryReason;
}

export interface UnusedResult {
  /** The surest first, then by path and line. */
  unused: UnusedDefinition[];
  /** Without tests unless they are asked for. */
  entryPoints: EntryPoint[];
  /** Definitions that were looked at. */
  definitions: number;
  /** Of each list, what is above the limit. */
  unusedLeftOut: number;
  entryPointsLeftOut: number;
}

export interface MapOptions {
  /** Tokens that the text of the map may have, 100 to 100,000; counted from above. Default 1,000. */
  maxTokens?: number | undefined;
  /** What the map is drawn around: paths, patterns, names of definitions, or words. */
  focus?: string | readonly string[] | undefined;
  /** Only files that fit, as in findSymbol(). */
  path?: string | readonly string[] | undefined;
  signal?: AbortSignal | undefined;
}

export interface MappedDefinition {
  definition: SymbolRow;
  /** Share of the rank of all definitions, 0 to 1. */
  rank: number;
  /** How deep it stands below others that are shown. */
  depth: number;
}

export interface MappedFile {
  path: string;
  rank: number;
  /** In the order of their lines. */
  definitions: MappedDefinition[];
}

export interface MapResult {
  /** The most important first. */
  files: MappedFile[];
  /** The same as lines: a path, and below it the signatures. */
  text: string;
  tokens: number;
  /** Files and definitions there are besides. */
  filesLeftOut: number;
  definitionsLeftOut: number;
  /** What of the focus was not found. */
  unmet: string[];
}
