/*
 * Counts of calls by stage, minute and client, in a fixed number of bytes: percentiles come from buckets
 * (base/log-buckets.ts), of which only the running ones are kept. A minute that is over is three numbers.
 */
import { LogBuckets, percentilesOf } from "../../base/log-buckets.ts";
import { type StageTimes, stages } from "../../base/stages.ts";
import type {
  ClientCounts,
  ClientFace,
  QueryMinute,
  StagePercentiles,
} from "../../ports/answers/daemon/queries.ts";

const minuteMs = 60_000;
const mostMinutes = 360;
/** The last hour in slices: the oldest goes as a whole. */
const sliceMs = 20 * minuteMs;
const slices = 3;
const mostClients = 32;

/** Calls that are counted apart; all others together. */
export const groups = ["search", "recall", "others"] as const;
export type Group = (typeof groups)[number];

export function groupOf(call: string): Group {
  return call === "search" || call === "recall" ? call : "others";
}

/** What a stage may be called, the total among them. */
export const timed = [...stages, "other", "total"] as const;
type Timed = (typeof timed)[number];

class StageCounts {
  readonly #of = new Map<Timed, { buckets: LogBuckets; sumMs: number }>();

  add(times: StageTimes): void {
    for (const stage of timed) {
      const ms = times[stage];
      if (ms <= 0 && stage !== "total") continue;
      const one = this.#of.get(stage) ?? { buckets: new LogBuckets(), sumMs: 0 };
      this.#of.set(stage, one);
      one.buckets.add(ms);
      one.sumMs += ms;
    }
  }

  mergeInto(all: Map<Timed, { buckets: LogBuckets; sumMs: number }>): void {
    for (const [stage, { buckets, sumMs }] of this.#of) {
      const one = all.get(stage) ?? { buckets: new LogBuckets(), sumMs: 0 };
      one.buckets.merge(buckets);
      one.sumMs += sumMs;
      all.set(stage, one);
    }
  }
}

/** One group of calls. */
class GroupCounts {
  readonly #slices: { at: number; counts: StageCounts }[] = [];
  readonly #minutes: QueryMinute[] = [];
  readonly #now = new LogBuckets();
  #minute = 0;

  add(times: StageTimes, now: number): void {
    const minute = Math.floor(now / minuteMs) * minuteMs;
    if (minute !== this.#minute) this.#closeMinute(minute);
    this.#now.add(times.total);
    const slice = Math.floor(now / sliceMs) * sliceMs;
    let last = this.#slices.at(-1);
    if (last?.at !== slice) {
      last = { at: slice, counts: new StageCounts() };
      this.#slices.push(last);
      this.#dropOld(now);
    }
    last.counts.add(times);
  }

  stages(now: number): StagePercentiles[] {
    this.#dropOld(now);
    const all = new Map<Timed, { buckets: LogBuckets; sumMs: number }>();
    for (const { counts } of this.#slices) counts.mergeInto(all);
    return timed.flatMap((stage) => {
      const one = all.get(stage);
      const percentiles = one && percentilesOf(one.buckets);
      if (one === undefined || percentiles === undefined) return [];
      return { stage, count: one.buckets.count, sumMs: one.sumMs, ...percentiles };
    });
  }

  /** The running minute is the last. */
  minutes(now: number): QueryMinute[] {
    const from = now - mostMinutes * minuteMs;
    const running = minuteOf(this.#minute, this.#now);
    const all = running === undefined ? this.#minutes : [...this.#minutes, running];
    return all.filter(({ at }) => Date.parse(at) >= from);
  }

  #closeMinute(next: number): void {
    const over = minuteOf(this.#minute, this.#now);
    if (over !== undefined) this.#minutes.push(over);
    if (this.#minutes.length > mostMinutes) this.#minutes.shift();
    this.#now.clear();
    this.#minute = next;
  }

  #dropOld(now: number): void {
    while ((this.#slices[0]?.at ?? now) <= now - slices * sliceMs) this.#slices.shift();
    if (this.#slices.length > slices) this.#slices.splice(0, this.#slices.length - slices);
  }
}

function minuteOf(minute: number, buckets: LogBuckets): QueryMinute | undefined {
  const percentiles = percentilesOf(buckets);
  if (percentiles === undefined) return undefined;
  return { at: new Date(minute).toISOString(), count: buckets.count, ...percentiles };
}

interface OneClient {
  client: string;
  face: ClientFace | "any";
  calls: number;
  failed: number;
  sumMs: number;
  buckets: LogBuckets;
}

/** Counts since the daemon began, by client: the first so many, and the rest as one. */
class Clients {
  readonly #known = new Map<string, OneClient>();

  add(client: string, face: ClientFace, ms: number, hasFailed: boolean): void {
    const one = this.#of(client, face);
    one.calls += 1;
    if (hasFailed) one.failed += 1;
    one.sumMs += ms;
    one.buckets.add(ms);
  }

  list(): ClientCounts[] {
    return [...this.#known.values()]
      .sort((a, b) => b.calls - a.calls)
      .map(({ buckets, ...rest }) => {
        const { p50 = 0, p95 = 0 } = percentilesOf(buckets) ?? {};
        return { ...rest, p50, p95 };
      });
  }

  #of(client: string, face: ClientFace): OneClient {
    const key = `${face} ${client}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const isOther = this.#known.size >= mostClients;
    const others = isOther ? this.#known.get("any others") : undefined;
    if (others !== undefined) return others;
    const name = isOther ? { client: "others", face: "any" as const } : { client, face };
    const made = { ...name, calls: 0, failed: 0, sumMs: 0, buckets: new LogBuckets() };
    this.#known.set(isOther ? "any others" : key, made);
    return made;
  }
}

/** @param clock milliseconds since 1970 */
export class QueryCounts {
  readonly #groups = new Map<Group, GroupCounts>();
  readonly #clients = new Clients();
  readonly #clock: () => number;
  total = 0;

  constructor(clock: () => number = Date.now) {
    this.#clock = clock;
  }

  add(call: string, client: string, face: ClientFace, times: StageTimes, hasFailed: boolean): void {
    this.total += 1;
    this.#clients.add(client, face, times.total, hasFailed);
    const group = groupOf(call);
    const counts = this.#groups.get(group) ?? new GroupCounts();
    this.#groups.set(group, counts);
    counts.add(times, this.#clock());
  }

  stages(): { call: Group; stages: StagePercentiles[] }[] {
    return this.#each((counts, now) => ({ stages: counts.stages(now) }));
  }

  minutes(): { call: Group; minutes: QueryMinute[] }[] {
    return this.#each((counts, now) => ({ minutes: counts.minutes(now) }));
  }

  clients(): ClientCounts[] {
    return this.#clients.list();
  }

  #each<T>(read: (counts: GroupCounts, now: number) => T): ({ call: Group } & T)[] {
    const now = this.#clock();
    return groups.flatMap((call) => {
      const counts = this.#groups.get(call);
      return counts === undefined ? [] : [{ call, ...read(counts, now) }];
    });
  }
}
