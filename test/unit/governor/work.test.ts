import { afterEach, describe, expect, test } from "vitest";
import { governedWork } from "../../../src/engine/ceiling/governed-work.ts";
import { Governor } from "../../../src/governor/governor.ts";
import { defaultPolicy } from "../../../src/governor/marks.ts";
import { loadBytes, modelBytes } from "../../../src/governor/prediction.ts";
import { StepLog } from "../../../src/governor/step-log.ts";
import { parsePeakBytes } from "../../../src/governor/work-prediction.ts";
import type { ParseOutcome } from "../../../src/ports/syntax.ts";
import { ScriptedClock, ScriptedGauge } from "../../helpers/scripted-footprint.ts";

const mb = 1e6;
const open: Governor[] = [];

afterEach(() => {
  for (const governor of open.splice(0)) governor.close();
});

function make(limitBytes: number) {
  const gauge = new ScriptedGauge();
  const clock = new ScriptedClock();
  const governor = new Governor({
    limitBytes,
    gauge,
    clock,
    relieve: () => {},
    policy: { ...defaultPolicy, everyMs: 0 },
  });
  open.push(governor);
  return { gauge, clock, governor, work: governedWork(governor, () => []) };
}

const file = (chars: number) => ({ language: "python", text: "a".repeat(chars) });
const parsed: ParseOutcome = {
  parsed: { definitions: [], references: [], imports: [], hasErrors: false },
};

describe("what is foretold", () => {
  test("grows with the file, and never below what the process has already", () => {
    expect(parsePeakBytes("python", 200_000)).toBeGreaterThan(parsePeakBytes("python", 100_000));
    expect(parsePeakBytes("python", 1000, 90 * mb)).toBe(90 * mb);
    expect(parsePeakBytes("a language nobody knows", 1000)).toBeGreaterThan(30 * mb);
  });

  test("of a model: loading takes less than running, a first load more than a later one", () => {
    const facts = {
      fileBytes: 23.6 * mb,
      dimensions: 384,
      workers: 1,
      tokensPerRun: 256,
      maxTokens: 256,
      isFirstLoad: false,
    };
    expect(loadBytes(facts)).toBeLessThan(modelBytes(facts));
    expect(loadBytes({ ...facts, isFirstLoad: true })).toBeGreaterThan(loadBytes(facts));
  });
});

describe("parsing under a limit", () => {
  test("a file that fits is parsed, and its peak is compared with the prediction", async () => {
    const { gauge, governor, work } = make(300 * mb);
    const outcome = await work.parse(file(400_000), async () => {
      gauge.childBytes = 60 * mb;
      governor.look();
      gauge.childBytes = 20 * mb;
      return parsed;
    });
    expect(outcome).toBe(parsed);
    expect(governor.state().predictions).toEqual([
      { step: "parse", count: 1, within: 1, predictedBytes: 61 * mb, measuredBytes: 60 * mb },
    ]);
  });

  test("one that does not fit waits for room", async () => {
    const { gauge, clock, governor, work } = make(100 * mb);
    gauge.ownBytes = 80 * mb;
    governor.look();
    clock.onSleep = () => {
      if (clock.ms >= 500) gauge.ownBytes = 10 * mb;
      governor.look();
    };
    expect(await work.parse(file(400_000), async () => parsed)).toBe(parsed);
    expect(clock.ms).toBeGreaterThanOrEqual(500);
  });

  test("one that never fits goes without a tree, and a small one asks for nothing", async () => {
    const { gauge, governor, work } = make(100 * mb);
    gauge.ownBytes = 80 * mb;
    governor.look();
    const never = (): Promise<ParseOutcome> => Promise.reject(new Error("it was parsed"));
    expect(await work.parse(file(400_000), never)).toEqual({ failed: "no-memory" });
    expect(await work.parse(file(1000), async () => parsed)).toBe(parsed);
    expect(governor.state()).toMatchObject({ refused: 1, waiting: 0, predictions: [] });
  });

  test("segments of bits are refused after a while, with the code that puts them off", async () => {
    const { gauge, governor, work } = make(100 * mb);
    gauge.ownBytes = 93 * mb;
    governor.look();
    await expect(work.segments(5 * mb, async () => 1)).rejects.toMatchObject({
      code: "HAYPILE_OVERLOADED",
    });
    gauge.ownBytes = 50 * mb;
    governor.look();
    expect(await work.segments(5 * mb, async () => 1)).toBe(1);
  });
});

test("a step counts as near within 15 %, and only with a reading", () => {
  const log = new StepLog();
  const see = (ownBytes: number) => log.see({ ownBytes, childBytes: 7, freeBytes: 1e12 });
  for (const measured of [100, 120, 80]) {
    const end = log.begin("model load", 100);
    see(measured);
    end();
    end();
  }
  log.begin("parse", 5)();
  expect(log.list()).toEqual([
    { step: "model load", count: 3, within: 1, predictedBytes: 100, measuredBytes: 80 },
  ]);
});
