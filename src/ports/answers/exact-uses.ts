/*
 * Definitions and uses that a compiler or type checker knows, as read from a SCIP index (docs/symbols.md). A symbol is
 * known by a number made of its text; lines are 1-based.
 */

/** What one document of a SCIP index says of a file, after it was compared with the file's text. */
export interface ExactFile {
  path: string;
  /** Hash of the text it was compared with: what is said holds as long as the file has it. */
  contentHash: string;
  /** Everything the document says was found in the text, and the document is younger than the file. */
  isWhole: boolean;
  definitions: readonly ExactDefinition[];
  uses: readonly ExactUses[];
  /** Symbols defined in the file that extend or implement others. */
  inherits: readonly ExactInherit[];
}

export interface ExactDefinition {
  symbol: number;
  name: string;
  line: number;
}

export interface ExactUses {
  symbol: number;
  /** hash32() of the name it has at home. */
  nameHash: number;
  /** In ascending order, each once. */
  lines: readonly ExactLine[];
}

/** How a name is used, by the signs around it; of several uses on a line the first of these. */
export const exactHows = ["call", "other", "import"] as const;

export interface ExactLine {
  line: number;
  how: (typeof exactHows)[number];
}

export interface ExactInherit {
  symbol: number;
  from: number;
}

/** A use of a symbol on a line of a file that is known. */
export interface ExactUse extends ExactLine {
  symbol: number;
  nameHash: number;
}

/** Where something is. */
export interface ExactPlace {
  path: string;
  line: number;
}

/** Why a document of a SCIP index was not taken. */
export const scipRefusals = {
  differs: "the file's text is not the one the index was made of",
  "not-indexed": "the file is not in this index",
  refused: "its path leads out of the project or names a file that is never shown",
  damaged: "its bytes are no document",
  "too-large": "it holds more than is taken of one document",
} as const satisfies Record<string, string>;

export type ScipRefusal = keyof typeof scipRefusals;

/** What a run took from SCIP indexes. */
export interface ScipReport {
  /** The files read, absolute. */
  files: readonly string[];
  /** Who made them: "scip-typescript 0.4.0". */
  tools: readonly string[];
  documents: number;
  /** Documents that were taken. */
  taken: number;
  /** Of those, documents of which some places did not fit the text and were left out. */
  partly: number;
  /** Documents left out, by reason, with up to ten paths each. */
  leftOut: Partial<Record<ScipRefusal, { count: number; examples: readonly string[] }>>;
  definitions: number;
  /** Lines on which a symbol is used. */
  uses: number;
}

/** What is noted of the last run that took a SCIP index. */
export interface ScipNote extends ScipReport {
  /** ISO 8601. */
  at: string;
  /** It came to its end. Until then nothing is held to be complete. */
  isDone: boolean;
}

/** What an index says of its SCIP uses now. */
export interface ScipStatus extends ScipNote {
  /** Files whose text is still the one that was compared. */
  valid: number;
}

/** Exact definitions and uses by file. What a changed file had does not count. */
export interface ExactTable {
  /** Begins to take an index: what earlier ones left goes at end(). */
  begin(note: ScipNote): void;
  /** Stores files of the index that is being taken, in one transaction; a file that came before is added to. */
  put(files: readonly ExactFile[]): void;
  /** Removes what is not of this index, and notes what was taken. */
  end(note: ScipNote): void;
  /** Forgets all of it. */
  clear(): void;
  /** Undefined: no SCIP index was taken. */
  status(): ScipStatus | undefined;
  /** Symbols that a definition has: those of its name on the first line of these that has one. */
  symbolsOf(path: string, name: string, startLine: number, endLine: number): number[];
  /** Lines on which one of these is used. */
  usesOf(symbols: readonly number[], limit: number): (ExactPlace & ExactLine)[];
  /** Where these are defined. */
  definitionsOf(symbols: readonly number[]): (ExactPlace & { symbol: number; name: string })[];
  /** Definitions that extend or implement one of these. */
  heirsOf(symbols: readonly number[]): (ExactPlace & { name: string })[];
  /** Which of these files are covered, and whether wholly. */
  covered(paths: readonly string[]): Map<string, boolean>;
  /** What is used on these lines of a file. */
  usedIn(path: string, startLine: number, endLine: number): ExactUse[];
}
