/* An index as a file for others: what it is told, what came of it, and what such a file says of itself. */
import type { ModelName } from "../../base/model-name.ts";
import type { IndexCallOptions, IndexResult } from "./index-run.ts";

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
  leftOut: {
    /** Files that the index has with another text than the commit. */
    differing: CountedPaths;
    /** Files of the index that the commit does not have, as what git ignores or does not know. */
    notInCommit: CountedPaths;
    /** Chunks of its files that have no vector yet. */
    withoutVector: number;
    /** Chunks whose vector was packed with a loss (haypile compact), or is damaged. */
    packed: number;
  };
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
