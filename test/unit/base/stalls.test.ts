/** Which writes count as stalled, and how many of them are one burst. */
import { expect, it } from "vitest";
import { type Stall, Stalls } from "../../../src/base/measures/stalls.ts";

it("counts by database and by what was waited for, and tells the first of each burst", () => {
  const stalls = new Stalls();
  const told: Stall[] = [];
  stalls.configure(100, (first) => told.push(first));
  expect(stalls.note("a.db", "remember", { waitMs: 99, commitMs: 99 }, 1_000)).toEqual([]);
  expect(stalls.last).toBeUndefined();
  expect(stalls.note("a.db", "remember", { waitMs: 100, commitMs: 5 }, 2_000)).toEqual(["wait"]);
  expect(stalls.note("b.db", "files", { waitMs: 300, commitMs: 400 }, 20_000)).toEqual([
    "wait",
    "commit",
  ]);
  // Half a minute after the last, not after the first.
  stalls.note("b.db", "files", { waitMs: 0, commitMs: 150 }, 50_000);
  expect(told).toEqual([{ cause: "wait", kind: "remember", ms: 100, at: 2_000 }]);
  stalls.note("b.db", "files", { waitMs: 0, commitMs: 150 }, 80_001);
  expect(told.length).toBe(2);
  expect(stalls.bursts).toBe(2);
  expect(stalls.of("a.db")).toEqual({ wait: { times: 1, ms: 100 }, commit: { times: 0, ms: 0 } });
  expect(stalls.of("b.db").commit).toEqual({ times: 3, ms: 700 });
  expect(stalls.of("c.db").wait.times).toBe(0);
  expect(stalls.counts.wait).toEqual({ times: 2, ms: 400 });
});

it("keeps a bound of databases", () => {
  const stalls = new Stalls();
  for (let at = 0; at < 600; at += 1) {
    stalls.note(`${at}.db`, "files", { waitMs: 1_000, commitMs: 0 }, at);
  }
  expect(stalls.of("0.db").wait.times).toBe(1);
  expect(stalls.of("599.db").wait.times).toBe(0);
  expect(stalls.of("others").wait.times).toBe(100);
  expect(stalls.counts.wait.times).toBe(600);
});
