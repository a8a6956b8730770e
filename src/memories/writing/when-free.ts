/*
 * Waits for a turn to write. SQLite's own waiting holds up the whole thread and sleeps longer the longer it has
 * waited, so that of many processes one may wait for ever; here every try has the same chance.
 */
import { statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { HaypileError } from "../../base/errors.ts";
import { afterWaiting } from "../../base/measures/writes.ts";

/** Nobody else wrote for so long: whoever holds the database stands still. */
const stillMs = 60_000;
/** Where a disk takes seconds for a commit, there are few turns, and one of many writers has to let minutes pass. */
const mostWaitMs = 15 * stillMs;
const mostPauseMs = 12;

/**
 * @param still how long nobody may write, milliseconds; for tests
 * @throws HaypileError HAYPILE_DB_BUSY when others wrote nothing for a minute, and after a quarter of an hour; and
 *   whatever `write` throws
 */
export async function whenFree<T>(write: () => T, still = stillMs): Promise<T> {
  const began = performance.now();
  let seen: string | undefined;
  let seenAtMs = began;
  for (;;) {
    try {
      return afterWaiting(performance.now() - began, write);
    } catch (error) {
      if (!HaypileError.isInstance(error) || error.code !== "HAYPILE_DB_BUSY") throw error;
      const nowMs = performance.now();
      if (seen === undefined || nowMs - seenAtMs > still) {
        const now = logOf(error);
        if (now === seen || nowMs - began > mostWaitMs) throw error;
        seen = now;
        seenAtMs = nowMs;
      }
    }
    await sleep(1 + Math.random() * mostPauseMs);
  }
}

/** What a write changes, in a form that can be compared: time and size of the database's log. */
function logOf({ data }: HaypileError): string {
  const log = typeof data.path === "string" ? `${data.path}-wal` : "";
  try {
    const stats = statSync(log, { throwIfNoEntry: false });
    return `${stats?.mtimeMs} ${stats?.size}`;
  } catch {
    return "";
  }
}
