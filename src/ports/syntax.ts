/** What a syntax tree says of a file. Lines are 1-based and inclusive. */
export interface ParsedFile {
  /** In the order of their first lines; an outer one before what it holds. */
  definitions: Definition[];
  references: Reference[];
  imports: Import[];
  /** What members of "this" are set to, where that says of what type they are. */
  facts?: Fact[] | undefined;
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

/** "value" is every use that is none of the others: a callback, a constant, what a member hangs on. */
export const referenceKinds = ["call", "type", "inherit", "value", "import"] as const;

export type ReferenceKind = (typeof referenceKinds)[number];

export interface Reference {
  name: string;
  kind: ReferenceKind;
  line: number;
  /**
   * What it hangs on; "" for a plain name. A name is one that no local has ("ns"), ":T;" a value of the type as it is
   * written, ".m" what something has, "()" what it gives when called, "(1,0)" the first parameter of a function that it takes in the second place,
   * "[]" one of its elements; "this" is the object
   * whose method it stands in, "super" the one above it, "?" everything else. "=x" for a plain name that an import
   * calls x here.
   */
  on?: string | undefined;
  /** Index of the innermost definition that holds it; -1 outside all. */
  within: number;
}

export interface Fact {
  /** Of the member. */
  name: string;
  /** What it is, as Reference.on has it. */
  is: string;
  line: number;
  /** Index of the innermost definition that says so; -1 outside all. */
  within: number;
}

export interface Import {
  /** As written, without quotes: "./fuse.ts", "django.db", "fmt". */
  module: string;
  /** What is taken from it: "" for all of it, "*" for each of its names, "default" for its default export. */
  name: string;
  /** What it is called here; "" when not renamed. */
  alias: string;
  line: number;
  /** Who imports this file has it too: a re-export. With an empty module it is of this file, under another name. */
  isExport?: boolean | undefined;
}

/** Why a file has no tree, for people. It is then cut by its lines alone, and has no definitions. */
export const parseFailures = {
  "no-grammar": "no grammar is known for it",
  "too-large": "it has more characters than are parsed",
  "too-slow": "it took more work than a file may take",
  "no-memory": "there was no memory left to parse it",
  "grammar-failed": "its grammar is missing or cannot be run",
  "parser-died": "the process that parsed it died twice",
} as const satisfies Record<string, string>;

/** Of a file whose tree has errors, for people. */
export const partlyInWords =
  "parts of it could not be parsed: definitions there are read off the lines";

export type ParseFailure = keyof typeof parseFailures;

/** Tries of a file that failed: the next run may have more luck, not every run. */
const mostParseTries = 3;

/** A file whose definitions are missing. */
export interface UnparsedFile {
  path: string;
  why: ParseFailure;
  /** Runs that tried it. */
  tries: number;
}

/** Whether a run tries a file again whose content did not change. */
export function isTriedAgain({ why, tries }: Pick<UnparsedFile, "why" | "tries">): boolean {
  // A grammar that cannot be had says so at once, and may be there the next time.
  return why === "grammar-failed" || tries < mostParseTries;
}

export type ParseOutcome = { parsed: ParsedFile } | { failed: ParseFailure };

/** Parses files away from the process of the caller. */
export interface SyntaxParser {
  /** Whether a grammar is known for a file of this language. */
  knows(language: string): boolean;
  /**
   * Never rejects because of the file: a failure is an outcome.
   * @throws HaypileError HAYPILE_CLOSED when it was closed before it had an answer
   */
  parse(file: { path: string; language: string; text: string }): Promise<ParseOutcome>;
  /** Ids of the processes that run now. */
  readonly pids?: readonly number[] | undefined;
  /**
   * Ends processes that have nothing to do and frees their memory; the next parse() starts again. What another run
   * waits for goes on.
   */
  rest(): Promise<void>;
  close(): Promise<void>;
}
