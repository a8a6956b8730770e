import { describe, expect, it } from "vitest";
import { readEnvironment } from "../../../../src/config/environment/env.ts";
import type { Settings } from "../../../../src/config/resolve.ts";
import { readConfiguration } from "../../../../src/engine/configure.ts";
import {
  type EmbeddingSpeed,
  layoutsFor,
  sampleTexts,
} from "../../../../src/engine/host-bench/embedding-speed.ts";
import { type Measured, proposals } from "../../../../src/engine/host-bench/proposals.ts";

const present = { intraOpThreads: 1, workers: 2, tokensPerRun: 320 };

function settings(variables: Record<string, string> = {}): Settings {
  const environment = readEnvironment({ HAYPILE_CONFIG_DIR: "/nowhere", ...variables });
  return readConfiguration(undefined, {}, environment).settings;
}

function speed(changed: Partial<EmbeddingSpeed> = {}): EmbeddingSpeed {
  return { ...present, tokensPerSecond: 1_000, spread: 0.02, runBytes: 30e6, ...changed };
}

function measured(changed: Partial<Measured> = {}): Measured {
  return { embedding: [speed()], present, commits: [], disk: undefined, isBusy: false, ...changed };
}

describe("proposals", () => {
  it("are none when nothing is clearly better", () => {
    expect(proposals(measured(), settings())).toEqual([]);
    const nearly = speed({ workers: 1, tokensPerSecond: 1_070 });
    expect(proposals(measured({ embedding: [speed(), nearly] }), settings())).toEqual([]);
  });

  it("name each option of a faster layout, with its gain", () => {
    const faster = speed({ workers: 1, intraOpThreads: 2, tokensPerSecond: 1_500, runBytes: 20e6 });
    const found = proposals(measured({ embedding: [speed(), faster] }), settings());
    expect(found.map(({ option, present: now, proposed }) => [option, now, proposed])).toEqual([
      ["embed.intra-op-threads", "1", "2"],
      ["embed.workers", "2", "1"],
    ]);
    expect(found[0]?.gain).toEqual({ what: "tokens/s", from: 1_000, to: 1_500 });
    expect(found[0]?.note).toContain("10 MB less");
  });

  it("take no gain within the noise, and none from a single round", () => {
    const faster = speed({ workers: 1, tokensPerSecond: 1_300, spread: 0.4 });
    expect(proposals(measured({ embedding: [speed(), faster] }), settings())).toEqual([]);
    const once = speed({ workers: 1, tokensPerSecond: 9_000, spread: undefined });
    expect(proposals(measured({ embedding: [speed(), once] }), settings())).toEqual([]);
    const clear = [speed(), speed({ workers: 1, tokensPerSecond: 9_000 })];
    expect(proposals(measured({ embedding: clear, isBusy: true }), settings())).toEqual([]);
    expect(proposals(measured({ embedding: clear }), settings())).toHaveLength(1);
    const presentOnce = [
      speed({ spread: undefined }),
      speed({ workers: 1, tokensPerSecond: 9_000 }),
    ];
    expect(proposals(measured({ embedding: presentOnce }), settings())).toEqual([]);
  });

  it("prefer less memory at the same speed", () => {
    const lean = speed({ tokensPerRun: 160, tokensPerSecond: 990, runBytes: 12e6 });
    const found = proposals(measured({ embedding: [speed(), lean] }), settings());
    expect(found).toMatchObject([
      { option: "embed.tokens-per-run", proposed: "160", gain: { from: 30e6, to: 12e6 } },
    ]);
    const slower = { ...lean, tokensPerSecond: 900 };
    expect(proposals(measured({ embedding: [speed(), slower] }), settings())).toEqual([]);
  });

  it("leave full commits only to those who asked for them and where they cost", () => {
    const commits = [
      { synchronous: "full", commits: 60, commitsPerSecond: 100, medianMs: 10 },
      { synchronous: "normal", commits: 60, commitsPerSecond: 900, medianMs: 1 },
    ] as const;
    expect(proposals(measured({ commits }), settings())).toEqual([]);
    const found = proposals(measured({ commits }), settings({ HAYPILE_SYNCHRONOUS: "full" }));
    expect(found).toMatchObject([{ option: "storage.synchronous", proposed: "normal" }]);
    // What a variable says goes before the user's file.
    expect(found[0]?.stronger).toContain("HAYPILE_SYNCHRONOUS");
    const even = commits.map((one) => ({ ...one, commitsPerSecond: 500 }));
    const full = settings({ HAYPILE_SYNCHRONOUS: "full" });
    expect(proposals(measured({ commits: even }), full)).toEqual([]);
  });

  it("tell a disk that seeks by its reads, where they reached it", () => {
    const slow = { bytesPerSecond: 1e8, randomReadMs: 8, isDirect: true };
    const hdd = proposals(measured({ disk: slow }), settings());
    expect(hdd).toMatchObject([{ option: "storage.disk", present: "auto", proposed: "hdd" }]);
    expect(proposals(measured({ disk: { ...slow, isDirect: false } }), settings())).toEqual([]);
    const fast = { ...slow, randomReadMs: 0.1 };
    const said = settings({ HAYPILE_DISK: "hdd" });
    expect(proposals(measured({ disk: fast }), said)).toMatchObject([{ proposed: "ssd" }]);
    expect(proposals(measured({ disk: slow }), said)).toEqual([]);
  });
});

describe("layouts to measure", () => {
  it("begin with the present one, and never ask for more CPUs than there are", () => {
    for (const cpus of [1, 2, 4, 16]) {
      const all = layoutsFor(cpus, { ...present, workers: Math.min(2, cpus) });
      expect(all[0]).toEqual({ ...present, workers: Math.min(2, cpus) });
      for (const { intraOpThreads, workers } of all) {
        expect(intraOpThreads * workers).toBeLessThanOrEqual(cpus);
      }
      expect(new Set(all.map((one) => JSON.stringify(one))).size).toBe(all.length);
    }
    expect(layoutsFor(2, present)).toHaveLength(5);
  });

  it("are measured with the same texts each time", () => {
    expect(sampleTexts(20)).toEqual(sampleTexts(20));
    expect(new Set(sampleTexts(20)).size).toBe(20);
  });
});
