/* Where the time of searches and recalls went: counted for a record, and put together of many records. */
import { LogBuckets, percentilesOf } from "../../base/log-buckets.ts";
import type { SearchTimes } from "../../ports/answers/search.ts";
import type { ActivityRecord, QueryStageCounts } from "./record.ts";
import type { Improvement, QueryReport, QueryStageReport } from "./report.ts";

export type CountedQuery = "search" | "recall";

/** Counts calls until their counts are taken for a record. */
export class QueryStages {
  #counts: Record<string, { counts: Omit<QueryStageCounts, "buckets">; buckets: LogBuckets }> = {};

  note(call: CountedQuery, timesMs: SearchTimes): void {
    this.#counts[call] ??= {
      counts: { times: 0, ms: {}, longestMs: {}, led: {} },
      buckets: new LogBuckets(),
    };
    const { counts, buckets } = this.#counts[call];
    const { total, ...stages } = timesMs;
    counts.times += 1;
    buckets.add(total);
    let first = "other";
    let most = 0;
    for (const [stage, ms] of Object.entries(stages)) {
      if (ms <= 0) continue;
      counts.ms[stage] = (counts.ms[stage] ?? 0) + ms;
      counts.longestMs[stage] = Math.max(counts.longestMs[stage] ?? 0, ms);
      if (ms > most) [first, most] = [stage, ms];
    }
    counts.led[first] = (counts.led[first] ?? 0) + 1;
  }

  /** What was counted since the last time; undefined: nothing. */
  take(): Record<string, QueryStageCounts> | undefined {
    const counted = Object.entries(this.#counts);
    this.#counts = {};
    if (counted.length === 0) return undefined;
    return Object.fromEntries(
      counted.map(([call, { counts, buckets }]) => [
        call,
        {
          ...counts,
          ms: rounded(counts.ms),
          longestMs: rounded(counts.longestMs),
          buckets: buckets.sparse(),
        },
      ]),
    );
  }
}

/** A record is a line among many: hundredths of a millisecond will do. */
function rounded(of: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(of).map(([name, ms]) => [name, Math.round(ms * 100) / 100]),
  );
}

/** Of each call, the one with the most time first. Records of before this was counted have nothing to say. */
export function queriesOf(records: readonly ActivityRecord[]): QueryReport[] {
  const calls = new Set(records.flatMap(({ queries }) => Object.keys(queries ?? {})));
  return [...calls]
    .flatMap((call) => reportOf(call, records) ?? [])
    .sort((a, b) => b.sumMs - a.sumMs);
}

function reportOf(call: string, records: readonly ActivityRecord[]): QueryReport | undefined {
  const all = records.flatMap(({ queries }) => queries?.[call] ?? []);
  const buckets = new LogBuckets();
  const stages = new Map<string, QueryStageReport>();
  let times = 0;
  for (const one of all) {
    times += one.times;
    for (const [bucket, count] of Object.entries(one.buckets)) buckets.addTo(Number(bucket), count);
    for (const [stage, ms] of Object.entries(one.ms)) {
      const known = stages.get(stage) ?? { stage, ms: 0, share: 0, longestMs: 0, led: 0 };
      known.ms += ms;
      known.longestMs = Math.max(known.longestMs, one.longestMs[stage] ?? 0);
      known.led += one.led[stage] ?? 0;
      stages.set(stage, known);
    }
  }
  const percentiles = percentilesOf(buckets);
  if (percentiles === undefined) return undefined;
  const sorted = [...stages.values()].sort((a, b) => b.ms - a.ms);
  const sumMs = sorted.reduce((sum, { ms }) => sum + ms, 0);
  for (const one of sorted) one.share = sumMs === 0 ? 0 : one.ms / sumMs;
  return { call, times, sumMs, ...percentiles, stages: sorted };
}

/** A stage has to take so much of the time of a call before an option is worth it. */
const worthwhileShare = 0.25;
const fewestCalls = 5;

/** What would make searches and recalls quicker, where a stage has an option for it. */
export function aboutQueries(
  records: readonly ActivityRecord[],
  { settings }: ActivityRecord,
): Improvement[] {
  const found: Improvement[] = [];
  const shareOf = (stage: string): QueryStageReport & { call: string; times: number } => {
    const all = queriesOf(records).flatMap(({ call, times, stages }) =>
      stages.filter((one) => one.stage === stage).map((one) => ({ ...one, call, times })),
    );
    const [first] = all
      .filter(({ times }) => times >= fewestCalls)
      .sort((a, b) => b.share - a.share);
    return first ?? { call: "", times: 0, stage, ms: 0, share: 0, longestMs: 0, led: 0 };
  };
  const seen = (what: string, of: ReturnType<typeof shareOf>): string =>
    `${percent(of.share)} of the time of ${calls(of.times, of.call)} went into ${what}, ${of.longestMs.toFixed(0)} ms at most`;
  const open = shareOf("open");
  const processes = new Set(
    records.filter(({ queries }) => queries !== undefined).map(({ process }) => process),
  );
  // A process that lives on opens once: where each call has one of its own, none does.
  if (open.share >= worthwhileShare && processes.size * 2 > open.times) {
    found.push({
      option: "daemon.autostart",
      present: "false",
      proposed: "true",
      because: seen("opening index, memories and model", open),
      effect: `one process keeps them open: up to ${percent(open.share)} of that time less`,
      cost: "memory",
    });
  }
  const room = shareOf("room");
  const { limitBytes } = settings;
  if (room.share >= worthwhileShare && limitBytes !== undefined) {
    found.push({
      option: "memory.max",
      present: `${Math.round(limitBytes / 1e6)}MB`,
      proposed: `${Math.ceil((limitBytes * 1.25) / 1e7) * 10}MB`,
      because: seen("waiting for room under the limit", room),
      effect: `up to ${percent(room.share)} of that time less`,
      cost: "memory",
    });
  }
  const queue = shareOf("queue");
  if (queue.share >= worthwhileShare) {
    found.push({
      option: "embed.workers",
      present: String(settings.workers),
      proposed: String(settings.workers + 1),
      because: seen("waiting for the model", queue),
      effect: `questions wait less for what is at work; up to ${percent(queue.share)} of that time`,
      cost: "memory",
    });
  }
  return found;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

function calls(times: number, call: string): string {
  const plural = call === "search" ? "searches" : `${call}s`;
  return times === 1 ? `1 ${call}` : `${times} ${plural}`;
}
