/* What callers may say to the engine. */
import type { IndexResult } from "./types.ts";

export type { IndexCallOptions } from "../ports/answers/index-run.ts";

export type { SearchCallOptions } from "../ports/answers/search.ts";

export interface WatchCallOptions {
  /** Ends the watching. */
  signal: AbortSignal;
  /** After each run that changed something. */
  onRun?: (report: IndexResult) => void;
  /** What a person should know. */
  onNote?: (text: string) => void;
  /** When changes are seen from now on. */
  onReady?: () => void;
  /** Look at every file now and then, for file systems that tell of no changes. Default false. */
  polling?: boolean;
}
