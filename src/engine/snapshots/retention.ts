/*
 * Which of the snapshots that made themselves stay: the first of each of the last days that have one, and of the last weeks
 * and months. Days without one do not count, so that who was away for a month finds what was before. The newest stays
 * always. One that was made before something was replaced stays for thirty days.
 */
import type { Retention } from "../../config/options/retention.ts";
import type { Snapshot } from "../../ports/answers/snapshots.ts";

const dayMs = 86_400_000;
const replacedStaysMs = 30 * dayMs;

/** From when on each may go, by id, milliseconds since 1970; one that is not in it stays until somebody removes it. */
export function goesAt(
  snapshots: readonly Snapshot[],
  keep: Retention | undefined,
  now: number,
): Map<string, number> {
  const found = new Map<string, number>();
  for (const { id, at, reason } of snapshots) {
    if (reason === "restore" || reason === "model") found.set(id, Date.parse(at) + replacedStaysMs);
  }
  const daily = snapshots
    .filter(({ reason }) => reason === "daily")
    .sort((a, b) => (a.at < b.at ? -1 : 1));
  if (keep === undefined) return found;
  const until = new Map<string, number>();
  for (const [count, startOf] of [
    [keep.days, startOfDay],
    [keep.weeks, startOfWeek],
    [keep.months, startOfMonth],
  ] as const) {
    const firsts = new Map<number, Snapshot>();
    for (const one of daily) {
      const start = startOf(Date.parse(one.at));
      if (!firsts.has(start)) firsts.set(start, one);
    }
    const newestFirst = [...firsts.keys()].sort((a, b) => b - a).slice(0, count);
    for (const [rank, start] of newestFirst.entries()) {
      const { id } = firsts.get(start) as Snapshot;
      // Should one come in each day, week or month from now on, it goes then; else later.
      const steps = count - rank;
      let goes = startOf(now);
      for (let step = 0; step < steps; step += 1) goes = nextStart(goes, startOf);
      until.set(id, Math.max(until.get(id) ?? 0, goes));
    }
  }
  const newest = daily.at(-1);
  for (const { id } of daily) found.set(id, until.get(id) ?? now);
  // The next one takes its place at the earliest tomorrow.
  if (newest !== undefined) {
    found.set(
      newest.id,
      Math.max(found.get(newest.id) as number, nextStart(startOfDay(now), startOfDay)),
    );
  }
  return found;
}

/** Days begin as the user's clock says. */
function startOfDay(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

/** Weeks begin on Monday. */
function startOfWeek(ms: number): number {
  const day = new Date(startOfDay(ms));
  return day.setDate(day.getDate() - ((day.getDay() + 6) % 7));
}

function startOfMonth(ms: number): number {
  return new Date(startOfDay(ms)).setDate(1);
}

/** Whatever summer time does to days: 36 hours after its start a day is the next one, 40 days after its start a month is. */
function nextStart(start: number, startOf: (ms: number) => number): number {
  const after = [1.5, 8, 40].map((days) => startOf(start + days * dayMs));
  return after.find((one) => one > start) ?? start + dayMs;
}
