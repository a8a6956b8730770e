/*
 * Waits for a turn to write, and for a server that is away. SQLite's own waiting holds up the whole thread and sleeps
 * longer the longer it has waited, so that of many processes one may wait for ever; here every try has the same chance.
 */
import { statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { HaypileError } from "../../base/errors.ts";
import { afterWaiting } from "../../base/measures/writes.ts";
import { callAgain, wayBackOf } from "../../base/way-back.ts";

/** Nobody else wrote for so long: whoever holds the database stands still. */
const stillMs = 60_000;
/** Where a disk takes seconds for a commit, there are few turns, and one of many writers has to let minutes pass. */
const mostWaitMs = 15 * stillMs;
const mostPauseMs = 12;

/**
 * @param still how long nobody may write, milliseconds; for tests
 * @throws HaypileError HAYPILE_DB_BUSY when others wrote nothing for a minute, and after a quarter of an hour;
 *   HAYPILE_STORE_AWAY when a server did not come back in time; and whatever `write` throws
 */
export async function whenFree<T>(write: () => T, still = stillMs): Promise<T> {
  const tried: { last?: HaypileError } = {};
  try {
    return await tryUntilFree(write, still, tried);
  } finally {
    if (tried.last !== undefined) wayBackOf(tried.last)?.passTurn?.();
  }
}

async function tryUntilFree<T>(
  write: () => T,
  still: number,
  tried: { last?: HaypileError },
): Promise<T> {
  const began = performance.now();
  let seen: string | undefined;
  let seenAtMs = began;
  const away = new Waiting();
  for (;;) {
    try {
      return callAgain(tried.last, () => afterWaiting(performance.now() - began, write));
    } catch (error) {
      if (!HaypileError.isInstance(error)) throw error;
      tried.last = error;
      if (await away.wait(error)) continue;
      if (error.code !== "HAYPILE_DB_BUSY") throw error;
      const nowMs = performance.now();
      if (seen === undefined || nowMs - seenAtMs > still) {
        const now = logOf(error);
        if (now === seen || nowMs - began > mostWaitMs) throw error;
        seen = now;
        seenAtMs = nowMs;
      }
      const turn = wayBackOf(error)?.turn?.();
      if (turn !== undefined) {
        await turn;
        continue;
      }
    }
    await sleep(1 + Math.random() * mostPauseMs);
  }
}

/**
 * Asks again where a server was away meanwhile. Only for what changes nothing.
 * @throws HaypileError HAYPILE_STORE_AWAY when it did not come back in time; and whatever `ask` throws
 */
export async function whenThere<T>(ask: () => Promise<T>): Promise<T> {
  const away = new Waiting();
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!HaypileError.isInstance(error) || !(await away.wait(error))) throw error;
    }
  }
}

/** All tries of a call together wait no longer than is said once. */
class Waiting {
  #sinceMs: number | undefined;

  /** @returns false where the error is not of a server that is away @throws HaypileError HAYPILE_STORE_AWAY */
  async wait(error: HaypileError): Promise<boolean> {
    if (error.code !== "HAYPILE_STORE_AWAY") return false;
    const way = wayBackOf(error);
    if (way === undefined) return false;
    const nowMs = performance.now();
    this.#sinceMs ??= nowMs;
    const leftMs = way.waitMs - (nowMs - this.#sinceMs);
    if (leftMs <= 0) throw error;
    await way.untilUp(leftMs);
    await sleep(1 + Math.random() * mostPauseMs);
    return true;
  }
}

/** What a write changes, in a form that can be compared: time and size of the database's log, or what a server counts. */
function logOf(error: HaypileError): string {
  const { path } = error.data;
  try {
    const way = wayBackOf(error);
    if (way !== undefined) return way.progress();
    const stats = statSync(typeof path === "string" ? `${path}-wal` : "", {
      throwIfNoEntry: false,
    });
    return `${stats?.mtimeMs} ${stats?.size}`;
  } catch {
    return "";
  }
}
