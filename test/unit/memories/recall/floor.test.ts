import { describe, expect, it } from "vitest";
import { floorOf } from "../../../../src/memories/recall/floor.ts";
import { floor } from "../../../../src/search/ranking/evidence.ts";

describe("the floor of a memory", () => {
  it("is that of all texts up to a usual length, and lower for longer ones, to a bound", () => {
    for (const length of [0, 1, 70, 150]) expect(floorOf(length)).toBeCloseTo(floor, 12);
    const lengths = [150, 200, 300, 400];
    const floors = lengths.map(floorOf);
    expect(floors).toEqual(floors.toSorted((a, b) => b - a));
    expect(new Set(floors).size).toBe(lengths.length);
    expect(floorOf(400)).toBeGreaterThan(floor * 0.75);
    expect(floorOf(1_000_000)).toBe(floorOf(400));
  });
});
