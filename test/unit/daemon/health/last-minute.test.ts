import { describe, expect, it } from "vitest";
import { logTotals, OpenDatabaseFacts } from "../../../../src/base/measures/databases.ts";
import { writeMeasures } from "../../../../src/base/measures/writes.ts";
import { LastMinute } from "../../../../src/daemon/health/last-minute.ts";

const whole = () => {
  const found = writeMeasures.kinds().find(([kind]) => kind === "anchors");
  if (found === undefined) throw new Error("nothing was written");
  return found[1].whole;
};

describe("LastMinute", () => {
  it("counts from the start at first, then from a minute ago", () => {
    const minute = new LastMinute(0, { ok: 0, failed: 0 });
    writeMeasures.note("anchors", 0, 5, 1);
    expect(minute.writes("anchors", whole()).count).toBe(1);
    let calls = { ok: 0, failed: 0 };
    for (let at = 10_000; at <= 60_000; at += 10_000) {
      calls = { ok: calls.ok + 10, failed: calls.failed + 1 };
      minute.copy(at, calls);
      if (at < 60_000) {
        expect([at, minute.writes("anchors", whole()).count]).toEqual([at, 1]);
        expect(minute.calls(calls)).toEqual(calls);
      }
    }
    expect(minute.calls(calls)).toEqual({ ok: 60, failed: 6 });
    minute.copy(70_000, calls);
    expect(minute.writes("anchors", whole()).count).toBe(0);
    expect(minute.calls(calls)).toEqual({ ok: 50, failed: 5 });
    writeMeasures.note("anchors", 0, 900, 1);
    const late = minute.writes("anchors", whole());
    expect(late.count).toBe(1);
    expect(Math.abs(late.percentile(0.95) / 901 - 1)).toBeLessThan(0.05);
    for (let at = 80_000; at <= 200_000; at += 10_000) minute.copy(at, calls);
    expect(minute.writes("anchors", whole()).count).toBe(0);
    expect(minute.calls(calls)).toEqual({ ok: 0, failed: 0 });
  });

  it("says what logs did, a second", () => {
    const facts = new OpenDatabaseFacts("memories", "/m.db");
    const minute = new LastMinute(0, { ok: 0, failed: 0 });
    for (let commit = 1; commit <= 20; commit += 1) {
      facts.noteCommit();
      facts.noteLog(commit % 10, 0, 1);
    }
    facts.noteLog(8, 8, 3);
    expect(minute.rates(10_000).memories).toEqual({
      commits: 2,
      checkpoints: 0.1,
      pagesMoved: 0.8,
    });
    expect(facts.counts).toMatchObject({
      commits: 20,
      checkpoints: 1,
      pagesMoved: 8,
      checkpointMs: 3,
    });
    expect(logTotals().memories.commits).toBe(20);
    expect(facts.logPagesMost).toBe(9);
  });
});
