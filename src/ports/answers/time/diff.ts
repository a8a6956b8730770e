/* What an index is asked about the difference of two states of its code, and what it answers. */
import type { AffectedDefinition, AffectedTests } from "../graph.ts";

export interface DiffOptions {
  /** Definitions too. Default false: files. */
  symbols?: boolean | undefined;
  /** What uses the definitions that differ, by the index as it is now; definitions are told then too. Default false. */
  impact?: boolean | undefined;
  /** Only these: paths, folders or patterns as filters take them. */
  path?: string | readonly string[] | undefined;
  /** Most files, and most definitions, that are told, 1 to 10,000. Default 500. */
  limit?: number | undefined;
  /** Most steps of the impact, 1 to 20. Default 4. */
  depth?: number | undefined;
  signal?: AbortSignal | undefined;
}

export type DiffChange = "added" | "removed" | "changed" | "moved" | "renamed";

/** One of the two states. */
export interface DiffSide {
  /** Undefined: the files as they are. */
  commit: string | undefined;
  /** When it was committed, ISO 8601; "" for files as they are. */
  date: string;
  /** As it was asked for. */
  said: string;
}

export interface DiffFile {
  /** Relative to the folder of the index; of one that was removed: where it was. */
  path: string;
  change: Exclude<DiffChange, "renamed">;
  /** Its path before, of one that was moved. */
  before?: string | undefined;
  /** Lines that came and went; undefined: it is no text, or was not read. */
  added?: number | undefined;
  removed?: number | undefined;
  /** Why no definitions are compared where they were asked for, in words. */
  whole?: string | undefined;
}

export interface DiffPlace {
  path: string;
  /** Full name, with what holds it: "Retry.delay". */
  name: string;
  kind: string;
  line: number;
  endLine: number;
  signature: string;
}

/** A definition that differs; of one that was removed the place before. */
export interface DiffSymbol extends DiffPlace {
  change: DiffChange;
  /** Of what is on both sides: how it was. */
  before?: DiffPlace | undefined;
  /** Of what was moved or renamed: its text has changed too. */
  isChanged?: boolean | undefined;
}

export interface DiffImpact {
  /** Uses are those of the index as it is now. */
  usesOf: "index";
  tests: AffectedTests[];
  /** `changed` of each is its place in `symbols`. */
  affected: AffectedDefinition[];
  leftOut: number;
  notFollowed: number;
  isCut: boolean;
}

export interface DiffResult {
  from: DiffSide;
  to: DiffSide;
  /** By path. */
  files: DiffFile[];
  /** Beyond the limit. */
  filesLeftOut: number;
  /** Files whose names say that they keep secrets: they are not told. */
  secrets: number;
  /** By path and line; undefined: they were not asked for. */
  symbols: DiffSymbol[] | undefined;
  symbolsLeftOut: number;
  /** Keys of data files (JSON, YAML, TOML) that differ: `path` has to name the file, or its ending ("*.json"). */
  keysLeftOut: number;
  impact?: DiffImpact | undefined;
}
