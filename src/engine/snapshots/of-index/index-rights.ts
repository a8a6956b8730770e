/* The right to write to an index, in all its parts: nobody writes to one whose state is being exchanged. */
import { setTimeout as sleep } from "node:timers/promises";
import { HaypileError } from "../../../base/errors.ts";
import { acquireIndexLock, type IndexLock, tryLock } from "../../../storage/sqlite/file/lock.ts";

const pauseMs = 25;
/** Bits are built in the background, piece by piece. */
const mostWaitMs = 30_000;

/**
 * Runs work that has an index to itself: no run, no change of its model, nothing in its background.
 * @throws HaypileError HAYPILE_DB_BUSY at once while a run or a change of the model is at work; HAYPILE_PERMISSION,
 *   HAYPILE_DISK_FULL, HAYPILE_IO
 */
export async function withoutWriters<T>(database: string, work: () => Promise<T>): Promise<T> {
  const held: IndexLock[] = [];
  try {
    held.push(acquireIndexLock(database));
    held.push(acquireIndexLock(`${database}.next`));
    held.push(await bitsLock(database));
    return await work();
  } finally {
    for (const lock of held.reverse()) lock.release();
  }
}

async function bitsLock(database: string): Promise<IndexLock> {
  const end = performance.now() + mostWaitMs;
  for (;;) {
    const lock = tryLock(`${database}.bits.lock`);
    if (lock !== undefined) return lock;
    if (performance.now() > end) break;
    await sleep(pauseMs);
  }
  throw new HaypileError(
    "HAYPILE_DB_BUSY",
    `Another process makes searches of the index ${database} fast at this moment. Nothing was changed. Wait a minute, then run it again.`,
    { data: { path: database } },
  );
}
