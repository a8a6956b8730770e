/* A migration to another model, or to another format of the same one: what it is told, how far it is, what it did. */
import type { ModelName } from "../../base/model-name.ts";

export interface MigrateCallOptions {
  /** Name of a known model. Default: the one that a migration was on its way to, else the model that runs here. */
  model?: string | undefined;
  /** Folder with a model of its own, in place of a known name. */
  modelFolder?: string | undefined;
  /** true: forget the new vectors; the old ones stay. Default false. */
  cancel?: boolean | undefined;
  /** Stops it; what is made so far stays, and the next call goes on from there. */
  signal?: AbortSignal | undefined;
  /** Called when it begins and after each batch. */
  onProgress?: ((progress: MigrationProgress) => void) | undefined;
}

/** What searches go by until the new vectors are in place. */
export type ServedBy =
  /** The old vectors, with queries of their own model. */
  | "old-vectors"
  /** The old vectors, with queries of the same model in a format that may be compared with them. */
  | "comparable-vectors"
  /** Words, names and the static model. */
  | "words";

export interface MigrationProgress {
  /** undefined: nothing has a vector. */
  from: ModelName | undefined;
  to: ModelName;
  /** Vectors of the new model, of so many. */
  done: number;
  total: number;
  servedBy: ServedBy;
  /** Why searches do not go by the old vectors, as a sentence; undefined where they do. */
  note?: string | undefined;
  /** Resident memory of the process that works, bytes. */
  rssBytes: number;
  /** Milliseconds until it is done, by the speed so far; left out until it is known. */
  msLeft?: number | undefined;
}

export interface MigrationResult {
  /**
   * "done": the new vectors serve. "current": the vectors are of that model already. "cancelled": the new vectors
   * were forgotten. "short": there was no memory for more; the next call goes on. "elsewhere": another process is at it.
   */
  state: "done" | "current" | "cancelled" | "short" | "elsewhere";
  from: ModelName | undefined;
  to: ModelName | undefined;
  /** Vectors that serve now. */
  vectors: number;
  /** Chunks, or parts of memories, that got their new vector in this call. */
  embedded: number;
  totalMs: number;
}

/** A migration that is noted in a file. */
export interface MigrationStatus {
  to: ModelName;
  done: number;
  total: number;
  /** Somebody stopped it: it goes on with "haypile migrate-model". */
  isStopped: boolean;
  /** Who works on it now; undefined: nobody does. */
  at?: { pid: number; since: string; host?: string | undefined; isOwn: boolean } | undefined;
}

/** Whole percent; 100 only when all are there. */
export function percentOf({ done, total }: { done: number; total: number }): number {
  if (done >= total) return 100;
  return Math.min(99, Math.floor((100 * done) / total));
}
