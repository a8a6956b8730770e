/*
 * Looks at the log before SQLite does: SQLite would take it up to the first damaged page, forget the rest, and
 * write over it. Other processes may be writing to it meanwhile, so that what is found must be found twice.
 */
import { statSync } from "node:fs";
import { log } from "../../../../base/log.ts";
import { type LogReading, readLog } from "../../salvage/log.ts";
import { damagedMemories } from "./errors.ts";

const mostLooks = 6;
const pauseMs = 15;

/** @throws HaypileError HAYPILE_DB_CORRUPT when what was committed would be lost */
export function assertLogSound(path: string): void {
  const { state, finding } = settledLog(path);
  if (state === "damaged") throw damagedMemories(path, finding);
  if (state === "torn") {
    log(
      "warn",
      `the last write to ${path} was cut off, or its end in the log is damaged: it is not taken. Everything before it is there.`,
    );
  }
}

/** What the log says while nobody writes to it; "sound" when somebody always does. */
export function settledLog(path: string): Pick<LogReading, "state" | "finding"> {
  let before = "";
  for (let look = 0; look < mostLooks; look += 1) {
    const stamp = stampOf(path);
    const { state, finding } = readLog(path);
    if (state === "sound") return { state, finding };
    const seen = `${stamp} ${state} ${finding}`;
    if (seen === before && stampOf(path) === stamp) return { state, finding };
    before = seen;
    Atomics.wait(pause, 0, 0, pauseMs);
  }
  return { state: "sound", finding: "" };
}

const pause = new Int32Array(new SharedArrayBuffer(4));

function stampOf(path: string): string {
  const stats = statSync(`${path}-wal`, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? "none" : `${stats.ino} ${stats.size} ${stats.mtimeNs}`;
}
