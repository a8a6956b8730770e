/* Waits until memory is short no more: for programs that do work of their own beside ours. */
import { throwIfAborted } from "../base/abort.ts";
import { HaypileError } from "../base/errors.ts";
import type { CalmOptions } from "../ports/answers/footprint-report.ts";
import type { Clock, FootprintLevel } from "../ports/footprint.ts";

const defaultTimeoutMs = 30_000;
const longestMs = 3_600_000;
const lookEveryMs = 50;

/**
 * Resolves when a look finds memory calm, or the time is over.
 * @param look undefined: there is no limit, so nothing to wait for
 * @throws HaypileError HAYPILE_USAGE, HAYPILE_ABORTED
 */
export async function untilCalm(
  look: (() => FootprintLevel) | undefined,
  clock: Clock,
  { timeoutMs = defaultTimeoutMs, signal }: CalmOptions,
): Promise<void> {
  if (!(timeoutMs >= 0 && timeoutMs <= longestMs)) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected a number of milliseconds from 0 to ${longestMs} for timeoutMs, but got ${timeoutMs}.`,
      { data: { timeoutMs } },
    );
  }
  const until = clock.now() + timeoutMs;
  for (;;) {
    throwIfAborted(signal, "Waiting for memory");
    if (look === undefined || look() === "calm") return;
    const leftMs = until - clock.now();
    if (leftMs <= 0) return;
    await clock.sleep(Math.min(lookEveryMs, leftMs), signal);
  }
}
