import { afterEach, describe, expect, it, vi } from "vitest";
import { EventLog } from "../../../../src/base/events.ts";
import { ramFamilies } from "../../../../src/daemon/metrics/ram-families.ts";
import { RamRecord } from "../../../../src/daemon/ram/record.ts";
import { Timeline } from "../../../../src/daemon/ram/timeline.ts";
import { Governor } from "../../../../src/governor/governor.ts";
import { defaultPolicy } from "../../../../src/governor/marks.ts";
import { Hub } from "../../../../src/haypile/hub.ts";
import type { FootprintSample } from "../../../../src/ports/answers/daemon/ram.ts";
import { ScriptedClock, ScriptedGauge } from "../../../helpers/scripted-footprint.ts";

afterEach(() => {
  vi.useRealTimers();
});

function eventLog(ms = 2_000): EventLog {
  return new EventLog(8, {
    rssBytes: () => 50e6,
    peakRssBytes: () => 60e6,
    now: () => new Date(ms),
  });
}

describe("the time line", () => {
  it("says from when to when a step was taken and a level held, beside what was loaded", () => {
    const events = eventLog();
    const line = new Timeline(events);
    line.level(1_500, "warning", 90);
    events.note("model m", "loaded", "a text was to be embedded");
    line.level(2_500, "critical", 96);
    line.taken(2_500, ["smaller batches"], 96);
    line.taken(2_600, ["smaller batches", "smaller caches"], 97);
    line.level(2_700, "critical", 99);
    line.taken(3_000, ["smaller batches"], 80);
    line.level(3_000, "calm", 70);
    const said = line.list(0).map((moment) => [moment.kind, moment.time, ...detail(moment)]);
    expect(said).toEqual([
      ["level", 1_500, "warning", 2_500, 90],
      ["event", 2_000, "model m", "loaded"],
      ["level", 2_500, "critical", 3_000, 99],
      ["step", 2_500, "smaller batches", undefined, 96],
      ["step", 2_600, "smaller caches", 3_000, 97],
    ]);
    // What lasts until now is said, however long ago it began.
    expect(line.list(3_500).map(({ kind }) => kind)).toEqual(["step"]);
    expect(line.count).toBe(7);
  });

  it("is bounded, and a level that goes to and fro pushes out no step", () => {
    const line = new Timeline(eventLog(), 16);
    line.taken(1, ["smaller caches"], 1);
    for (let i = 0; i < 1_000; i += 1) line.level(i, i % 2 === 0 ? "warning" : "calm", i);
    // Told as one, as long as it comes back soon.
    expect(line.list(0).filter(({ kind }) => kind === "level")).toEqual([
      { kind: "level", time: 0, level: "warning", until: 999, times: 500, usedBytes: 998 },
    ]);
    for (let i = 1; i < 1_000; i += 1) {
      line.level(i * 10_000, i % 2 === 0 ? "warning" : "calm", i);
    }
    expect(line.list(0).filter(({ kind }) => kind === "level")).toHaveLength(16);
    expect(line.list(0).filter(({ kind }) => kind === "step")).toHaveLength(1);
    for (let i = 0; i < 1_000; i += 1) {
      line.taken(i, [], 1);
      line.taken(i, ["smaller caches"], 1);
    }
    expect(line.list(0)).toHaveLength(32);
  });
});

function detail(moment: ReturnType<Timeline["list"]>[number]): unknown[] {
  if (moment.kind === "event") return [moment.owner, moment.what];
  if (moment.kind === "step") return [moment.step, moment.until, moment.usedBytes];
  return [moment.level, moment.until, moment.usedBytes];
}

describe("the history of memory", () => {
  it("ticks every ten seconds, every second while somebody listens, and not at all when closed", () => {
    vi.useFakeTimers();
    const hub = new Hub();
    let looks = 0;
    const look = () => {
      looks += 1;
      return { ownBytes: 50e6, childBytes: 1e6 };
    };
    const history = new RamRecord({ hub, look, events: eventLog() });
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(60_000);
    expect(looks).toBe(1 + 6);
    const heard: FootprintSample[] = [];
    const end = hub.listen((_, value) => heard.push(value as FootprintSample));
    const endOther = hub.listen(() => undefined);
    vi.advanceTimersByTime(5_000);
    expect(heard).toHaveLength(5);
    expect(heard[0]).toMatchObject({
      about: "memory",
      ownBytes: 50e6,
      usedBytes: 51e6,
      limitBytes: undefined,
      steps: [],
    });
    end();
    endOther();
    const before = looks;
    vi.advanceTimersByTime(60_000);
    expect(looks - before).toBe(6);
    history.close();
    expect(vi.getTimerCount()).toBe(0);
    hub.listen(() => undefined);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is told by a governor of every look, of levels and of steps", () => {
    const gauge = new ScriptedGauge();
    const clock = new ScriptedClock();
    const governor = new Governor({
      limitBytes: 100e6,
      gauge,
      clock,
      relieve: () => {},
      policy: { ...defaultPolicy, everyMs: 0 },
    });
    governor.register({ name: "smaller batches", take: () => {}, undo: () => {} });
    governor.register({ name: "no new work", take: () => {}, undo: () => {} });
    const history = new RamRecord({
      hub: new Hub(),
      look: () => ({ ownBytes: 1e6, childBytes: 0 }),
      events: eventLog(),
    });
    governor.watch(history);
    const at = (bytes: number, ms: number): void => {
      gauge.ownBytes = bytes;
      clock.ms += ms;
      governor.look();
    };
    at(50e6, 100);
    at(99e6, 1_000);
    at(97e6, 1_000);
    expect(history.sample()).toMatchObject({
      ownBytes: 97e6,
      limitBytes: 100e6,
      level: "critical",
      steps: ["smaller batches", "no new work"],
    });
    const said = ramFamilies(history.sample());
    expect(said).toContain('haypile_memory_counted_bytes{part="all"} 97000000');
    expect(said).toContain('haypile_memory_level{level="critical"} 1');
    expect(said).toContain('haypile_memory_step_taken{step="no new work"} 1');
    at(40e6, 100);
    for (let i = 0; i < 4; i += 1) at(40e6, 6_000);
    const { moments, columns, now, ladder } = history.answer();
    const steps = moments.filter(({ kind }) => kind === "step");
    expect(steps.map((one) => one.kind === "step" && one.step)).toEqual([
      "smaller batches",
      "no new work",
    ]);
    expect(steps.every((one) => one.kind === "step" && one.until !== undefined)).toBe(true);
    expect(now).toMatchObject({ level: "calm", steps: [] });
    expect(Math.max(...columns.ownMax)).toBeGreaterThanOrEqual(99e6);
    expect(Math.max(...columns.level)).toBe(2);
    const bits = columns.steps.reduce((all, one) => all | one, 0);
    expect(ladder.filter((_, i) => (bits & (1 << i)) !== 0)).toEqual([
      "smaller batches",
      "no new work",
    ]);
    history.close();
    governor.close();
  });

  it("finds a peak between two ticks by what the system counts", () => {
    vi.useFakeTimers();
    let peak = 60e6;
    const events = new EventLog(8, {
      rssBytes: () => 50e6,
      peakRssBytes: () => peak,
      now: () => new Date(),
    });
    const history = new RamRecord({
      hub: new Hub(),
      look: () => ({ ownBytes: 50e6, childBytes: 0 }),
      events,
    });
    vi.advanceTimersByTime(10_000);
    peak = 90e6;
    vi.advanceTimersByTime(10_000);
    vi.advanceTimersByTime(10_000);
    const { columns } = history.answer();
    expect(Math.max(...columns.ownMax)).toBeGreaterThanOrEqual(90e6);
    expect(columns.ownMax.filter((bytes) => bytes >= 90e6)).toHaveLength(1);
    history.close();
  });

  it("refuses what is no number of points, and names that it does not know", () => {
    const history = new RamRecord({
      hub: new Hub(),
      look: () => ({ ownBytes: 1, childBytes: 0 }),
    });
    for (const asked of [
      { points: 0 },
      { points: 2_161 },
      { points: 1.5 },
      { since: "now" },
      { unknown: 1 },
    ]) {
      expect(() => history.answer(asked as object), JSON.stringify(asked)).toThrow(
        expect.objectContaining({ code: "HAYPILE_USAGE" }),
      );
    }
    history.close();
  });
});
