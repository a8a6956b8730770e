/*
 * Writes of an index run that others hold up: on a server whoever makes a graph of vectors keeps them out for minutes. A store
 * is synchronous, so whoever waits inside of a write holds up the whole process: only a first try may, for its own limit. Those
 * after it are over at once where the lock is not free, and others have their turn in the pauses.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { throwIfAborted } from "../base/abort.ts";
import { HaypileError } from "../base/errors.ts";
import { callAgain } from "../base/way-back.ts";

/** How a write waits. @throws HaypileError HAYPILE_ABORTED, and whatever `write` throws */
export type Waiting = (write: () => void, signal: AbortSignal | undefined) => Promise<void>;

/** As long as a graph may take. A file is held for moments, and who writes there has waited already. */
const mostWaitMs = 30 * 60_000;
/** Of whoever has an answer to give. */
const shortWaitMs = 1_000;
/** Clients that wait for the same do not come all at once. */
const pauseMs = (): number => 200 + Math.random() * 300;

/** Waits until it is done. */
export const patiently: Waiting = async (write, signal) => {
  try {
    throwIfAborted(signal, "Indexing");
    return write();
  } catch (error) {
    if (!isHeldUp(error)) throw error;
    await tryAgain(write, signal, error, mostWaitMs);
  }
};

/** Waits about a second: somebody wants an answer, and can have it without this write. */
export const briefly: Waiting = async (write, signal) =>
  await tryAgain(write, signal, undefined, shortWaitMs);

/** @param before of the last try */
async function tryAgain(
  write: () => void,
  signal: AbortSignal | undefined,
  before: HaypileError | undefined,
  mostMs: number,
): Promise<void> {
  const began = performance.now();
  for (let last = before; ; ) {
    if (last !== undefined) await sleep(pauseMs());
    throwIfAborted(signal, "Indexing");
    try {
      return callAgain(last, write);
    } catch (error) {
      if (!isHeldUp(error) || performance.now() - began > mostMs) throw error;
      last = error;
    }
  }
}

/** By a lock of a server, of which only the time is over: nothing was written. */
function isHeldUp(error: unknown): error is HaypileError {
  return (
    HaypileError.isInstance(error) &&
    error.code === "HAYPILE_DB_BUSY" &&
    error.data.sqlState === "55P03"
  );
}
