/* Takes files that changed into the index on the spot, under the same right as an index run. */
import { HaypileError } from "../../base/errors.ts";
import { updateFiles } from "../../indexing/update-files.ts";
import { acquireIndexLock } from "../../storage/sqlite/file/lock.ts";
import type { SqliteStore } from "../../storage/sqlite/store.ts";
import type { EngineParts } from "../engine-parts.ts";

/** Stores that an index run of this process writes to now. */
const atWork = new WeakMap<SqliteStore, number>();

/** Notes that a run writes to the store, until the returned function is called. */
export function noteRun(store: SqliteStore): () => void {
  atWork.set(store, (atWork.get(store) ?? 0) + 1);
  let isNoted = true;
  return () => {
    if (!isNoted) return;
    isNoted = false;
    atWork.set(store, (atWork.get(store) ?? 1) - 1);
  };
}

/**
 * Brings texts, words and definitions of files up to date.
 *
 * A run of this process over the same store is no hindrance: both write file by file in transactions of their own, and
 * what the run may put back of an older text is seen by the next look. Vectors that it makes of chunks that are gone
 * are dropped by the store.
 *
 * @returns false when that cannot be done now: another process writes, the disk is full, a model is being exchanged
 */
export async function takeIn(
  parts: EngineParts,
  store: SqliteStore,
  root: string,
  paths: readonly string[],
): Promise<boolean> {
  const { maxFileBytes, minLines } = parts.configured.indexDefaults;
  try {
    const isOwnRun = (atWork.get(store) ?? 0) > 0;
    const lock = isOwnRun ? undefined : acquireIndexLock(parts.database);
    const ended = noteRun(store);
    try {
      await updateFiles({
        root,
        store,
        embedder: parts.embedder.light(),
        staticEmbedder: parts.staticEmbedder,
        parser: parts.parser,
        paths,
        maxFileBytes,
        minLines,
      });
      return true;
    } finally {
      ended();
      lock?.release();
    }
  } catch (error) {
    // What was asked is answered all the same, and says what changed since.
    if (HaypileError.isInstance(error)) return false;
    throw error;
  }
}
