/* Marks, interval and clean-up as somebody set them, and changed while the governor is at work. */
import { getEventListeners } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import { Governor } from "../../../src/governor/governor.ts";
import { harmless, ladderOrder } from "../../../src/governor/ladder.ts";
import { defaultPolicy, type Mark, type Policy } from "../../../src/governor/marks.ts";
import { untilCalm } from "../../../src/governor/until-calm.ts";
import { ScriptedClock, ScriptedGauge } from "../../helpers/scripted-footprint.ts";

const mb = 1e6;
const open: Governor[] = [];
const share = (value: number): Mark => ({ value, unit: "share" });
const size = (value: number): Mark => ({ value, unit: "bytes" });
const still: Policy = { ...defaultPolicy, everyMs: 0 };

function make(policy: Policy = still, limitBytes = 100 * mb) {
  const gauge = new ScriptedGauge();
  const clock = new ScriptedClock();
  const governor = new Governor({ limitBytes, gauge, clock, policy, relieve: () => {} });
  open.push(governor);
  for (const name of ladderOrder) governor.register({ name, take: () => {}, undo: () => {} });
  const look = (ownBytes: number, afterMs = 1_000) => {
    gauge.ownBytes = ownBytes;
    clock.ms += afterMs;
    return governor.look();
  };
  return { governor, gauge, clock, look };
}

afterEach(() => {
  for (const governor of open.splice(0)) governor.close();
});

describe("marks", () => {
  const marks = { target: share(0.5), warning: size(60 * mb), critical: share(0.7) };

  test("are shares of the limit or sizes", () => {
    const { governor, look } = make({ ...still, marks });
    expect(look(60 * mb)).toBe("calm");
    expect(look(61 * mb)).toBe("warning");
    expect(look(71 * mb)).toBe("critical");
    expect(governor.state().marks).toEqual({ target: 0.5, warning: 0.6, critical: 0.7 });
    // A size stays one when the limit is another.
    governor.setLimit(200 * mb);
    expect(governor.state().marks).toEqual({ target: 0.5, warning: 0.3, critical: 0.7 });
    expect(look(61 * mb)).toBe("warning");
  });

  test("hold at once when they are changed", () => {
    const { governor, look } = make();
    expect(look(65 * mb)).toBe("calm");
    governor.setPolicy({ ...still, marks });
    expect(governor.state()).toMatchObject({ level: "warning", steps: [] });
    expect(governor.roomBytes()).toBeCloseTo(5 * mb);
    governor.setPolicy({ ...still, marks: { ...marks, critical: share(0.64) } });
    expect(governor.state()).toMatchObject({ level: "critical", steps: ["smaller batches"] });
    governor.setPolicy(still);
    expect(governor.state().level).toBe("calm");
  });

  test("what was given up comes back below the target, not before", () => {
    const { governor, look } = make({ ...still, marks });
    look(80 * mb);
    expect(governor.state().steps).toEqual(["smaller batches"]);
    look(55 * mb);
    look(55 * mb, 20_000);
    expect(governor.state().steps).toEqual(["smaller batches"]);
    look(49 * mb);
    look(49 * mb, 6_000);
    expect(governor.state().steps).toEqual([]);
  });
});

describe("an aggressive clean-up", () => {
  const policy: Policy = { ...still, cleanup: "aggressive" };

  test("gives up what changes no answer from the warning mark on, a step at each look", () => {
    const { governor, look } = make(policy);
    for (let i = 0; i < ladderOrder.length; i += 1) look(90 * mb, 1);
    expect(governor.state().steps).toEqual([...harmless]);
    expect(governor.isTaken("reranker off")).toBe(false);
    look(96 * mb, 1_000);
    expect(governor.isTaken("reranker off")).toBe(true);
  });

  test("a gentle one gives nothing up there", () => {
    const { governor, look } = make();
    for (let i = 0; i < ladderOrder.length; i += 1) look(90 * mb);
    expect(governor.state().steps).toEqual([]);
  });

  test("can be switched on and off while it runs", () => {
    const { governor, look } = make();
    look(90 * mb);
    governor.setPolicy(policy);
    expect(governor.state().steps).toEqual(["smaller batches"]);
    governor.setPolicy(still);
    look(90 * mb);
    expect(governor.state().steps).toEqual(["smaller batches"]);
  });
});

test("the interval is changed while it runs: looks come by themselves, and stop", async () => {
  const { governor, gauge } = make();
  const seen = async (count: number): Promise<void> => {
    const from = gauge.reads;
    while (gauge.reads < from + count) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  governor.setPolicy({ ...still, everyMs: 20 });
  await seen(3);
  governor.setPolicy(still);
  const after = gauge.reads;
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(gauge.reads).toBe(after);
});

describe("untilCalm", () => {
  test("resolves when memory is calm", async () => {
    const { governor, gauge, clock, look } = make();
    look(90 * mb);
    let sleeps = 0;
    clock.onSleep = () => {
      sleeps += 1;
      if (sleeps === 3) gauge.ownBytes = 40 * mb;
    };
    await untilCalm(() => governor.look(), clock, { timeoutMs: 60_000 });
    expect(sleeps).toBe(3);
    expect(governor.state().level).toBe("calm");
  });

  test("resolves when the time is over, and at once without a limit", async () => {
    const { governor, clock, look } = make();
    look(90 * mb);
    const began = clock.ms;
    await untilCalm(() => governor.look(), clock, { timeoutMs: 1_000 });
    expect(governor.state().level).toBe("warning");
    expect(clock.ms - began).toBe(1_000);
    await untilCalm(undefined, clock, {});
    expect(clock.ms - began).toBe(1_000);
  });

  test("an abort ends it, and leaves no listener behind", async () => {
    const { governor, clock, look } = make();
    look(90 * mb);
    const stop = new AbortController();
    clock.onSleep = () => stop.abort();
    const waiting = untilCalm(() => governor.look(), clock, { signal: stop.signal });
    await expect(waiting).rejects.toMatchObject({ code: "HAYPILE_ABORTED" });
    expect(getEventListeners(stop.signal, "abort")).toEqual([]);
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 3_600_001])(
    "%d is no time",
    async (timeoutMs) => {
      const { clock } = make();
      await expect(untilCalm(undefined, clock, { timeoutMs })).rejects.toMatchObject({
        code: "HAYPILE_USAGE",
      });
    },
  );
});
