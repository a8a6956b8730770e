/* Takes files that changed into the index on the spot, under the same right as an index run. */
import { HaypileError } from "../../base/errors.ts";
import { updateFiles } from "../../indexing/update-files.ts";
import type { IndexStore } from "../../ports/store.ts";
import type { EngineParts } from "../engine-parts.ts";

/** Work of this process that writes to a store now. */
const atWork = new WeakMap<IndexStore, Set<NotedRun>>();

interface NotedRun {
  /** It reads the files of the folder: what is not in the index yet may come by it. */
  isReading: boolean;
  end(): void;
}

/** Notes that work writes to the store, until its end. @param isReading all files of the folder are looked at */
export function noteRun(store: IndexStore, isReading = false): NotedRun {
  const runs = atWork.get(store) ?? new Set();
  atWork.set(store, runs);
  const run: NotedRun = { isReading, end: () => void runs.delete(run) };
  runs.add(run);
  return run;
}

/** A run of this process reads all files of the folder at this moment. */
export function isBeingRead(store: IndexStore): boolean {
  return [...(atWork.get(store) ?? [])].some(({ isReading }) => isReading);
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
  store: IndexStore,
  root: string,
  paths: readonly string[],
): Promise<boolean> {
  const { maxFileBytes, minLines } = parts.configured.indexDefaults;
  try {
    const isOwnRun = (atWork.get(store)?.size ?? 0) > 0;
    const lock = isOwnRun ? undefined : store.lock("index");
    const noted = noteRun(store);
    try {
      await updateFiles({
        root,
        store,
        embedder: parts.embedder.light(),
        staticEmbedder: parts.staticEmbedder,
        parser: parts.parser,
        paths: namedFiles(store, paths),
        maxFileBytes,
        minLines,
      });
      return true;
    } finally {
      noted.end();
      lock?.release();
    }
  } catch (error) {
    // What was asked is answered all the same, and says what changed since.
    if (HaypileError.isInstance(error)) return false;
    throw error;
  }
}

/** More files below a folder are the work of an index run. */
const mostBelow = 10_000;

/** The paths, and the files of the index that lie below one of them: it may have been a folder. */
export function namedFiles({ symbols }: IndexStore, paths: readonly string[]): string[] {
  return paths.flatMap((path) => [path, ...symbols.pathsBelow(path, mostBelow)]);
}
