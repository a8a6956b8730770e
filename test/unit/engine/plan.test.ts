/** What so many files and memories are foretold to take: sums that grow with what is asked, and nothing for nothing. */
import { expect, it } from "vitest";
import { foretell } from "../../../src/engine/plan/foretell.ts";

const facts = {
  model: {
    fileBytes: 23e6,
    dimensions: 384,
    workers: 2,
    tokensPerRun: 320,
    maxTokens: 256,
    isFirstLoad: false,
    packed: "direct" as const,
  },
  tokensPerCpuSecond: 30_000,
  cpus: 2,
};

it("takes nothing for nothing", () => {
  const { diskBytes, cpuSeconds, peakBytes } = foretell({ files: 0, memories: 0 }, facts);
  expect([diskBytes, cpuSeconds, peakBytes]).toEqual([0, 0, 0]);
});

it("counts a chunk for the shortest file, the empty index, and no text without files", () => {
  const short = foretell({ files: 10, textBytes: 1, memories: 0 }, facts);
  expect(short.index.chunks).toBe(10);
  expect(short.index.diskBytes).toBe(250_000);
  const none = foretell({ files: 0, textBytes: 5_000_000, memories: 1 }, facts);
  expect(none).toEqual(foretell({ files: 0, memories: 1 }, facts));
});

it("grows with files, text and memories, and adds up", () => {
  const small = foretell({ files: 100, memories: 0 }, facts);
  const large = foretell({ files: 7_000, memories: 0 }, facts);
  const dense = foretell({ files: 7_000, textBytes: 70_000_000, memories: 0 }, facts);
  const both = foretell({ files: 7_000, memories: 100_000 }, facts);
  const kept = foretell({ files: 0, memories: 100_000 }, facts);
  expect(small.peakBytes).toBeLessThan(large.peakBytes);
  for (const key of ["diskBytes", "cpuSeconds"] as const) {
    expect(small[key]).toBeLessThan(large[key]);
    expect(large[key]).toBeLessThan(dense[key]);
    expect(kept[key]).toBeLessThanOrEqual(both[key]);
  }
  expect(both.diskBytes).toBe(large.diskBytes + kept.diskBytes);
  expect(both.cpuSeconds).toBeCloseTo(large.cpuSeconds + kept.cpuSeconds);
  expect(both.seconds).toBeCloseTo(both.cpuSeconds / 2);
});

it("takes less time on a faster machine, and more memory with a larger model", () => {
  const asked = { files: 1_000, memories: 1_000 };
  const fast = foretell(asked, { ...facts, tokensPerCpuSecond: 60_000 });
  expect(fast.cpuSeconds).toBeCloseTo(foretell(asked, facts).cpuSeconds / 2);
  const heavy = foretell(asked, { ...facts, model: { ...facts.model, fileBytes: 90e6 } });
  expect(heavy.peakBytes - foretell(asked, facts).peakBytes).toBe(67e6);
});
