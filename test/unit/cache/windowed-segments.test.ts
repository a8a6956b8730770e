import { describe, expect, it } from "vitest";
import { type PolicyEntry, WindowedSegments } from "../../../src/cache/windowed-segments.ts";

describe("a window and segments", () => {
  it("keep the order of last use when the window takes over the segments", () => {
    const gone: number[] = [];
    const segments = new WindowedSegments<PolicyEntry>({
      maxBytes: 100,
      windowShare: 0.3,
      frequencyOf: () => 1,
      onEvict: ({ hash }) => gone.push(hash),
    });
    const owner = { bytes: 0, floorBytes: 0 };
    const entries = Array.from({ length: 13 }, (_, hash): PolicyEntry => {
      const links = { list: undefined, newer: undefined, older: undefined };
      return { hash, weight: 10, owner, usedAt: 0, ...links };
    });
    // The first seven come into the segments, the last three stay in the window.
    for (const entry of entries.slice(0, 10)) segments.add(entry);
    segments.use(entries[0] as PolicyEntry);
    segments.setWindowShare(1);
    expect(gone).toEqual([]);
    for (const entry of entries.slice(10)) segments.add(entry);
    expect(gone).toEqual([1, 2, 3]);
    expect(segments.bytes).toBe(100);
  });
});
