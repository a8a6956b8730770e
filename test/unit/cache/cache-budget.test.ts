import { describe, expect, it } from "vitest";
import { type Cache, CacheBudget } from "../../../src/cache/cache-budget.ts";
import { seededRandom, zipf } from "../../helpers/random.ts";

/** An entry of these caches is as heavy as it says, beside key and overhead. */
interface Value {
  id: number;
  bytes: number;
}

const sized = { weigh: ({ bytes }: Value) => bytes };
const value = (id: number, bytes = 744): Value => ({ id, bytes });
const key = (id: number): string => String(id).padStart(4, "0");
/** With the overhead and a key of four characters: 1,008 bytes. */
const whole = 1008;

function use(cache: Cache<Value>, id: number, bytes?: number): boolean {
  if (cache.get(key(id)) !== undefined) return true;
  cache.set(key(id), value(id, bytes));
  return false;
}

describe("a budget of caches", () => {
  it("gives back what was put in, weighs it, and says how it went", () => {
    const budget = new CacheBudget({ maxBytes: 100_000 });
    const cache = budget.owner<Value>("values", sized);
    expect(cache.get(key(1))).toBeUndefined();
    const one = value(1);
    cache.set(key(1), one);
    expect(cache.get(key(1))).toBe(one);
    expect(budget.bytes).toBe(whole);
    cache.set(key(1), value(1, 1744));
    expect(budget.bytes).toBe(whole + 1000);
    cache.clear();
    expect(cache.get(key(1))).toBeUndefined();
    expect(budget.statistics()).toMatchObject({
      maxBytes: 100_000,
      bytes: 0,
      owners: [
        {
          owner: "values",
          entries: 0,
          bytes: 0,
          hits: 1,
          misses: 2,
          evictions: { size: 0, ttl: 0, replaced: 1, cleared: 1, resized: 0 },
          tooLarge: 0,
        },
      ],
    });
  });

  it("keeps two owners' equal keys apart", () => {
    const budget = new CacheBudget({ maxBytes: 100_000 });
    const a = budget.owner<Value>("a", sized);
    const b = budget.owner<Value>("b", sized);
    a.set("same", value(1));
    expect(b.get("same")).toBeUndefined();
    b.set("same", value(2));
    expect(a.get("same")?.id).toBe(1);
    expect(b.get("same")?.id).toBe(2);
  });

  it("keeps favourites while a scan of many keys passes, as an LRU would not", () => {
    const budget = new CacheBudget({ maxBytes: 50 * whole });
    const cache = budget.owner<Value>("values", sized);
    for (let round = 0; round < 5; round += 1) {
      for (let id = 0; id < 30; id += 1) use(cache, id);
    }
    for (let id = 1000; id < 2000; id += 1) use(cache, id);
    let kept = 0;
    for (let id = 0; id < 30; id += 1) if (cache.get(key(id)) !== undefined) kept += 1;
    expect(kept).toBe(30);
  });

  it("lets new favourites in when the old ones are not asked for any more", () => {
    const budget = new CacheBudget({ maxBytes: 50 * whole });
    const cache = budget.owner<Value>("values", sized);
    for (let round = 0; round < 20; round += 1) {
      for (let id = 0; id < 40; id += 1) use(cache, id);
    }
    for (let round = 0; round < 40; round += 1) {
      for (let id = 100; id < 140; id += 1) use(cache, id);
    }
    let kept = 0;
    for (let id = 100; id < 140; id += 1) if (cache.get(key(id)) !== undefined) kept += 1;
    expect(kept).toBeGreaterThan(35);
  });

  it("does not give up many small ones for a large one asked for as seldom as each of them", () => {
    const budget = new CacheBudget({ maxBytes: 100 * whole });
    const cache = budget.owner<Value>("values", sized);
    for (let round = 0; round < 3; round += 1) {
      for (let id = 0; id < 95; id += 1) use(cache, id);
      use(cache, 5000, 50_000);
    }
    expect(cache.get(key(5000))).toBeUndefined();
    const { entries } = budget.statistics().owners[0] as { entries: number };
    expect(entries).toBeGreaterThanOrEqual(95);
  });

  it("refuses what is larger than all of it, and forgets the value before", () => {
    const budget = new CacheBudget({ maxBytes: 10_000 });
    const cache = budget.owner<Value>("values", sized);
    cache.set(key(1), value(1));
    cache.set(key(1), value(1, 20_000));
    expect(cache.get(key(1))).toBeUndefined();
    expect(budget.bytes).toBe(0);
    expect(budget.statistics().owners[0]?.tooLarge).toBe(1);
  });

  it("leaves an owner its floor, and no more than that", () => {
    const budget = new CacheBudget({ maxBytes: 100 * whole });
    const quiet = budget.owner<Value>("quiet", { ...sized, floorShare: 0.2 });
    const loud = budget.owner<Value>("loud", sized);
    for (let id = 0; id < 60; id += 1) use(quiet, id);
    const next = zipf(300, 0.8, seededRandom(3));
    for (let i = 0; i < 20_000; i += 1) use(loud, next());
    const [ofQuiet, ofLoud] = budget.statistics().owners;
    expect(ofQuiet?.floorBytes).toBeCloseTo(20 * whole);
    expect(ofQuiet?.bytes).toBeGreaterThanOrEqual(20 * whole);
    expect(ofQuiet?.bytes).toBeLessThanOrEqual(22 * whole);
    expect(ofLoud?.bytes).toBeGreaterThan(70 * whole);
    // What is within the floor comes in, however often the others are asked for.
    const late = new CacheBudget({ maxBytes: 100 * whole });
    const first = late.owner<Value>("loud", sized);
    const second = late.owner<Value>("late", { ...sized, floorShare: 0.1 });
    for (let i = 0; i < 10_000; i += 1) use(first, next());
    for (let id = 0; id < 10; id += 1) use(second, id);
    expect(late.statistics().owners[1]?.entries).toBe(10);
    expect(() => late.owner("third", { ...sized, floorShare: 0.91 })).toThrow(
      expect.objectContaining({ code: "HAYPILE_INTERNAL" }),
    );
  });

  it("drops what is too old, also when the clock was set back", () => {
    let now = 1_000_000;
    const budget = new CacheBudget({ maxBytes: 100_000, now: () => now });
    const cache = budget.owner<Value>("values", { ...sized, ttlMs: 1000 });
    cache.set(key(1), value(1));
    now += 999;
    expect(cache.get(key(1))?.id).toBe(1);
    now += 1;
    expect([...cache.values()]).toEqual([]);
    expect(cache.get(key(1))).toBeUndefined();
    cache.set(key(2), value(2));
    now -= 500_000;
    expect(cache.get(key(2))).toBeUndefined();
    cache.set(key(2), value(2));
    expect(cache.get(key(2))?.id).toBe(2);
    expect(budget.statistics().owners[0]?.evictions.ttl).toBe(2);
  });

  it("is off with 0 bytes: nothing is kept and nothing counted", () => {
    const budget = new CacheBudget({ maxBytes: 0 });
    const cache = budget.owner<Value>("values", { ...sized, floorShare: 0.5 });
    expect(cache.isOn).toBe(false);
    cache.set(key(1), value(1, 0));
    expect(cache.get(key(1))).toBeUndefined();
    expect(budget.statistics()).toMatchObject({ bytes: 0, owners: [{ misses: 0, tooLarge: 0 }] });
  });

  it("shrinks at once, the least asked for first, and grows again", () => {
    const budget = new CacheBudget({ maxBytes: 100 * whole });
    const cache = budget.owner<Value>("values", sized);
    for (let round = 0; round < 4; round += 1) {
      for (let id = 0; id < 20; id += 1) use(cache, id);
    }
    for (let id = 100; id < 180; id += 1) use(cache, id);
    budget.resize(30 * whole);
    expect(budget.bytes).toBeLessThanOrEqual(30 * whole);
    for (let id = 0; id < 20; id += 1) expect(cache.get(key(id))?.id).toBe(id);
    budget.resize(0);
    expect(budget.bytes).toBe(0);
    expect(cache.isOn).toBe(false);
    expect(budget.statistics().owners[0]).toMatchObject({ entries: 0, bytes: 0 });
    expect(budget.statistics().owners[0]?.evictions.resized).toBe(100);
    budget.resize(10 * whole);
    use(cache, 1);
    expect(use(cache, 1)).toBe(true);
    for (const wrong of [-1, 1.5, Number.NaN]) {
      expect(() => budget.resize(wrong)).toThrow(
        expect.objectContaining({ code: "HAYPILE_USAGE" }),
      );
    }
  });

  it.each([1, 2, 3, 4, 5, 6])("keeps its promises over random work, seed %i", (seed) => {
    const random = seededRandom(seed);
    let now = 0;
    const budget = new CacheBudget({ maxBytes: 60_000, now: () => now });
    const owners = ["a", "b", "c"].map((name, at) => ({
      cache: budget.owner<Value>(name, {
        ...sized,
        floorShare: at * 0.2,
        ...(at === 2 && { ttlMs: 300 }),
      }),
      /** The last value of each key, and when it was put. */
      model: new Map<string, { value: Value; at: number }>(),
      puts: 0,
    }));
    const next = zipf(200, 0.7, random);
    let hits = 0;
    for (let step = 0; step < 6000; step += 1) {
      now += random() < 0.001 ? -500 : random() * 2;
      const one = owners[Math.floor(random() * 3)] as (typeof owners)[number];
      const name = key(next());
      const what = random();
      if (what < 0.55) {
        const got = one.cache.get(name);
        if (got === undefined) continue;
        hits += 1;
        const known = one.model.get(name);
        expect(got).toBe(known?.value);
        if (one === owners[2]) expect(Math.abs(now - (known?.at ?? 0))).toBeLessThan(300);
      } else if (what < 0.995) {
        const made = value(step, Math.floor(random() ** 4 * 30_000));
        one.cache.set(name, made);
        one.model.set(name, { value: made, at: now });
        one.puts += 1;
      } else if (what < 0.997) {
        one.cache.clear();
      } else {
        budget.resize(Math.floor(random() * 80_000) + 1);
      }
      const { bytes, maxBytes, owners: told } = budget.statistics();
      expect(bytes).toBeLessThanOrEqual(maxBytes);
      expect(told.reduce((sum, owner) => sum + owner.bytes, 0)).toBe(bytes);
      if (step % 50 > 0) continue;
      for (const [at, { entries, evictions, tooLarge }] of told.entries()) {
        const gone = Object.values(evictions).reduce((sum, count) => sum + count, 0);
        expect(entries + gone + tooLarge).toBe(owners[at]?.puts);
      }
    }
    expect(hits).toBeGreaterThan(150);
  });
});
