/*
 * Looking after indexes: to list them, to delete one, and to delete those that nobody needs; an index as a file for
 * others, and what such a file says of itself.
 */
import type { ModelName } from "../../base/model-name.ts";
import type { KnownIndex, RemovedFile } from "./index-facts.ts";
import type { IndexCallOptions, IndexResult } from "./index-run.ts";

export interface IndexesOptions {
  /** What each holds, too: files, chunks, languages, model. Default false. */
  details?: boolean | undefined;
}

/** One of the two. */
export interface RemoveIndexOptions {
  /** The folder the index is of, absolute; it need not be there. */
  folder?: string | undefined;
  /** The file of the index, as indexes() names it. */
  database?: string | undefined;
}

export interface RemovedIndex {
  /** Empty where there was none. */
  files: RemovedFile[];
}

export interface PruneOptions {
  /** The token of a preview, which says that all of it is to go; without one, only the preview is made. */
  confirm?: string | undefined;
  /** Of those that may go only these files. Default: all. */
  databases?: readonly string[] | undefined;
  /** Also indexes that nobody has used for so long, milliseconds. Default: none. */
  olderThanMs?: number | undefined;
  /** Also indexes whose folder may only lie on a drive that is not mounted now. Default false. */
  unmounted?: boolean | undefined;
}

/** Why an index may go. */
export type PruneReason = "folder-gone" | "damaged" | "unused";

export interface PrunableIndex extends KnownIndex {
  why: PruneReason;
  /** The nearest folder above that is there, where its own is gone. */
  nearest?: string | undefined;
}

export interface PruneResult {
  /** What goes, or has gone. */
  indexes: PrunableIndex[];
  /** Files that were left beside indexes which are gone: of no use to anybody. */
  strays: RemovedFile[];
  /** Of all that together. */
  bytes: number;
  /** Indexes that stay, because their folder may only not be mounted. */
  spared: PrunableIndex[];
  /** Confirms just this list, for ten minutes; left out where there is nothing to delete, and after the deed. */
  confirm?: string | undefined;
  /** After the deed: what was deleted. */
  removed?: RemovedFile[] | undefined;
  /** After the deed: what could not be deleted, and why. */
  kept?: { path: string; reason: string }[] | undefined;
}

export interface ExportIndexOptions {
  /** Where it is written, absolute or relative to the indexed folder. Only another exported index may be there. */
  file: string;
  /** Of which commit: a commit, branch, tag or time. Default: "HEAD". */
  at?: string | undefined;
  /** A file with the private key that signs it (Ed25519, PEM). Default: HAYPILE_INDEX_KEY, else the key of this user. */
  keyFile?: string | undefined;
  /** Who makes it, as those who import it see it: up to 100 characters. Default: nothing is said. */
  maker?: string | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: ExportProgress) => void) | undefined;
}

export interface ExportProgress {
  /** "compare": files of the index with the commit; "write": vectors. */
  step: "compare" | "write";
  done: number;
  total: number;
}

/** What an exported index says of itself. Nothing in it names a machine, a user or a folder outside of the repository. */
export interface ArtefactFacts {
  /** Of the file, 1 or above. */
  format: number;
  /** Version of Haypile that wrote it. */
  haypile: string;
  model: ModelName;
  /** Id of the commit. */
  commit: string;
  /** When that was committed, ISO 8601. */
  date: string;
  /** The indexed folder in the repository, with "/"; "" is its top. */
  folder: string;
  /** Files of the commit that it is made of. */
  files: number;
  /** Chunks that have a vector in it. */
  vectors: number;
  /** Size of the whole file. */
  bytes: number;
  /** Fingerprint of the key that signed it: 32 hexadecimal digits. */
  key: string;
  /** Who says to have made it: anybody can say anything. */
  maker: string | undefined;
}

/** Files, with the first hundred paths. */
export interface CountedPaths {
  count: number;
  examples: readonly string[];
}

export interface ExportedIndex extends ArtefactFacts {
  /** Absolute. */
  file: string;
  at: { commit: string; date: string; said: string };
  leftOut: NotExported;
}

/** What of an index is not in its export. */
export interface NotExported {
  /** Files that the index has with another text than the commit. */
  differing: CountedPaths;
  /** Files of the index that the commit does not have, as what git ignores or does not know. */
  notInCommit: CountedPaths;
  /** Chunks of its files that have no vector yet. */
  withoutVector: number;
  /** Chunks whose vector was packed with a loss (haypile compact), or is damaged. */
  packed: number;
}

/** As for index(), and the file. */
export interface ImportIndexOptions
  extends Pick<IndexCallOptions, "signal" | "onProgress" | "maxFileBytes" | "minLines" | "fillIn"> {
  /** An exported index, absolute or relative to the indexed folder. */
  file: string;
}

export type ImportedIndex = IndexResult & {
  artefact: ArtefactFacts;
  /** Chunks whose vector was taken from the file. Those the file has none of count as embedded, or wait for a vector. */
  taken: number;
  /** "same": the commit or its history is here; "unknown": nothing here can tell, as in a shallow clone. */
  repository: "same" | "unknown";
};
