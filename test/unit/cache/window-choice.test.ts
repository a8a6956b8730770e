import { describe, expect, it } from "vitest";
import { CacheBudget } from "../../../src/cache/cache-budget.ts";
import { seededRandom, zipf } from "../../helpers/random.ts";

/** Uses a cache with room for `room` entries, as the generator says. @returns the hit rate of the second half */
function run(room: number, uses: number, next: () => number, windowShare?: number) {
  const key = (id: number): string => String(id).padStart(8, "0");
  const budget = new CacheBudget({
    maxBytes: room * 1016,
    ...(windowShare !== undefined && { windowShare }),
  });
  const cache = budget.owner<number>("values", { weigh: () => 744 });
  let hits = 0;
  for (let at = 0; at < uses; at += 1) {
    const id = next();
    if (cache.get(key(id)) === undefined) cache.set(key(id), id);
    else if (at >= uses / 2) hits += 1;
  }
  return { rate: hits / (uses / 2), share: budget.statistics().windowShare };
}

/** Each key a few times, soon after one another, and never again. */
function bursts(seed: number): () => number {
  const random = seededRandom(seed);
  let newest = 0;
  return () => {
    if (random() < 0.3) newest += 1;
    return newest - Math.floor(random() * 6);
  };
}

const favourites = (seed: number) => zipf(20_000, 0.9, seededRandom(seed));

describe("the choice of the window", () => {
  // A large cache looks at a sample of the keys: it takes longer to be sure, and is an LRU until then.
  it.each([
    [30, 0.02],
    [300, 0.02],
    [3000, 0.005],
  ])("is small for steady favourites, with room for %i", (room, lead) => {
    const { share, rate } = run(room, 40_000, favourites(5));
    expect(share).toBeLessThanOrEqual(0.1);
    // An LRU is the window with all of it.
    expect(rate).toBeGreaterThan(run(room, 40_000, favourites(5), 1).rate + lead);
  });

  it.each([10, 30, 100])("is large for what comes in bursts, with room for %i", (room) => {
    const { rate } = run(room, 20_000, bursts(6));
    expect(rate).toBeGreaterThan(run(room, 20_000, bursts(6), 0.01).rate);
    expect(rate).toBeGreaterThan(run(room, 20_000, bursts(6), 1).rate - 0.02);
  });

  it("follows work that changes", () => {
    const room = 200;
    const first = favourites(7);
    const second = bursts(8);
    let at = 0;
    const both = (): number => {
      at += 1;
      return at <= 30_000 ? first() : second() + 1_000_000;
    };
    const { rate } = run(room, 60_000, both);
    expect(rate).toBeGreaterThan(run(room, 30_000, bursts(8), 1).rate - 0.03);
  });
});
