import { describe, expect, it } from "vitest";
import { CacheBudget } from "../../../src/cache/cache-budget.ts";
import { GoneKeys } from "../../../src/cache/gone-keys.ts";

describe("keys that went", () => {
  it("are kept within bytes and number, the newest", () => {
    const gone = new GoneKeys();
    for (let hash = 0; hash < 10; hash += 1) gone.add(hash, 10, 50);
    expect([4, 5, 9].map((hash) => gone.take(hash))).toEqual([false, true, true]);
    expect(gone.take(9)).toBe(false);
    for (let hash = 0; hash < 5000; hash += 1) gone.add(hash, 1, 1e9);
    expect([903, 904].map((hash) => gone.take(hash))).toEqual([false, true]);
    gone.clear();
    expect(gone.take(4999)).toBe(false);
  });

  it("tell a budget that is too small from keys that never come again", () => {
    const run = (maxBytes: number): number => {
      const budget = new CacheBudget({ maxBytes });
      const cache = budget.owner<number>("owner", { weigh: () => 1_000 });
      for (let i = 0; i < 200; i += 1) {
        const key = String(i % 15);
        if (cache.get(key) === undefined) cache.set(key, i);
      }
      return budget.statistics().owners[0]?.regretted ?? -1;
    };
    expect(run(12_600)).toBeGreaterThan(20);
    expect(run(100_000)).toBe(0);
    const budget = new CacheBudget({ maxBytes: 10_000 });
    const cache = budget.owner<number>("owner", { weigh: () => 1_000 });
    for (let i = 0; i < 200; i += 1)
      if (cache.get(String(i)) === undefined) cache.set(String(i), i);
    expect(budget.statistics().owners[0]).toMatchObject({ misses: 200, regretted: 0 });
  });
});
