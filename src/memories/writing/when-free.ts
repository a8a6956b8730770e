/*
 * Waits for a turn to write. SQLite's own waiting holds up the whole thread and sleeps longer the longer it has
 * waited, so that of many processes one may wait for ever; here every try has the same chance.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { HaypileError } from "../../base/errors.ts";
import { afterWaiting } from "../../base/measures/writes.ts";

/** Longer than any write takes, even where a disk is slow and sixteen processes write. */
const mostWaitMs = 60_000;
/** Tries of a process that is woken late, because the machine has much to do, are few in a minute: it gets so many. */
const leastTries = 1_000;
const mostPauseMs = 12;

/** @throws HaypileError HAYPILE_DB_BUSY after a minute and a thousand tries, and whatever `write` throws */
export async function whenFree<T>(write: () => T): Promise<T> {
  const began = performance.now();
  const end = began + mostWaitMs;
  for (let tries = 1; ; tries += 1) {
    try {
      return afterWaiting(performance.now() - began, write);
    } catch (error) {
      const isBusy = HaypileError.isInstance(error) && error.code === "HAYPILE_DB_BUSY";
      if (!isBusy || (tries >= leastTries && performance.now() > end)) throw error;
    }
    await sleep(1 + Math.random() * mostPauseMs);
  }
}
