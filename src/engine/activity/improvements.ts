/*
 * What would have made the recorded period better, the cheapest first: what costs nothing goes before what
 * costs memory, that before what costs time. Each names one option and what is expected of it, worked out
 * from the record. Without pressure what is left to gain is a lower peak.
 */

import { mb } from "../../base/byte-count.ts";
import { aboutQueries } from "./query-stages.ts";
import type { ActivityRecord } from "./record.ts";
import type { ActivityReport, Improvement } from "./report.ts";
import { aboutStalls } from "./stalled-writes.ts";

type Facts = Pick<
  ActivityReport,
  "pressure" | "caches" | "models" | "searches" | "vectors" | "batches"
>;

const MB = 1e6;
const costs = ["nothing", "memory", "time"] as const;
/** Share of the time above the critical mark, and of lookups, that is worth an option. */
const worthwhileShare = 0.02;
/** Runs of the model take that much beside the session before it is worth talking of. */
const worthwhileBytes = 20 * MB;
const leastTokensPerRun = 160;
/** The warning mark of the governor: used bytes below it give nothing up. */
const calmShare = 0.78;

export function improvements(records: readonly ActivityRecord[], facts: Facts): Improvement[] {
  const last = records.at(-1);
  if (last === undefined) return [];
  return [
    ...aboutLoading(records, facts),
    ...aboutCaches(last, facts),
    ...aboutLimit(records, last, facts),
    ...aboutQueries(records, last),
    ...aboutStalls(records),
  ].sort((a, b) => costs.indexOf(a.cost) - costs.indexOf(b.cost));
}

function aboutLoading(records: readonly ActivityRecord[], { models }: Facts): Improvement[] {
  const found: Improvement[] = [];
  const plain = records.filter(({ model }) => model?.loadedFrom === "plain");
  const mapped = records.find(({ model }) => model?.loadedFrom === "cache")?.model;
  const [first] = plain;
  if (first?.model !== undefined) {
    const { loadMs } = first.model;
    found.push({
      option: "model.graph-cache",
      present: "false",
      proposed: "true",
      because: `${plain.length} records with the model file loaded as it is, in ${loadMs.toFixed(0)} ms`,
      effect: `weights are mapped, so that the system can take them back: up to ${mb(first.memory.sessionBytes)} MB less private memory${mapped === undefined ? "" : `, and loaded in ${mapped.loadMs.toFixed(0)} ms`}`,
      cost: "nothing",
    });
  }
  const again = loadsAgain(records);
  const loadMs = records.find(({ model }) => model !== undefined)?.model?.loadMs ?? 0;
  if (again >= 2) {
    const held = Math.max(...records.map(({ memory }) => memory.sessionBytes));
    found.push({
      option: "model.idle",
      present: "as it is",
      proposed: "twice as long",
      because: `${again} of ${models.loads} loads were of a model the same process had freed`,
      effect: `up to ${again} loads of ${loadMs.toFixed(0)} ms less; the model keeps ${mb(held)} MB while nothing uses it`,
      cost: "memory",
    });
  }
  return found;
}

/** Loads of a model that its process had loaded and freed before. */
function loadsAgain(records: readonly ActivityRecord[]): number {
  const loads = new Map<string, Set<string>>();
  for (const { process, events } of records) {
    for (const { owner, what, at } of events) {
      if (what !== "loaded" || !owner.startsWith("model ")) continue;
      const key = `${process} ${owner}`;
      loads.set(key, (loads.get(key) ?? new Set()).add(at));
    }
  }
  return [...loads.values()].reduce((sum, times) => sum + times.size - 1, 0);
}

function aboutCaches({ settings }: ActivityRecord, { caches }: Facts): Improvement[] {
  const regretted = caches.reduce((sum, one) => sum + one.regretted, 0);
  const hits = caches.reduce((sum, one) => sum + one.hits, 0);
  const misses = caches.reduce((sum, one) => sum + one.misses, 0);
  if (regretted < 5 || regretted < (hits + misses) * worthwhileShare) return [];
  const rate = (count: number): string => `${((100 * count) / (hits + misses)).toFixed(0)} %`;
  return [
    {
      option: "cache.total",
      present: size(settings.cacheBytes),
      proposed: size(settings.cacheBytes * 2),
      because: `${regretted} of ${misses} misses were of entries that had gone for want of room`,
      effect: `of the lookups at most ${rate(hits + regretted)} are hits, in place of ${rate(hits)}; up to ${mb(settings.cacheBytes)} MB more memory`,
      cost: "memory",
    },
  ];
}

function aboutLimit(
  records: readonly ActivityRecord[],
  { settings }: ActivityRecord,
  { pressure }: Facts,
): Improvement[] {
  const found: Improvement[] = [];
  const runs = Math.max(
    ...records.map(({ memory }) => Math.max(0, memory.runtimePeakBytes - memory.sessionBytes)),
  );
  const isShort =
    pressure !== undefined &&
    (pressure.refused > 0 || pressure.criticalMs > pressure.lookedMs * worthwhileShare);
  const steps = pressure?.steps.map(({ name, times }) => `${name} (${times}×)`).join(", ") ?? "";
  const because = isShort
    ? `${seconds(pressure.criticalMs)} of ${seconds(pressure.lookedMs)} above the critical mark, ${pressure.refused} refused${steps === "" ? "" : `; given up: ${steps}`}`
    : `runs of the model took up to ${mb(runs)} MB beside its session`;
  if (isShort) {
    const needed = Math.ceil(pressure.mostUsedBytes / calmShare / (10 * MB)) * 10 * MB;
    found.push({
      option: "memory.max",
      present: size(pressure.mostLimitBytes),
      proposed: size(needed),
      because,
      effect: `what was used at most (${mb(pressure.mostUsedBytes)} MB) stays below the warning mark: nothing is given up`,
      cost: "memory",
    });
  }
  if (runs < worthwhileBytes) return found;
  const { tokensPerRun, workers } = settings;
  if (tokensPerRun > leastTokensPerRun) {
    const less = runs * (1 - leastTokensPerRun / tokensPerRun);
    found.push({
      option: "embed.tokens-per-run",
      present: String(tokensPerRun),
      proposed: String(leastTokensPerRun),
      because,
      effect: `the peak falls by up to ${mb(less)} MB; "haypile doctor --bench" says what it does to the speed here`,
      cost: "time",
    });
  }
  if (workers > 1) {
    found.push({
      option: "embed.workers",
      present: String(workers),
      proposed: String(workers - 1),
      because,
      effect: `the peak falls by up to ${mb(runs / workers)} MB; embedding takes up to ${(workers / (workers - 1)).toFixed(1)} times as long`,
      cost: "time",
    });
  }
  return found;
}

/** As the options table reads it. */
function size(bytes: number): string {
  return `${Math.round(bytes / MB)}MB`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
