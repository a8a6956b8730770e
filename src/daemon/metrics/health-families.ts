/*
 * Families of /metrics about writes, databases, caches and alerts. Labels are words of lists of ours: no path, no name of a
 * client, so that there are never many.
 */

import { cacheTotals } from "../../base/measures/caches.ts";
import { databaseSorts, type LogCounts } from "../../base/measures/databases.ts";
import { boundSeconds, type TimeHistogram } from "../../base/measures/histogram.ts";
import { type WriteTimes, writeMeasures } from "../../base/measures/writes.ts";
import type { DatabaseStats, Stats } from "../../ports/answers/daemon/stats.ts";
import { family, type Sample, sample } from "./text.ts";

const parts = ["wait", "work", "commit", "whole"] as const satisfies readonly (keyof WriteTimes)[];

export function healthFamilies(stats: Stats): string {
  const { limitBytes, usedBytes } = stats.process;
  const kinds = writeMeasures.kinds();
  return [
    ...(limitBytes === undefined || usedBytes === undefined
      ? []
      : [
          family("haypile_memory_limit_bytes", "gauge", "memory.max", [[{}, limitBytes]]),
          family("haypile_memory_used_bytes", "gauge", "what counts against memory.max", [
            [{}, usedBytes],
          ]),
        ]),
    family(
      "haypile_write_seconds",
      "histogram",
      "time of writes by kind and part: waiting for the turn, the work, the commit, the whole",
      [],
    ),
    ...kinds.flatMap(([kind, times]) => parts.map((part) => histogram(kind, part, times[part]))),
    family(
      "haypile_write_busy_total",
      "counter",
      "tries of writes that found another writer",
      kinds.map(([kind, { busy }]): Sample => [{ kind }, busy]),
    ),
    family(
      "haypile_write_failed_total",
      "counter",
      "writes that failed",
      kinds.map(([kind, { failed }]): Sample => [{ kind }, failed]),
    ),
    family(
      "haypile_write_stall_total",
      "counter",
      "writes that waited longer than log.write-stall: for another writer, or for the disk at the commit",
      kinds.flatMap(([kind, { stalled }]): Sample[] => [
        [{ kind, cause: "wait" }, stalled.wait],
        [{ kind, cause: "commit" }, stalled.commit],
      ]),
    ),
    family("haypile_write_stall_bursts_total", "counter", "stalls, those close together as one", [
      [{}, stats.stalls.bursts],
    ]),
    ...logFamilies(stats),
    ...databaseFamilies(stats),
    ...pendingFamilies(stats.databases),
    ...cacheFamilies(stats),
    ...loopFamilies(stats),
    ...upkeepFamilies(stats.upkeep),
    family(
      "haypile_alert",
      "gauge",
      "alerts that hold: 1 warning, 2 critical",
      (stats.alerts ?? []).map(
        ({ rule, level }): Sample => [{ rule }, level === "critical" ? 2 : 1],
      ),
    ),
  ].join("");
}

function histogram(kind: string, part: string, times: TimeHistogram): string {
  const name = "haypile_write_seconds";
  const bounds = times.bounds();
  const lines = boundSeconds.map((le, at) =>
    sample(`${name}_bucket`, { kind, part, le: String(le) }, bounds[at] ?? 0),
  );
  return [
    ...lines,
    sample(`${name}_bucket`, { kind, part, le: "+Inf" }, times.count),
    sample(`${name}_sum`, { kind, part }, times.sumMs / 1000),
    sample(`${name}_count`, { kind, part }, times.count),
  ].join("");
}

function logFamilies({ logs }: Stats): string[] {
  const counter = (name: string, help: string, pick: (counts: LogCounts) => number): string =>
    family(
      name,
      "counter",
      help,
      databaseSorts.map((sort): Sample => [{ database: sort }, pick(logs[sort])]),
    );
  return [
    counter("haypile_commits_total", "commits", ({ commits }) => commits),
    counter(
      "haypile_checkpoints_total",
      "moves of the log into the database",
      (one) => one.checkpoints,
    ),
    counter(
      "haypile_checkpoints_busy_total",
      "moves of the log that others kept from being whole",
      ({ checkpointsBusy }) => checkpointsBusy,
    ),
    counter("haypile_checkpoint_pages_total", "pages moved", ({ pagesMoved }) => pagesMoved),
    counter(
      "haypile_checkpoint_seconds_total",
      "time of commits and calls that moved the log",
      ({ checkpointMs }) => checkpointMs / 1000,
    ),
  ];
}

function databaseFamilies({ databases, closed }: Stats): string[] {
  const sum = (pick: (one: DatabaseStats) => number, ofClosed = false): Sample[] =>
    databaseSorts.map((sort): Sample => {
      const open = databases.filter((one) => one.sort === sort).map(pick);
      const others = ofClosed ? closed.filter((one) => one.sort === sort) : [];
      const all = [...open, ...others.map(({ bytes, logFileBytes }) => bytes + logFileBytes)];
      return [{ database: sort }, all.reduce((total, one) => total + one, 0)];
    });
  return [
    family(
      "haypile_databases_open",
      "gauge",
      "databases that are open",
      sum(() => 1),
    ),
    family(
      "haypile_database_bytes",
      "gauge",
      "files of databases with their logs, those that are not open too",
      sum(({ bytes, logFileBytes }) => bytes + logFileBytes, true),
    ),
    family(
      "haypile_log_bytes",
      "gauge",
      "logs of open databases, the part in use",
      sum((one) => one.logBytes),
    ),
    family(
      "haypile_log_unmoved_bytes",
      "gauge",
      "of these, what is not in the database yet",
      sum(({ unmovedBytes }) => unmovedBytes),
    ),
    family(
      "haypile_page_cache_limit_bytes",
      "gauge",
      "upper bound of the page caches of open databases",
      sum(({ pageCacheBytes }) => pageCacheBytes),
    ),
  ];
}

const pendingWork = [
  ["vectors", "vectors"],
  ["bits", "bits"],
  ["deadBits", "dead-bits"],
  ["texts", "texts"],
  ["wordMerges", "word-merges"],
  ["expired", "expired"],
  ["deleted", "deleted"],
] as const;

function pendingFamilies(databases: readonly DatabaseStats[]): string[] {
  const samples = pendingWork.flatMap(([field, work]): Sample[] =>
    (["index", "memories"] as const).map((sort) => {
      const counts = databases
        .filter((one) => one.sort === sort)
        .map(({ pending }) => pending?.[field] ?? 0);
      return [{ database: sort, work }, counts.reduce((sum, count) => sum + count, 0)];
    }),
  );
  return [family("haypile_pending", "gauge", "work of open databases that is put off", samples)];
}

function cacheFamilies({ caches }: Stats): string[] {
  const totals = [...cacheTotals()];
  const owners = [...new Set(caches.map(({ owner }) => owner))];
  const bytes = owners.map((owner): Sample => {
    const own = caches.filter((one) => one.owner === owner);
    return [{ cache: owner }, own.reduce((sum, one) => sum + (one.bytes ?? 0), 0)];
  });
  return [
    family(
      "haypile_cache_hits_total",
      "counter",
      "questions that a cache could answer",
      totals.map(([cache, { hits }]): Sample => [{ cache }, hits]),
    ),
    family(
      "haypile_cache_misses_total",
      "counter",
      "questions that a cache could not answer",
      totals.map(([cache, { misses }]): Sample => [{ cache }, misses]),
    ),
    family("haypile_cache_bytes", "gauge", "what caches hold", bytes),
  ];
}

function loopFamilies({ loop }: Stats): string[] {
  const { busyShare, delay } = loop;
  return [
    family("haypile_loop_busy_ratio", "gauge", "share of the time since the last reading", [
      [{}, busyShare],
    ]),
    family(
      "haypile_loop_delay_seconds",
      "gauge",
      "how late timers come, while somebody asks",
      delay === undefined
        ? []
        : [
            [{ quantile: "0.5" }, delay.p50Ms / 1000],
            [{ quantile: "0.99" }, delay.p99Ms / 1000],
            [{ quantile: "1" }, delay.mostMs / 1000],
          ],
    ),
  ];
}

function upkeepFamilies(upkeep: Stats["upkeep"]): string[] {
  if (upkeep === undefined) return [];
  const { tasks } = upkeep;
  const outcomes = ["done", "stopped", "failed"] as const;
  const times = tasks.flatMap(({ task, lastAt }): Sample[] =>
    lastAt === undefined ? [] : [[{ task }, Date.parse(lastAt) / 1000]],
  );
  return [
    family(
      "haypile_upkeep_total",
      "counter",
      "upkeep by the daemon: came to its end, was stopped for a question, failed",
      tasks.flatMap((one) =>
        outcomes.map((outcome): Sample => [{ task: one.task, outcome }, one[outcome]]),
      ),
    ),
    family("haypile_upkeep_last_timestamp_seconds", "gauge", "when it was done last", times),
    family(
      "haypile_upkeep_failing",
      "gauge",
      "1 where its last run failed",
      tasks.map(({ task, error }): Sample => [{ task }, error === undefined ? 0 : 1]),
    ),
  ];
}
