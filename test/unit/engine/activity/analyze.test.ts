import { describe, expect, it } from "vitest";
import { analyze } from "../../../../src/engine/activity/analyze.ts";
import { type ActivityRecord, less } from "../../../../src/engine/activity/record.ts";
import { activityRecord } from "../../../helpers/activity-record.ts";

const noEvictions = { size: 0, ttl: 0, replaced: 0, cleared: 0, resized: 0 };

const governor = (criticalMs: number): ActivityRecord["governor"] => ({
  mostUsedBytes: 195e6,
  refused: 0,
  pressure: {
    levelMs: { calm: 1_000 - criticalMs, warning: 0, critical: criticalMs },
    steps: criticalMs > 0 ? { "smaller batches": { times: 1, ms: criticalMs } } : {},
  },
});

const loaded = (at: string): ActivityRecord["events"][number] => ({
  at,
  owner: "model tiny",
  what: "loaded",
  why: "a query was to be embedded",
  rssBytes: 1,
});

function options(records: ActivityRecord[]): string[] {
  return (analyze(records)?.improvements ?? []).map(({ option }) => option);
}

describe("less", () => {
  it("takes numbers from numbers at every depth, and new ones as they are", () => {
    const before = { a: 1, deep: { b: 2 } };
    expect(less({ a: 5, deep: { b: 2, c: 3 }, name: "x" } as object, before)).toEqual({
      a: 4,
      deep: { b: 0, c: 3 },
      name: "x",
    });
    expect(less({ a: 1 }, undefined)).toEqual({ a: 1 });
    expect(less(undefined, before)).toBeUndefined();
  });
});

describe("analyze", () => {
  it("has nothing to say of nothing", () => {
    expect(analyze([])).toBeUndefined();
    const quiet = analyze([activityRecord()]);
    expect(quiet?.cheapest).toBeUndefined();
    expect(quiet?.pressure).toBeUndefined();
    expect(quiet?.batches).toBeUndefined();
  });

  it("adds up records of several processes", () => {
    const step = { times: 1, ms: 30, longestMs: 30, mostRssBytes: 5e6, growthBytes: 1e6 };
    const one = activityRecord({
      searches: { anew: 2, same: 1, similar: 0 },
      batches: { times: 2, texts: 30, least: 10, most: 20 },
      caches: { rankings: { hits: 1, misses: 3, regretted: 0, evictions: noEvictions } },
      steps: { search: step, "index run": { ...step, ms: 1_000 } },
      governor: governor(0),
      settings: { workers: 1, tokensPerRun: 160, cacheBytes: 64e6, limitBytes: 256e6 },
    });
    const other = activityRecord({
      ...one,
      from: "2026-01-01T09:00:00.000Z",
      process: "8-1000",
      index: "other.db",
      batches: { times: 1, texts: 3, least: 3, most: 3 },
      memory: { rssBytes: 1, peakRssBytes: 300e6, runtimePeakBytes: 0, sessionBytes: 0 },
      steps: { search: { ...step, longestMs: 90, mostRssBytes: 9e6 } },
    });
    const report = analyze([one, other]);
    expect(report).toMatchObject({
      from: "2026-01-01T09:00:00.000Z",
      records: 2,
      processes: 2,
      indexes: ["app-0123456789ab.db", "other.db"],
      searches: { anew: 4, same: 2, similar: 0 },
      batches: { times: 3, mean: 11, least: 3, most: 20 },
      peak: { rssBytes: 300e6, process: "8-1000", index: "other.db" },
      pressure: { lookedMs: 2_000, criticalMs: 0, mostLimitBytes: 256e6 },
    });
    expect(report?.caches).toEqual([
      {
        owner: "rankings",
        hits: 2,
        misses: 6,
        regretted: 0,
        evictions: noEvictions,
        hitRate: 0.25,
      },
    ]);
    expect(report?.slowest.map(({ name }) => name)).toEqual(["search"]);
    expect(report?.hungriest[0]).toMatchObject({
      name: "search",
      mostRssBytes: 9e6,
      longestMs: 90,
    });
  });

  it("counts an event that two engines of a process have recorded once", () => {
    const events = [loaded("2026-01-01T10:00:01.000Z")];
    const report = analyze([activityRecord({ events }), activityRecord({ events })]);
    expect(report?.models).toMatchObject({ loads: 1, reasons: [{ times: 1 }] });
  });

  it("asks for a larger cache when misses were of what had gone", () => {
    const caches = { rankings: { hits: 10, misses: 90, regretted: 40, evictions: noEvictions } };
    const report = analyze([activityRecord({ caches })]);
    expect(report?.cheapest).toMatchObject({
      option: "cache.total",
      present: "64MB",
      proposed: "128MB",
      cost: "memory",
    });
    expect(report?.cheapest?.effect).toContain("at most 50 % are hits, in place of 10 %");
    const few = { rankings: { hits: 900, misses: 100, regretted: 6, evictions: noEvictions } };
    expect(options([activityRecord({ caches: few })])).toEqual([]);
  });

  it("asks for a higher limit, or smaller runs, when memory was short", () => {
    const short = activityRecord({
      settings: { limitBytes: 200e6, workers: 2, tokensPerRun: 320, cacheBytes: 8e6 },
      memory: { rssBytes: 1, peakRssBytes: 1, runtimePeakBytes: 60e6, sessionBytes: 10e6 },
      governor: governor(200),
    });
    const report = analyze([short]);
    expect(report?.improvements.map(({ option, proposed }) => [option, proposed])).toEqual([
      ["memory.max", "250MB"],
      ["embed.tokens-per-run", "160"],
      ["embed.workers", "1"],
    ]);
    expect(report?.cheapest?.because).toContain("smaller batches (1×)");
    expect(report?.pressure?.steps).toEqual([{ name: "smaller batches", times: 1, ms: 200 }]);
    expect(options([{ ...short, governor: governor(0) }])).not.toContain("memory.max");
  });

  it("puts what costs nothing first: the graph cache before a model that stays", () => {
    const times = [1, 2, 3].map((second) => loaded(`2026-01-01T10:00:0${second}.000Z`));
    const record = activityRecord({
      events: times,
      model: { loadMs: 300, loadedFrom: "plain" },
      memory: { rssBytes: 1, peakRssBytes: 1, runtimePeakBytes: 0, sessionBytes: 16e6 },
    });
    const found = analyze([record])?.improvements ?? [];
    expect(found.map(({ option, cost }) => [option, cost])).toEqual([
      ["model.graph-cache", "nothing"],
      ["model.idle", "memory"],
    ]);
    // Each in a process of its own is no load again.
    const apart = times.map((event, i) => activityRecord({ events: [event], process: `${i}-1` }));
    expect(options(apart)).toEqual([]);
  });
});
