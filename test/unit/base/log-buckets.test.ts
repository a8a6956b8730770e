import { describe, expect, it } from "vitest";
import { LogBuckets, percentilesOf } from "../../../src/base/log-buckets.ts";
import { seededRandom } from "../../helpers/temp-tree.ts";

/** Half a bucket, and what rounding adds. */
const mostError = 0.0394;

/** The smallest of which so many are not above: the nearest rank. */
function exact(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(sorted.length * share)) - 1] ?? Number.NaN;
}

const shapes: Record<string, (random: () => number) => number> = {
  "times that are all alike": (random) => 20 + random(),
  "times of all sizes": (random) => 0.02 * 10 ** (random() * 6),
  "quick ones and a slow tail": (random) =>
    random() < 0.97 ? 3 + random() * 4 : 300 * (1 + random()),
  "times near a border": (random) => 10 * (1 + random() * 1e-6),
};

describe("percentiles from buckets", () => {
  for (const [name, draw] of Object.entries(shapes)) {
    it(`are near the exact ones: ${name}`, () => {
      const random = seededRandom(name.length);
      for (const count of [1, 2, 7, 100, 3_000]) {
        const values = Array.from({ length: count }, () => draw(random));
        const buckets = new LogBuckets();
        for (const value of values) buckets.add(value);
        const found = percentilesOf(buckets);
        for (const [share, value] of [
          [0.5, found?.p50],
          [0.95, found?.p95],
          [0.99, found?.p99],
        ] as const) {
          const error = Math.abs((value ?? Number.NaN) / exact(values, share) - 1);
          expect(error).toBeLessThanOrEqual(mostError);
        }
      }
    });
  }

  it("are the same whether counts were merged or noted in one place", () => {
    const random = seededRandom(5);
    const [whole, left, right] = [new LogBuckets(), new LogBuckets(), new LogBuckets()];
    for (let at = 0; at < 500; at += 1) {
      const ms = 0.02 * 10 ** (random() * 6);
      whole.add(ms);
      (at % 3 === 0 ? left : right).add(ms);
    }
    left.merge(right);
    expect(percentilesOf(left)).toEqual(percentilesOf(whole));
    expect(left.sparse()).toEqual(whole.sparse());
  });

  it("are none of nothing, and take times of any kind", () => {
    const buckets = new LogBuckets();
    expect(percentilesOf(buckets)).toBeUndefined();
    for (const ms of [0, -1, Number.NaN, 1e-9]) buckets.add(ms);
    expect(percentilesOf(buckets)?.p99).toBeLessThan(0.011);
    buckets.add(1e12);
    expect(buckets.percentile(1)).toBeGreaterThan(100_000);
  });
});
