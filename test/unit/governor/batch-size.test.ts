import { describe, expect, test } from "vitest";
import { BatchSize } from "../../../src/governor/batch-size.ts";
import { Governor } from "../../../src/governor/governor.ts";
import { defaultPolicy } from "../../../src/governor/marks.ts";
import { ScriptedClock, ScriptedGauge } from "../../helpers/scripted-footprint.ts";

/** Runs batches whose speed follows from their size. @returns the sizes, one a batch */
function run(sizes: BatchSize, batches: number, msPerChunk: (size: number) => number): number[] {
  return Array.from({ length: batches }, () => {
    const size = sizes.next(256);
    sizes.done(size, size * 50, size * msPerChunk(size));
    return size;
  });
}

describe("the size of a batch", () => {
  test("goes to the fastest within the bounds of the plan, and stays", () => {
    const sizes = new BatchSize();
    const used = run(sizes, 600, (size) => 1 + Math.abs(Math.log2(size) - 6) / 4);
    expect(sizes.current.chunks).toBe(64);
    expect(Math.min(...used)).toBeGreaterThanOrEqual(32);
    expect(Math.max(...used)).toBe(256);
    expect(sizes.current.tokensPerSecond).toBe(50_000);
    // Neighbours are tried ever more rarely.
    const others = run(sizes, 300, (size) => 1 + Math.abs(Math.log2(size) - 6) / 4);
    expect(others.filter((size) => size !== 64).length).toBeLessThan(12);
  });

  test("stays the largest where that is the fastest", () => {
    const sizes = new BatchSize();
    run(sizes, 400, (size) => 1 + 64 / size);
    expect(sizes.current.chunks).toBe(256);
  });

  test("of two that are as fast, the smaller one is taken", () => {
    const sizes = new BatchSize();
    run(sizes, 400, () => 1);
    expect(sizes.current.chunks).toBe(32);
  });

  test("a difference below what measurements differ by moves nothing up again", () => {
    const sizes = new BatchSize();
    run(sizes, 200, () => 1);
    const used = run(sizes, 400, (size) => (size > 32 ? 0.98 : 1));
    expect(sizes.current.chunks).toBe(32);
    expect(used.filter((size) => size > 64)).toEqual([]);
  });

  test("another bound begins anew, and batches of another size are not counted", () => {
    const sizes = new BatchSize();
    run(sizes, 400, () => 1);
    expect(sizes.next(128)).toBe(128);
    for (let i = 0; i < 20; i += 1) sizes.done(7, 100, 1);
    expect(sizes.current).toEqual({ chunks: 128, tokensPerSecond: undefined });
  });
});

test("the governor hands it out, and memory that is short goes before it", async () => {
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
  expect(governor.state().batch).toBeUndefined();
  for (let i = 0; i < 200; i += 1) {
    const size = await governor.batch(256);
    clock.ms += size;
    governor.batchDone(size, size * 50);
  }
  expect(governor.state().batch).toEqual({ chunks: 32, tokensPerSecond: 50_000 });
  gauge.ownBytes = 99e6;
  clock.ms += 1000;
  expect(await governor.batch(256)).toBe(32);
  expect(await governor.batch(64)).toBe(8);
  governor.close();
});
