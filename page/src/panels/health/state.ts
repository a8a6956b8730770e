/*
 * The figures as they are now, asked for every few seconds while the panel is seen, and what they were since it was opened:
 * rates are the difference between two answers.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Alerts, Stats } from "../../../../src/ports/answers/daemon/stats.ts";
import { onHappening } from "../../api/events.ts";
import { type Answered, useAnswer } from "../../parts/use-answer.ts";

const everyMs = 3_000;
/** A quarter of an hour. */
const mostPoints = 300;
/** Two answers so far apart are of a tab that slept: what was between is not known. */
const gapMs = 15_000;

export const sorts = ["index", "memories", "cache"] as const;
export type Sort = (typeof sorts)[number];

export interface Point {
  at: number;
  /** A second, by sort of database; undefined at the beginning of a line. */
  commits: Record<Sort, number> | undefined;
  checkpoints: Record<Sort, number> | undefined;
  logBytes: Record<Sort, number>;
}

export interface HealthState {
  stats: Answered<Stats>;
  alerts: Answered<Alerts>;
  points: readonly Point[];
}

export function useHealth(): HealthState {
  const stats = useAnswer<Stats>("daemon/stats", {}, everyMs);
  const alerts = useAnswer<Alerts>("daemon/alerts");
  const [points, setPoints] = useState<readonly Point[]>([]);
  const before = useRef<Stats | undefined>(undefined);
  const { value } = stats;
  useEffect(() => {
    if (value === undefined || value === before.current) return;
    const point = pointOf(value, before.current);
    before.current = value;
    setPoints((all) => [...all, point].slice(-mostPoints));
  }, [value]);
  const { again } = alerts;
  useEffect(
    () =>
      onHappening(({ kind }) => {
        if (kind === "alert") again();
      }),
    [again],
  );
  return { stats, alerts, points };
}

function pointOf(now: Stats, before: Stats | undefined): Point {
  const at = Date.parse(now.at);
  const passedMs = before === undefined ? 0 : at - Date.parse(before.at);
  const isSame = before?.process.pid === now.process.pid && passedMs > 0 && passedMs < gapMs;
  const rate = (of: "commits" | "checkpoints") =>
    isSame && before !== undefined
      ? bySort((sort) => ((now.logs[sort][of] - before.logs[sort][of]) * 1000) / passedMs)
      : undefined;
  const logs = now.databases;
  return {
    at,
    commits: rate("commits"),
    checkpoints: rate("checkpoints"),
    logBytes: bySort((sort) =>
      logs.reduce((sum, one) => sum + (one.sort === sort ? one.logBytes : 0), 0),
    ),
  };
}

function bySort(of: (sort: Sort) => number): Record<Sort, number> {
  return { index: of("index"), memories: of("memories"), cache: of("cache") };
}
