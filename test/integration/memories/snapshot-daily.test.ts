/** Snapshots that are made by themselves: when something is written and a day has gone by, and none where that is turned off. */
import { existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { OpenMemories } from "../../../src/engine/memories/memories.ts";
import { type MemoryBench, memoryBench } from "../../helpers/open-memories.ts";
import { onSmallDisk } from "../../helpers/small-disk.ts";

vi.setConfig({ testTimeout: 120_000 });

const hourMs = 3_600_000;

let bench: MemoryBench;
let now: number;

beforeEach(() => {
  bench = memoryBench();
  now = Date.now();
});

afterEach(() => bench.end());

const openAt = (keep: string): Promise<OpenMemories> =>
  bench.open({ embedder: undefined, snapshots: { keep, now: () => now } });

/** Writes in a process of its own, which makes what is due before it ends. */
async function writeAt(hours: number, keep = "2d"): Promise<void> {
  now += hours * hourMs;
  const memories = await openAt(keep);
  await memories.remember(`at ${now}`);
  await memories.close();
}

async function daily(keep = "2d"): Promise<number> {
  const memories = await openAt(keep);
  const { snapshots } = await memories.snapshots();
  await memories.close();
  return snapshots.filter(({ reason }) => reason === "daily").length;
}

it("are one a day of memories that change, and as many stay as was said", async () => {
  await writeAt(0);
  await writeAt(20);
  // In its first day a file gets none.
  expect(existsSync(join(dirname(bench.path), "snapshots"))).toBe(false);
  await writeAt(10);
  expect(await daily()).toBe(1);
  await writeAt(5);
  expect(await daily()).toBe(1);
  now += 100 * hourMs;
  const reader = await openAt("2d");
  await reader.recall("at", { k: 1 });
  await reader.close();
  expect(await daily()).toBe(1);
  await writeAt(0);
  expect(await daily()).toBe(2);
  const asked = await openAt("2d");
  const { id } = await asked.snapshot();
  await asked.close();
  await writeAt(30);
  expect(await daily()).toBe(2);
  const memories = await openAt("2d");
  const { snapshots, keep } = await memories.snapshots();
  expect(keep).toBe("2d");
  expect(snapshots.map((one) => one.id)).toContain(id);
  for (const { reason, goes } of snapshots) expect(goes === undefined).toBe(reason === "asked");
  for (const one of snapshots) expect((await memories.verifySnapshot(one.id)).findings).toEqual([]);
});

it("are none where that is turned off", async () => {
  await writeAt(0, "off");
  await writeAt(50, "off");
  expect(await daily("off")).toBe(0);
});

it("keep no write from being answered where they cannot be made", async () => {
  await writeAt(0);
  writeFileSync(join(dirname(bench.path), "snapshots"), "no folder");
  await writeAt(50);
  const memories = await openAt("off");
  expect((await memories.stats()).memories).toBe(2);
});

it("say that the disk is full, leave nothing of themselves, and the memories as they were", (test) => {
  const script = join(import.meta.dirname, "..", "..", "concurrency", "snapshot-disk-filler.ts");
  const report = onSmallDisk(join(dirname(bench.path), "disk"), script);
  if (report === undefined) return test.skip();
  expect(report).toEqual({
    made: "HAYPILE_DISK_FULL",
    restored: "HAYPILE_DISK_FULL",
    left: ["lock"],
    before: expect.any(Number),
    after: report.before,
    sound: [],
    again: "none",
  });
});

it("are left to who schedules them, and what nobody asked for is made at the end", async () => {
  let isScheduled = true;
  const open = (): Promise<OpenMemories> =>
    bench.open({
      embedder: undefined,
      snapshots: { keep: "2d", now: () => now, isScheduled: () => isScheduled },
    });
  const first = await open();
  await first.remember("in its first day");
  expect(await first.snapshotOfToday()).toBe(false);
  now += 30 * hourMs;
  expect(await first.snapshotOfToday()).toBe(true);
  // Nothing was written since.
  now += 30 * hourMs;
  expect(await first.snapshotOfToday()).toBe(false);
  await first.close();
  expect(await daily()).toBe(1);
  const second = await open();
  await second.remember("nobody asks after this");
  await second.close();
  expect(await daily()).toBe(2);
  isScheduled = false;
  now += 30 * hourMs;
  const third = await open();
  await third.remember("turned off meanwhile");
  await third.close();
  expect(await daily()).toBe(2);
  expect((await readSnapshots()).length).toBe(2);
});

async function readSnapshots(): Promise<unknown[]> {
  const memories = await openAt("2d");
  const { snapshots } = await memories.snapshots();
  await memories.close();
  return snapshots;
}
