/** One step of the schema; `version` is the one it leads to. A released step is never edited. */
export interface Migration {
  version: number;
  sql: string;
}
