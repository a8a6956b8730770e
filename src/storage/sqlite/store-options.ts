import type { ScanKernels } from "../../ports/vector-scan.ts";
import type { WordSplitter } from "../../ports/word-splitter.ts";
import type { BitSearchOptions } from "./bits/bit-search.ts";
import type { StoragePragmas } from "./file/open.ts";
import type { TextCodec } from "./file/packed-text.ts";

/** What may be set of a store beside its file. */
export type StoreTuning = Pick<SqliteStoreOptions, "cacheBytes" | "pragmas" | "textCompression"> &
  BitSearchOptions;

export interface SqliteStoreOptions extends BitSearchOptions {
  /** The database file; it and its folder are made when missing, unless `readonly`. */
  path: string;
  /** Upper bound of the page cache, bytes. Default 8 MB. */
  cacheBytes?: number;
  /** How the file is kept. */
  pragmas?: StoragePragmas;
  /** How texts are packed from some hundred of them on. Default "off". */
  textCompression?: TextCodec | "off";
  /** For searching only: nothing is made or migrated needlessly, writing calls fail. */
  readonly?: boolean;
  /** Kernels for large indexes. Without them every row is compared. */
  kernels?: ScanKernels;
  /** Splits texts into words faster. Without it this is done in JavaScript. */
  splitWords?: WordSplitter;
}
