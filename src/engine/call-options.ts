/* What callers may say to the engine. */

import type { IndexResult } from "../ports/answers/index-run.ts";
import type { VectorFormat } from "../ports/vector-scan.ts";

export interface WatchCallOptions {
  /** Ends the watching. */
  signal: AbortSignal;
  /** After each run that changed something. */
  onRun?: ((report: IndexResult) => void) | undefined;
  /** What a person should know. */
  onNote?: ((text: string) => void) | undefined;
  /** When changes are seen from now on. */
  onReady?: (() => void) | undefined;
  /** Look at every file now and then, for file systems that tell of no changes. Default false. */
  polling?: boolean | undefined;
}

export interface CompactOptions {
  /**
   * Steps end when the database has at most so many bytes; those that lose something come last. Default: all
   * that lose nothing are taken.
   */
  targetBytes?: number | undefined;
  /** In place of targetBytes: so much less than now, as a share above 0 and below 1. */
  less?: number | undefined;
  /** How texts are packed. Default: as the option storage.compression says, "deflate" where that is off. */
  textCompression?: "off" | "deflate" | "zstd" | undefined;
  /**
   * "auto": vectors are packed when the target cannot be reached otherwise, in the format that loses least;
   * "full": never; a format: in this one, target or not. Default "auto".
   */
  vectors?: "auto" | "full" | VectorFormat | undefined;
}
