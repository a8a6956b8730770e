/* Engine.watch(): a run now, and one after every burst of changes. */
import { watchFolder } from "../../indexing/watch.ts";
import type { IndexResult } from "../../ports/answers/index-run.ts";
import type { WatchCallOptions } from "../call-options.ts";

export interface WatchedIndex extends WatchCallOptions {
  root: string;
  /** The index was deleted since it was opened. */
  isGone: () => boolean;
  index: (signal: AbortSignal) => Promise<IndexResult>;
}

/** @throws HaypileError as Engine.index(), for the first run */
export async function watchIndex(watched: WatchedIndex): Promise<void> {
  const { root, signal, isGone, index, onRun, onNote, onReady, polling } = watched;
  const run = async (): Promise<void> => {
    if (isGone()) onNote?.("the index was deleted meanwhile; it is made anew");
    const report = await index(signal);
    const { files } = report;
    if (files.new + files.changed + files.deleted + report.chunks.embedded > 0) onRun?.(report);
  };
  await run();
  await watchFolder({
    root,
    signal,
    isRunDue: isGone,
    run: () =>
      run().catch((error: unknown) => {
        if (!signal.aborted) onNote?.(error instanceof Error ? error.message : String(error));
      }),
    onNote,
    onReady,
    polling,
  });
}
