/* Engine.watch(): a run now, and one after every burst of changes. */
import { watchFolder } from "../../indexing/watching/watch.ts";
import type { IndexResult } from "../../ports/answers/index-run.ts";
import type { WatchCallOptions } from "../call-options.ts";

export interface WatchedIndex extends WatchCallOptions {
  root: string;
  /** The index was deleted since it was opened. */
  isGone: () => boolean;
  /** @param paths only these files, and what lies below them; undefined: all */
  index: (signal: AbortSignal, paths?: readonly string[]) => Promise<IndexResult>;
}

/** @throws HaypileError as Engine.index(), for the first run */
export async function watchIndex(watched: WatchedIndex): Promise<void> {
  const { root, signal, isGone, index, onRun, onNote, onReady, polling } = watched;
  const run = async (paths?: readonly string[]): Promise<void> => {
    const isAnew = isGone();
    if (isAnew) onNote?.("the index was deleted meanwhile; it is made anew");
    const report = await index(signal, isAnew ? undefined : paths);
    const { files } = report;
    if (files.new + files.changed + files.deleted + report.chunks.embedded > 0) onRun?.(report);
  };
  await run();
  let hasFailed = false;
  await watchFolder({
    root,
    signal,
    isRunDue: () => hasFailed || isGone(),
    run: async (paths) => {
      try {
        await run(hasFailed ? undefined : paths);
        hasFailed = false;
      } catch (error) {
        if (signal.aborted) return;
        // Told once, and tried again until it goes well.
        if (!hasFailed) onNote?.(error instanceof Error ? error.message : String(error));
        hasFailed = true;
      }
    },
    onNote,
    onReady,
    polling,
  });
}
