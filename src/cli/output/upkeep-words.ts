/* What `haypile stats` prints of the daemon's upkeep. */
import type { UpkeepStats, UpkeepTaskStats } from "../../ports/answers/daemon/upkeep.ts";
import { formatDuration, formatSpan, printable } from "./format.ts";

/** @param at when it was asked for, as the answer says it */
export function upkeepLines(upkeep: UpkeepStats | undefined, at: string): string[] {
  if (upkeep === undefined) return [];
  const { isOn, idleMs, running, tasks } = upkeep;
  if (!isOn) return ["", "Upkeep: off (upkeep.auto)"];
  const now = Date.parse(at);
  const head = `Upkeep, when nobody asked for ${formatDuration(idleMs)}`;
  return ["", head, ...tasks.flatMap((task) => taskLines(task, task.task === running, now))];
}

function taskLines(task: UpkeepTaskStats, isRunning: boolean, now: number): string[] {
  const { lastAt, result, error, nextAt } = task;
  const every = task.every === "off" ? "off" : `every ${task.every}`;
  const last =
    lastAt === undefined
      ? "never yet"
      : `${error === undefined ? (result ?? "done") : "failed"}, ${ago(now - Date.parse(lastAt))}`;
  const next = isRunning ? "at work now" : nextAt && nextInWords(Date.parse(nextAt) - now);
  const words = [last, next].filter((part) => part !== undefined).join("; ");
  const line = `  ${task.task.padEnd(11)}${every.padEnd(11)}${printable(words)}`;
  return error === undefined ? [line] : [line, `    ${printable(error)}`];
}

function ago(ms: number): string {
  return ms < 1_000 ? "just now" : `${formatSpan(ms)} ago`;
}

function nextInWords(ms: number): string {
  return ms <= 0 ? "next when idle" : `next in ${formatSpan(ms)}`;
}
