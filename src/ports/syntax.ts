/** What a syntax tree says of a file. Lines are 1-based and inclusive. */
export interface ParsedFile {
  /** In the order of their first lines; an outer one before what it holds. */
  definitions: Definition[];
  references: Reference[];
  imports: Import[];
  /** The tree holds parts that are no valid syntax. */
  hasErrors: boolean;
}

export interface Definition {
  name: string;
  kind: DefinitionKind;
  /** Names of what it is inside, outermost first, joined by "."; "" at the top of the file. */
  container: string;
  /** From its first word to its body, on one line, at most 300 characters. */
  signature: string;
  /** Its docstring or the comment above it, at most 600 characters; "" without one. */
  doc: string;
  /** First line with its comment, decorators and attributes. */
  startLine: number;
  /** Line of its own first word. */
  headLine: number;
  endLine: number;
  visibility: "public" | "private";
  /** Hash of its text with white space evened out, 16 hexadecimal digits: equal for a moved definition. */
  bodyHash: string;
}

export const definitionKinds = [
  "function",
  "method",
  "constructor",
  "class",
  "interface",
  "struct",
  "trait",
  "enum",
  "type",
  "module",
  "namespace",
  "macro",
  "constant",
  "variable",
  "property",
  "declaration",
  "section",
  "rule",
  "key",
] as const;

export type DefinitionKind = (typeof definitionKinds)[number];

export const referenceKinds = ["call", "type", "inherit"] as const;

export type ReferenceKind = (typeof referenceKinds)[number];

export interface Reference {
  name: string;
  kind: ReferenceKind;
  line: number;
  /** Index of the innermost definition that holds it; -1 outside all. */
  within: number;
}

export interface Import {
  /** As written, without quotes: "./fuse.ts", "django.db", "fmt". */
  module: string;
  /** What is taken from it; "" for all of it. */
  name: string;
  /** What it is called here; "" when not renamed. */
  alias: string;
  line: number;
}

/** Why a file has no tree. It is then cut by its lines alone. */
export type ParseFailure = "no-grammar" | "too-large" | "too-slow" | "no-memory" | "grammar-failed";

export type ParseOutcome = { parsed: ParsedFile } | { failed: ParseFailure };

/** Parses files away from the process of the caller. */
export interface SyntaxParser {
  /** Whether a grammar is known for a file of this language. */
  knows(language: string): boolean;
  /** Never rejects because of the file: a failure is an outcome. */
  parse(file: { path: string; language: string; text: string }): Promise<ParseOutcome>;
  /** Ids of the processes that run now. */
  readonly pids?: readonly number[];
  /** Ends what was started and frees its memory; the next parse() starts again. */
  rest(): Promise<void>;
  close(): Promise<void>;
}
