import { describe, expect, it } from "vitest";
import { isSameFile } from "../../../../src/base/files/same-file.ts";

const seen = { sizeBytes: 10, mtimeMs: 1_000.5, ctimeMs: 1_001.25, inode: 7, readMs: 9_000 };
const now = { sizeBytes: 10, mtimeMs: 1_000.5, ctimeMs: 1_001.25, inode: 7 };

describe("isSameFile", () => {
  it("is true when size, times and number are as they were", () => {
    expect(isSameFile(seen, now)).toBe(true);
  });

  it.each([
    ["another size", { sizeBytes: 11 }],
    ["another time", { mtimeMs: 1_000.75 }],
    ["the old time put back after a write", { ctimeMs: 5_000.5 }],
  ])("is false for %s", (_, change) => {
    expect(isSameFile(seen, { ...now, ...change })).toBe(false);
  });

  it("goes by the number where change times are coarse, and not where numbers may come and go", () => {
    expect(isSameFile(seen, { ...now, inode: 8 })).toBe(true);
    const coarse = { ...now, ctimeMs: 1_000 };
    expect(isSameFile({ ...seen, ...coarse }, coarse)).toBe(true);
    expect(isSameFile({ ...seen, ...coarse }, { ...coarse, inode: 8 })).toBe(false);
  });

  it("does not trust a time so young that a later write may carry it too", () => {
    expect(isSameFile({ ...seen, readMs: 1_030 }, now)).toBe(false);
    expect(isSameFile({ ...seen, readMs: 1_060 }, now)).toBe(true);
    // A disk that counts in whole seconds has a slower clock.
    const coarse = { sizeBytes: 10, mtimeMs: 4_000 };
    expect(isSameFile({ ...coarse, readMs: 5_500 }, coarse)).toBe(false);
    expect(isSameFile({ ...coarse, readMs: 6_500 }, coarse)).toBe(true);
  });

  it("knows of older notes what changed after they were made", () => {
    const older = { sizeBytes: 10, mtimeMs: 1_000.5, readMs: 9_000 };
    expect(isSameFile(older, now)).toBe(true);
    expect(isSameFile(older, { ...now, ctimeMs: 9_500 })).toBe(false);
  });
});
