import type { Database } from "better-sqlite3";

/** One step of the schema; `version` is the one it leads to. A released step is never edited. */
export interface Migration {
  version: number;
  sql: string;
  /** What SQL alone cannot do, after it, in the same transaction. */
  apply?(db: Database): void;
  /** How the file gets back to the version before; undefined: that is not possible without losing what it is for. */
  down?: WayBack | undefined;
}

/** The way back of a step, one transaction. It is added when a step is made, and goes when two later ones have one. */
export interface WayBack {
  /** What is gone when it is taken, in words: "3 folders that…"; none: nothing. */
  loses(db: Database): string[];
  /** What goes and is made again by itself later, in words. */
  remakes(db: Database): string[];
  sql: string;
}
