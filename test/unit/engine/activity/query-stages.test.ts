import { describe, expect, it } from "vitest";
import { noStages, timesOf } from "../../../../src/base/stages.ts";
import { analyze } from "../../../../src/engine/activity/analyze.ts";
import { QueryStages } from "../../../../src/engine/activity/query-stages.ts";
import type { ActivityRecord } from "../../../../src/engine/activity/record.ts";
import type { SearchTimes } from "../../../../src/ports/answers/search.ts";
import { activityRecord } from "../../../helpers/activity-record.ts";
import { seededRandom } from "../../../helpers/temp-tree.ts";

function took(of: Partial<SearchTimes>): SearchTimes {
  const found = { ...timesOf(noStages()), ...of };
  const { total: _, ...rest } = found;
  return { ...found, total: Object.values(rest).reduce((sum, ms) => sum + ms, 0) };
}

/** A record of a process that counted these, as it is read again. */
function recordOf(
  process: string,
  calls: readonly ["search" | "recall", SearchTimes][],
): ActivityRecord {
  const stages = new QueryStages();
  for (const [call, times] of calls) stages.note(call, times);
  return JSON.parse(
    JSON.stringify(activityRecord({ process, queries: stages.take() })),
  ) as ActivityRecord;
}

describe("where the time of queries went", () => {
  it("is nothing where nothing was counted, and of older records", () => {
    expect(new QueryStages().take()).toBeUndefined();
    expect(analyze([activityRecord()])?.queries).toEqual([]);
  });

  it("is put together of many records: shares, percentiles, what led", () => {
    const random = seededRandom(3);
    const all: number[] = [];
    const records = Array.from({ length: 6 }, (_, at) =>
      recordOf(
        `7-${at}`,
        Array.from({ length: 50 }, () => {
          const times = took({ words: 1 + random(), meaning: 2 + random() * 40, show: 0.5 });
          all.push(times.total);
          return ["search", times] as const;
        }).map(([call, times]): ["search", SearchTimes] => [call, times]),
      ),
    );
    const [report, ...more] = analyze([activityRecord(), ...records])?.queries ?? [];
    expect(more).toEqual([]);
    expect(report).toMatchObject({ call: "search", times: 300 });
    expect(report?.stages.map(({ stage }) => stage)).toEqual(["meaning", "words", "show"]);
    expect(report?.stages.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(report?.stages[0]?.led).toBeGreaterThan(280);
    expect(report?.stages.reduce((sum, { led }) => sum + led, 0)).toBe(300);
    all.sort((a, b) => a - b);
    expect(Math.abs((report?.p95 ?? 0) / (all[284] ?? 0) - 1)).toBeLessThan(0.0394);
    // Hundredths are kept.
    expect(Math.abs((report?.sumMs ?? 0) - all.reduce((sum, ms) => sum + ms, 0))).toBeLessThan(0.2);
  });

  it("begins anew after each record", () => {
    const stages = new QueryStages();
    stages.note("recall", took({ words: 4 }));
    expect(stages.take()?.recall?.times).toBe(1);
    expect(stages.take()).toBeUndefined();
  });

  it("names an option where a stage has one", () => {
    const options = (records: ActivityRecord[]) =>
      analyze(records)?.improvements.map(({ option, proposed }) => [option, proposed]);
    const opening = Array.from({ length: 6 }, (_, at) =>
      recordOf(`7-${at}`, [["recall", took({ open: 300, words: 2 })]]),
    );
    expect(options(opening)).toEqual([["daemon.autostart", "true"]]);
    // One process that lives on opens once, and nothing is to be gained.
    const once = recordOf("7-1", [
      ["recall", took({ open: 300, words: 2 })],
      ...Array.from({ length: 9 }, (): ["recall", SearchTimes] => ["recall", took({ words: 2 })]),
    ]);
    expect(options([once])).toEqual([]);
    const queued = Array.from({ length: 6 }, (): ["search", SearchTimes] => [
      "search",
      took({ queue: 80, words: 2 }),
    ]);
    expect(options([recordOf("7-1", queued)])).toEqual([["embed.workers", "2"]]);
  });
});
