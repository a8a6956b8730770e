/* A revision beside the index of the folder, as both are now. */
import type { FileRecord } from "../../../ports/store.ts";
import type { SearchedIndex } from "../../../search/routes/candidates.ts";
import type { SqliteStore } from "../../../storage/sqlite/store.ts";
import type { CodeFile } from "./code-files.ts";
import type { KnownRevision } from "./known-revisions.ts";

export interface Compared {
  /** Two equal marks: the same revision, and nothing was written. */
  mark: string;
  known: KnownRevision;
  folder: SqliteStore | undefined;
  versions: SqliteStore;
  /** Files that the folder's index has as they were, as it knows them. */
  shared: ReadonlyMap<string, FileRecord>;
  differing: ReadonlyMap<string, CodeFile>;
  /** Those of them that were not taken in yet. */
  missing: CodeFile[];
  view: SearchedIndex;
}
