/** Which snapshots stay: days, weeks and months that have one, and none that somebody asked for goes. */
import { describe, expect, it } from "vitest";
import { parseRetention, retentionForm } from "../../../../src/config/options/retention.ts";
import { goesAt } from "../../../../src/engine/snapshots/retention.ts";
import type { Snapshot, SnapshotReason } from "../../../../src/ports/answers/time/snapshots.ts";

const dayMs = 86_400_000;
const noon = new Date(2026, 10, 25, 12).getTime();

function snapshot(daysAgo: number, reason: SnapshotReason = "daily"): Snapshot {
  const at = new Date(noon - daysAgo * dayMs).toISOString();
  return { id: `${reason} ${daysAgo}`, at, reason } as Snapshot;
}

/** Days ago of those that stay. */
function staying(days: readonly number[], text: string): number[] {
  const keep = parseRetention(text);
  const all = days.map((ago) => snapshot(ago));
  const goes = goesAt(all, keep === "off" ? undefined : keep, noon);
  return days.filter((ago) => (goes.get(`daily ${ago}`) ?? Number.POSITIVE_INFINITY) > noon);
}

describe("what stays", () => {
  it("is the first of each of the last days, weeks and months that have one", () => {
    const daily = Array.from({ length: 60 }, (_, ago) => ago);
    expect(staying(daily, "7d")).toEqual([0, 1, 2, 3, 4, 5, 6]);
    // The 25th of November 2026 is a Wednesday: Mondays are 2, 9, 16, 23 days before.
    expect(staying(daily, "3d 4w")).toEqual([0, 1, 2, 9, 16, 23]);
    expect(staying(daily, "1d 2m")).toEqual([0, 24, 55]);
    // Who was away for a month finds the same number.
    expect(staying([0, 31, 32, 33, 34, 35], "3d")).toEqual([0, 31, 32]);
  });

  it("is of a day the first, and the newest of all", () => {
    const halfDays = [0, 0.25, 1, 1.25, 2];
    expect(staying(halfDays, "2d")).toEqual([0, 0.25, 1.25]);
    expect(staying([40], "1d")).toEqual([40]);
  });

  it("is all where none is made by itself, and what somebody asked for", () => {
    expect(staying([0, 100, 200], "off")).toEqual([0, 100, 200]);
    const all = [snapshot(400, "asked"), snapshot(0)];
    expect(goesAt(all, { days: 1, weeks: 0, months: 0 }, noon).has("asked 400")).toBe(false);
  });

  it("is for thirty days what was made before something was replaced", () => {
    const all = [snapshot(29, "restore"), snapshot(31, "model")];
    const goes = goesAt(all, undefined, noon);
    expect((goes.get("restore 29") ?? 0) > noon).toBe(true);
    expect((goes.get("model 31") ?? noon) > noon).toBe(false);
  });

  it("goes when it was said, with one a day until then", () => {
    const keep = { days: 3, weeks: 0, months: 0 };
    const first = goesAt([snapshot(0)], keep, noon).get("daily 0") ?? 0;
    const days = Math.ceil((first - noon) / dayMs);
    expect(days).toBe(3);
    for (let later = 1; later <= days; later += 1) {
      const all = Array.from({ length: later + 1 }, (_, ago) => snapshot(ago - later));
      const goes = goesAt(all, keep, noon + later * dayMs).get("daily 0") ?? 0;
      expect(goes > noon + later * dayMs).toBe(later < days);
    }
  });
});

describe("the option", () => {
  it("is read as people write it", () => {
    for (const [said, kept] of [
      ["7d 4w", "7d 4w"],
      ["4W, 7D", "7d 4w"],
      ["6m", "6m"],
      ["0d", "off"],
      ["off", "off"],
      ["", undefined],
      ["7", undefined],
      ["7d 3d", undefined],
      ["7y", undefined],
      ["-1d", undefined],
      ["1000d", undefined],
    ] as const) {
      expect([said, retentionForm.read(said)]).toEqual([said, kept]);
    }
    expect(retentionForm.read(false)).toBe("off");
    expect(retentionForm.read(7)).toBeUndefined();
  });
});
