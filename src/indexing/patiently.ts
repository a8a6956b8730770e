/* Writes of an index run that others hold up: on a server they wait for whoever makes a graph of vectors, which takes minutes. */
import { setTimeout as sleep } from "node:timers/promises";
import { throwIfAborted } from "../base/abort.ts";
import { HaypileError } from "../base/errors.ts";

/** As long as a graph may take. A file is held for moments, and who writes there has waited already. */
const mostWaitMs = 30 * 60_000;
const pauseMs = 200;

/**
 * Each try waits for a moment by itself; others have their turn between two.
 * @throws HaypileError HAYPILE_ABORTED, and whatever `write` throws
 */
export async function patiently(write: () => void, signal: AbortSignal | undefined): Promise<void> {
  const began = performance.now();
  for (;;) {
    throwIfAborted(signal, "Indexing");
    try {
      return write();
    } catch (error) {
      if (!isHeldUp(error) || performance.now() - began > mostWaitMs) throw error;
    }
    await sleep(pauseMs);
  }
}

/** By a lock of a server, of which only the time is over: nothing was written. */
function isHeldUp(error: unknown): boolean {
  return (
    HaypileError.isInstance(error) &&
    error.code === "HAYPILE_DB_BUSY" &&
    error.data.sqlState === "55P03"
  );
}
