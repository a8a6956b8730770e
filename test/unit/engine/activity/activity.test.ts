import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Activity, type ActivityParts } from "../../../../src/engine/activity/activity.ts";
import { readRecords } from "../../../../src/engine/activity/ring.ts";
import { EngineCaches } from "../../../../src/engine/caches/engine-caches.ts";
import { readConfiguration } from "../../../../src/engine/configure.ts";
import type { TextEmbedder } from "../../../../src/ports/embedder.ts";
import { HashEmbedder } from "../../../helpers/hash-embedder.ts";

const scratch = mkdtempSync(join(tmpdir(), "haypile-activity-"));

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function partsFor(folder: string | undefined): ActivityParts {
  const caches = new EngineCaches(1e6);
  const usage = process.memoryUsage.rss();
  return {
    folder,
    database: "/somewhere/app-0123456789ab.db",
    settings: readConfiguration(undefined).settings,
    caches: () => caches.statistics(),
    governor: () => undefined,
    memory: () => ({
      rssBytes: usage,
      peakRssBytes: usage,
      anonBytes: 0,
      fileBytes: 0,
      runtimeBytes: 0,
      runtimePeakBytes: 0,
    }),
    model: () => undefined,
    vectors: () => ({ asked: 0, found: 0 }),
  };
}

const anew = () => Promise.resolve({ fromCache: undefined });

describe("the count of an engine's work", () => {
  it("writes one record at the end, and none without work", async () => {
    const folder = join(scratch, "one");
    const idle = new Activity(partsFor(folder));
    idle.close();
    expect(existsSync(folder)).toBe(false);
    const activity = new Activity(partsFor(folder));
    await activity.search(anew);
    await activity.search(() => Promise.resolve({ fromCache: "same" as const }));
    activity.close();
    activity.close();
    const [record, ...more] = readRecords(folder, 0);
    expect(more).toEqual([]);
    expect(record).toMatchObject({
      index: "app-0123456789ab.db",
      searches: { anew: 1, same: 1, similar: 0 },
      steps: { search: { times: 2 } },
    });
  });

  it("counts a search that fails as a step, and lets the failure through", async () => {
    const folder = join(scratch, "failing");
    const activity = new Activity(partsFor(folder));
    await expect(activity.search(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    activity.close();
    expect(readRecords(folder, 0)).toMatchObject([
      { searches: { anew: 0 }, steps: { search: { times: 1 } } },
    ]);
  });

  it("counts batches, and leaves an embedder every method it has", async () => {
    const folder = join(scratch, "batches");
    const activity = new Activity(partsFor(folder));
    const plain = new HashEmbedder();
    const lines: TextEmbedder = Object.assign(Object.create(plain) as TextEmbedder, {
      countLineTokens: (text: string) =>
        Promise.resolve(Uint32Array.from(text.split("\n"), (line) => line.length)),
      embed: (texts: readonly string[]) => plain.embed(texts),
      countTokens: (texts: readonly string[]) => plain.countTokens(texts),
    });
    const counted = activity.embedder(lines);
    expect(counted.modelId).toBe(plain.modelId);
    expect([...((await counted.countLineTokens?.("ab\nc")) ?? [])]).toEqual([2, 1]);
    expect(await counted.countTokens(["a b"])).toEqual(await plain.countTokens(["a b"]));
    expect(await counted.embed(["a", "b"])).toEqual(await plain.embed(["a", "b"]));
    await counted.embed(["a", "b", "c", "d"]);
    const without = activity.embedder({ ...counted, countLineTokens: undefined });
    expect(without.countLineTokens).toBeUndefined();
    activity.close();
    expect(readRecords(folder, 0)).toMatchObject([
      { batches: { times: 2, texts: 6, least: 2, most: 4 } },
    ]);
  });

  it("is nothing but the work itself when it is off, or cannot be written", async () => {
    const off = new Activity(partsFor(undefined));
    const embedder = new HashEmbedder();
    expect(off.embedder(embedder)).toBe(embedder);
    expect(await off.search(anew)).toEqual({ fromCache: undefined });
    off.close();
    const parts = partsFor(join(scratch, "broken"));
    const broken = new Activity({
      ...parts,
      memory: () => {
        throw new Error("no core");
      },
    });
    await broken.search(anew);
    broken.close();
    expect(readRecords(join(scratch, "broken"), 0)).toEqual([]);
  });
});
