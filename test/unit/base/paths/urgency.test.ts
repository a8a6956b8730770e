/* The order in which chunks get their vectors. */
import { describe, expect, it } from "vitest";
import {
  askedBeforeUrgency,
  askedUrgency,
  manyUses,
  type UrgencyFacts,
  unrankedUrgency,
  urgencyOf,
} from "../../../../src/base/paths/urgency.ts";

const plain: UrgencyFacts = { path: "src/a.ts", isRecent: false, uses: 0, isPublic: true };
const of = (facts: Partial<UrgencyFacts>): number => urgencyOf({ ...plain, ...facts });

describe("urgencyOf", () => {
  it("takes each fact before those below it", () => {
    const order: Partial<UrgencyFacts>[] = [
      { isRecent: true, uses: manyUses },
      { isRecent: true, uses: 1 },
      { isRecent: true, isPublic: false, path: "src/a.test.ts" },
      { uses: manyUses },
      { uses: manyUses, path: "src/a.test.ts" },
      { uses: manyUses, isPublic: false },
      { uses: manyUses - 1 },
      { uses: 1, isPublic: false },
      {},
      { path: "tests/a.ts" },
      { isPublic: false },
      { isPublic: false, path: "tests/a.ts" },
      { path: "vendor/a.ts", isRecent: true, uses: manyUses },
      { path: "dist/a.ts" },
    ];
    const urgencies = order.map(of);
    expect(urgencies).toEqual(urgencies.toSorted((a, b) => a - b));
    expect(of({ uses: manyUses - 1 })).toBe(of({ uses: 1 }));
  });

  it("stays between what was asked for and what is not ranked yet, each mix a number of its own", () => {
    const all: number[] = [];
    for (const path of ["a.ts", "a.test.ts", "vendor/a.ts", "vendor/a.test.ts"]) {
      for (const isRecent of [true, false]) {
        for (const uses of [0, 1, manyUses]) {
          for (const isPublic of [true, false]) all.push(of({ path, isRecent, uses, isPublic }));
        }
      }
    }
    expect(new Set(all).size).toBe(48);
    expect([Math.min(...all), Math.max(...all)]).toEqual([0, 47]);
    expect(askedUrgency).toBeLessThan(askedBeforeUrgency);
    expect(askedBeforeUrgency).toBeLessThan(0);
    expect(unrankedUrgency).toBeGreaterThan(47);
  });
});
