import type { Database } from "better-sqlite3";

/** One step of the schema; `version` is the one it leads to. A released step is never edited. */
export interface Migration {
  version: number;
  sql: string;
  /** What SQL alone cannot do, after it, in the same transaction. */
  apply?(db: Database): void;
}
