/* Records of a period become one report. Pure: records in, report out. */

import type { StallCause, StallCounts } from "../../base/measures/stalls.ts";
import { improvements } from "./improvements.ts";
import { queriesOf } from "./query-stages.ts";
import type { ActivityRecord } from "./record.ts";
import type {
  ActivityReport,
  CacheReport,
  ModelReason,
  PressureReport,
  StepReport,
} from "./report.ts";

/** Undefined without records. */
export function analyze(records: readonly ActivityRecord[]): ActivityReport | undefined {
  const [first] = records;
  if (first === undefined) return undefined;
  const facts = {
    from: records.map(({ from }) => from).sort()[0] ?? first.from,
    to:
      records
        .map(({ at }) => at)
        .sort()
        .at(-1) ?? first.at,
    records: records.length,
    processes: new Set(records.map((one) => one.process)).size,
    indexes: [...new Set(records.map(({ index }) => index))].sort(),
    pressure: pressureOf(records),
    searches: {
      anew: sum(records, ({ searches }) => searches.anew),
      same: sum(records, ({ searches }) => searches.same),
      similar: sum(records, ({ searches }) => searches.similar),
    },
    queries: queriesOf(records),
    caches: cachesOf(records),
    vectors: {
      asked: sum(records, ({ vectors }) => vectors.asked),
      found: sum(records, ({ vectors }) => vectors.found),
    },
    stalls: { wait: stallsOf(records, "wait"), commit: stallsOf(records, "commit") },
    batches: batchesOf(records),
    peak: peakOf(records, first),
    models: modelsOf(records),
    ...stepsOf(records),
  };
  const found = improvements(records, facts);
  return { ...facts, cheapest: found[0], improvements: found };
}

function sum<T>(of: readonly T[], value: (one: T) => number): number {
  return of.reduce((total, one) => total + (value(one) || 0), 0);
}

function most<T>(of: readonly T[], value: (one: T) => number): number {
  return of.reduce((found, one) => Math.max(found, value(one) || 0), 0);
}

function pressureOf(records: readonly ActivityRecord[]): PressureReport | undefined {
  const governed = records.flatMap(({ governor, settings }) =>
    governor === undefined || settings.limitBytes === undefined
      ? []
      : [{ ...governor, limitBytes: settings.limitBytes }],
  );
  if (governed.length === 0) return undefined;
  const steps = new Map<string, { times: number; ms: number }>();
  for (const { pressure } of governed) {
    for (const [name, { times, ms }] of Object.entries(pressure.steps)) {
      const before = steps.get(name) ?? { times: 0, ms: 0 };
      steps.set(name, { times: before.times + times, ms: before.ms + ms });
    }
  }
  const limits = governed.map(({ limitBytes }) => limitBytes);
  const levels = governed.map(({ pressure }) => pressure.levelMs);
  return {
    leastLimitBytes: Math.min(...limits),
    mostLimitBytes: Math.max(...limits),
    lookedMs: sum(levels, ({ calm, warning, critical }) => calm + warning + critical),
    warningMs: sum(levels, ({ warning }) => warning),
    criticalMs: sum(levels, ({ critical }) => critical),
    steps: [...steps]
      .map(([name, counts]) => ({ name, ...counts }))
      .filter(({ times, ms }) => times > 0 || ms > 0)
      .sort((a, b) => b.ms - a.ms),
    refused: sum(governed, ({ refused }) => refused),
    mostShare: most(governed, ({ mostUsedBytes, limitBytes }) => mostUsedBytes / limitBytes),
    mostUsedBytes: most(governed, ({ mostUsedBytes }) => mostUsedBytes),
  };
}

function cachesOf(records: readonly ActivityRecord[]): CacheReport[] {
  const owners = new Set(records.flatMap(({ caches }) => Object.keys(caches)));
  return [...owners].sort().map((owner) => {
    const counts = records.flatMap(({ caches }) => caches[owner] ?? []);
    const hits = sum(counts, (one) => one.hits);
    const misses = sum(counts, (one) => one.misses);
    return {
      owner,
      hits,
      misses,
      regretted: sum(counts, (one) => one.regretted),
      evictions: {
        size: sum(counts, ({ evictions }) => evictions.size),
        ttl: sum(counts, ({ evictions }) => evictions.ttl),
        replaced: sum(counts, ({ evictions }) => evictions.replaced),
        cleared: sum(counts, ({ evictions }) => evictions.cleared),
        resized: sum(counts, ({ evictions }) => evictions.resized),
      },
      hitRate: hits + misses === 0 ? undefined : hits / (hits + misses),
    };
  });
}

function stallsOf(records: readonly ActivityRecord[], cause: StallCause): StallCounts {
  return {
    times: sum(records, ({ stalls }) => stalls?.[cause]?.times ?? 0),
    ms: sum(records, ({ stalls }) => stalls?.[cause]?.ms ?? 0),
  };
}

function batchesOf(records: readonly ActivityRecord[]): ActivityReport["batches"] {
  const used = records.map(({ batches }) => batches).filter(({ times }) => times > 0);
  if (used.length === 0) return undefined;
  const times = sum(used, (one) => one.times);
  return {
    times,
    mean: sum(used, ({ texts }) => texts) / times,
    least: Math.min(...used.map(({ least }) => least)),
    most: most(used, (one) => one.most),
  };
}

function peakOf(records: readonly ActivityRecord[], first: ActivityRecord): ActivityReport["peak"] {
  // Of records with one peak, the first that has it is the one in which it came about.
  const highest = records.reduce(
    (found, one) => (one.memory.peakRssBytes > found.memory.peakRssBytes ? one : found),
    first,
  );
  const { memory, at, process, index } = highest;
  return { rssBytes: memory.peakRssBytes, at, process, index };
}

function modelsOf(records: readonly ActivityRecord[]): ActivityReport["models"] {
  const seen = new Set<string>();
  const reasons = new Map<string, ModelReason>();
  for (const { events, process } of records) {
    for (const { owner, what, why, at } of events) {
      if (!/^(model|reranker|static model) /.test(owner)) continue;
      // Two engines of one process record the same event.
      const id = `${process} ${at} ${owner} ${what}`;
      if (seen.has(id)) continue;
      seen.add(id);
      const key = `${owner}\n${what}\n${why}`;
      const reason = reasons.get(key) ?? { owner, what, why, times: 0 };
      reason.times += 1;
      reasons.set(key, reason);
    }
  }
  const all = [...reasons.values()].sort((a, b) => b.times - a.times);
  const count = (what: string): number => sum(all, (one) => (one.what === what ? one.times : 0));
  return { loads: count("loaded"), frees: count("freed"), reasons: all };
}

/** The whole of an index run is the sum of its phases. */
const wholes: ReadonlySet<string> = new Set(["index run"]);
const mostSteps = 5;

function stepsOf(
  records: readonly ActivityRecord[],
): Pick<ActivityReport, "slowest" | "hungriest"> {
  const names = new Set(records.flatMap(({ steps }) => Object.keys(steps)));
  const steps = [...names].map((name): StepReport => {
    const counts = records.flatMap((record) => record.steps[name] ?? []);
    return {
      name,
      times: sum(counts, ({ times }) => times),
      ms: sum(counts, ({ ms }) => ms),
      longestMs: most(counts, ({ longestMs }) => longestMs),
      mostRssBytes: most(counts, ({ mostRssBytes }) => mostRssBytes),
      growthBytes: most(counts, ({ growthBytes }) => growthBytes),
    };
  });
  return {
    slowest: steps
      .filter(({ name, times }) => times > 0 && !wholes.has(name))
      .sort((a, b) => b.ms - a.ms)
      .slice(0, mostSteps),
    hungriest: steps
      .filter(({ mostRssBytes }) => mostRssBytes > 0)
      .sort((a, b) => b.mostRssBytes - a.mostRssBytes)
      .slice(0, mostSteps),
  };
}
