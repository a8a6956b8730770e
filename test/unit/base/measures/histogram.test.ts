import { describe, expect, it } from "vitest";
import { boundSeconds, TimeHistogram } from "../../../../src/base/measures/histogram.ts";

/** The same numbers each time: 0 up to, not including, 1. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function exact(times: readonly number[], share: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? 0;
}

const shapes: Record<string, (next: () => number) => number> = {
  even: (next) => 0.01 + next() * 50,
  "log-normal": (next) =>
    Math.exp(1.5 * Math.sqrt(-2 * Math.log(next() + 1e-12)) * Math.cos(2 * Math.PI * next())),
  "two peaks": (next) => (next() < 0.93 ? 0.2 + next() * 0.05 : 400 + next() * 100),
  microseconds: (next) => 0.002 + next() * 0.01,
};

describe("TimeHistogram", () => {
  for (const [name, shape] of Object.entries(shapes)) {
    it(`says percentiles of ${name} times to 5 %`, () => {
      const next = numbers(7);
      const times = Array.from({ length: 20_000 }, () => shape(next));
      const histogram = new TimeHistogram();
      for (const ms of times) histogram.add(ms);
      for (const share of [0.01, 0.5, 0.9, 0.95, 0.99, 0.999, 1]) {
        const truth = exact(times, share);
        expect(Math.abs(histogram.percentile(share) / truth - 1)).toBeLessThan(0.05);
      }
      const { count, meanMs, mostMs } = histogram.summary();
      expect(count).toBe(times.length);
      expect(meanMs).toBeCloseTo(times.reduce((sum, ms) => sum + ms, 0) / times.length, 2);
      expect(mostMs).toBeCloseTo(Math.max(...times), 2);
    });
  }

  it("has nothing to say of no times", () => {
    expect(new TimeHistogram().summary()).toEqual({
      count: 0,
      meanMs: 0,
      p50Ms: 0,
      p95Ms: 0,
      p99Ms: 0,
      mostMs: 0,
    });
  });

  it("keeps times of no length, backward clocks and hours", () => {
    const histogram = new TimeHistogram();
    for (const ms of [0, -3, 9_000_000]) histogram.add(ms);
    expect(histogram.count).toBe(3);
    expect(histogram.percentile(0.5)).toBeLessThanOrEqual(0.001);
    expect(histogram.summary().mostMs).toBe(9_000_000);
    expect(histogram.sumMs).toBe(9_000_000);
  });

  it("counts what was at most a bound, as a sorted list does", () => {
    const next = numbers(11);
    const times = Array.from({ length: 5_000 }, () => 10 ** (next() * 8 - 4));
    const histogram = new TimeHistogram();
    for (const ms of times) histogram.add(ms);
    expect(histogram.bounds()).toEqual(
      boundSeconds.map((bound) => times.filter((ms) => ms <= bound * 1000).length),
    );
  });

  it("tells what came since a copy", () => {
    const histogram = new TimeHistogram();
    for (let i = 0; i < 1_000; i += 1) histogram.add(900);
    const before = histogram.copy();
    for (let i = 1; i <= 100; i += 1) histogram.add(i);
    const later = histogram.since(before).summary();
    expect(later.count).toBe(100);
    expect(later.meanMs).toBeCloseTo(50.5, 2);
    expect(Math.abs(later.p95Ms / 95 - 1)).toBeLessThan(0.05);
    expect(later.mostMs).toBeGreaterThanOrEqual(100);
    expect(later.mostMs).toBeLessThan(110);
    expect(before.count).toBe(1_000);
  });
});
