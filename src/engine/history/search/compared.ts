/* A revision beside the index of the folder, as both are now. */

import type { FileRecord, IndexStore } from "../../../ports/store.ts";
import type { SearchedIndex } from "../../../search/routes/candidates.ts";
import type { CodeFile } from "./code-files.ts";
import type { KnownRevision } from "./known-revisions.ts";
import type { Visible } from "./view/view.ts";

export interface Compared {
  /** Two equal marks: the same revision, and nothing was written. */
  mark: string;
  known: KnownRevision;
  folder: IndexStore | undefined;
  versions: IndexStore;
  /** Files that the folder's index has as they were, as it knows them. */
  shared: ReadonlyMap<string, FileRecord>;
  differing: ReadonlyMap<string, CodeFile>;
  /** All files that the index of the folder has are as they were. */
  isAllShared: boolean;
  /** Those of them that were not taken in yet. */
  missing: CodeFile[];
  view: SearchedIndex;
  visible: Visible;
  /** Of the index of the folder alone. */
  folderMark: string;
}
