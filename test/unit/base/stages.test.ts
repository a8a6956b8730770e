import { describe, expect, it } from "vitest";
import { HaypileError } from "../../../src/base/errors.ts";
import {
  byClock,
  currentClock,
  duringStage,
  StageClock,
  type StageTimes,
  stages,
  timed,
} from "../../../src/base/stages.ts";
import { seededRandom } from "../../helpers/temp-tree.ts";

function sum({ total: _, ...rest }: StageTimes): number {
  return Object.values(rest).reduce((all, ms) => all + ms, 0);
}

/** A clock that began at 0 and has run for so long. */
function clockOf(
  own: [
    stage: StageTimes extends Record<infer Name, number> ? Name : never,
    from: number,
    to: number,
  ][],
  beside: typeof own,
  total: number,
): StageTimes {
  const clock = new StageClock(0);
  for (const [stage, from, to] of own) clock.add(stage as (typeof stages)[number], from, to);
  for (const [stage, from, to] of beside) {
    clock.beside.add(stage as (typeof stages)[number], from, to);
  }
  return clock.times(total);
}

describe("a clock of stages", () => {
  it("gives what is not noted to other", () => {
    const times = clockOf([["words", 10, 30]], [], 100);
    expect(times).toMatchObject({ words: 20, other: 80, total: 100 });
  });

  it("counts a moment once, for the inner of two stages", () => {
    // The inner one ends first, so it is noted first.
    const times = clockOf(
      [
        ["room", 20, 50],
        ["open", 10, 60],
      ],
      [],
      100,
    );
    expect(times).toMatchObject({ room: 30, open: 20, other: 50, total: 100 });
  });

  it("counts what runs beside only where the call itself waits", () => {
    const times = clockOf(
      [["words", 0, 40]],
      [
        ["queue", 5, 45],
        ["embed", 5, 70],
      ],
      80,
    );
    expect(times).toMatchObject({ words: 40, queue: 5, embed: 25, other: 10, total: 80 });
  });

  it("adds up whatever is noted, and is never below 0", () => {
    const random = seededRandom(17);
    for (let round = 0; round < 300; round += 1) {
      const total = 1 + random() * 1_000;
      const some = (most: number) =>
        Array.from({ length: Math.floor(random() * most) }, () => {
          const from = random() * total * 1.2 - total * 0.1;
          const to = from + (random() - 0.2) * total;
          return [stages[Math.floor(random() * stages.length)] ?? "work", from, to] as const;
        }).map(([stage, from, to]): [typeof stage, number, number] => [stage, from, to]);
      // More than it keeps as well.
      const times = clockOf(some(150), some(12), total);
      expect(sum(times)).toBeCloseTo(total, 6);
      for (const ms of Object.values(times)) expect(ms).toBeGreaterThanOrEqual(0);
    }
  });

  it("says the same after its end, whatever is noted then", () => {
    const clock = new StageClock();
    clock.run("words", () => undefined);
    const times = clock.end();
    clock.add("meaning", clock.startedMs, performance.now() + 1_000);
    expect(clock.end()).toEqual(times);
    expect(times.meaning).toBe(0);
  });
});

describe("the clock of a call", () => {
  it("is found by its parts, and by nobody else", async () => {
    expect(currentClock()).toBeUndefined();
    const clock = new StageClock();
    await byClock(clock, async () => {
      await Promise.resolve();
      expect(currentClock()).toBe(clock);
    });
    expect(currentClock()).toBeUndefined();
  });

  it("is not that of a call that is over", async () => {
    const clock = new StageClock();
    const late = Promise.withResolvers<void>();
    const seen = byClock(clock, async () => {
      await late.promise;
      return currentClock();
    });
    clock.end();
    late.resolve();
    expect(await seen).toBeUndefined();
  });

  it("is the outer one where calls lie in each other", async () => {
    const inner: unknown[] = [];
    await timed(async (clock) => {
      await timed(async (own) => void inner.push(own === clock));
      await duringStage("disk", async () => undefined);
    });
    expect(inner).toEqual([true]);
  });

  it("ends where the call fails", async () => {
    let seen: StageClock | undefined;
    const failing = timed(async (clock) => {
      seen = clock;
      throw new HaypileError("HAYPILE_USAGE", "no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(currentClock()).toBeUndefined();
    expect(seen).toBeDefined();
  });
});
