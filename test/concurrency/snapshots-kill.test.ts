/**
 * Processes that make and restore snapshots are killed at random moments: the memories are what they were or what they were to
 * become, whatever was acknowledged is there and whole, and the next process tidies. HAYPILE_SNAPSHOT_KILLS=30 for more.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { checkMemoryDatabase } from "../../src/storage/sqlite/memories/file/check.ts";
import { type MemoryBench, memoryBench } from "../helpers/open-memories.ts";
import { openRaw } from "../helpers/sqlite-files.ts";

vi.setConfig({ testTimeout: 900_000, hookTimeout: 60_000 });

const kills = Number(process.env.HAYPILE_SNAPSHOT_KILLS ?? 6);
const verifiedAtEnd = 2;

let bench: MemoryBench;
let folder: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  bench = memoryBench();
  folder = join(dirname(bench.path), "snapshots");
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await bench.end();
});

/** Starts one, lets it do one thing whole, and kills it somewhere in the next. @returns what it said */
async function killed(moment: number, ...args: string[]): Promise<string[]> {
  const script = join(import.meta.dirname, "snapshot-worker.ts");
  const child = spawn(process.execPath, [script, bench.path, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const times: number[] = [];
  let said = "";
  const first = new Promise<void>((done) => {
    child.stdout.on("data", (data) => {
      for (const _ of String(data).matchAll(/\n/gu)) times.push(performance.now());
      said += String(data);
      if (times.length >= 2) done();
    });
  });
  const gone = once(child, "close");
  await Promise.race([first, gone]);
  expect(child.exitCode).toBeNull();
  const tookMs = (times[1] as number) - (times[0] as number);
  await new Promise((done) => setTimeout(done, moment * tookMs));
  child.kill("SIGKILL");
  await gone;
  return said.split("\n").slice(1, -1);
}

function textsIn(path: string): string {
  const db = openRaw(path);
  const texts = db.prepare("SELECT text FROM memories ORDER BY id").pluck().all() as string[];
  db.close();
  return texts.join("\n");
}

/** What a killed one leaves is of no harm, and gone after the next. */
async function assertTidy(promised: readonly string[]): Promise<void> {
  const memories = await bench.open();
  const last = await memories.snapshot();
  const names = readdirSync(folder).filter((name) => name !== "lock");
  expect(names.filter((name) => !/^\d{8}T\d{9}Z-[0-9a-f]{6}\.(?:json|pages)$/u.test(name))).toEqual(
    [],
  );
  const { snapshots } = await memories.snapshots();
  expect(snapshots[0]).toEqual(last);
  expect(snapshots.filter(({ problem }) => problem !== undefined)).toEqual([]);
  const ids = snapshots.map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining([...promised]));
  for (const id of [last.id, ...promised.slice(-verifiedAtEnd)]) {
    expect([id, (await memories.verifySnapshot(id)).findings]).toEqual([id, []]);
  }
  await memories.close();
}

it("keeps every snapshot that was acknowledged when who makes them is killed", async () => {
  const memories = await bench.open();
  await memories.rememberMany(
    Array.from({ length: 1_500 }, (_, at) => ({ text: `text ${at} ${"z".repeat(at % 700)}` })),
  );
  await memories.close();
  const before = textsIn(bench.path);
  const promised: string[] = [];
  let drafts = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    promised.push(...(await killed((kill + 0.5) / kills)));
    drafts += readdirSync(folder).filter((name) => name.includes(".draft")).length;
  }
  expect(drafts).toBeGreaterThan(0);
  expect(textsIn(bench.path)).toBe(before);
  await assertTidy(promised);
});

it("leaves the memories as they were or as they were to be when who restores them is killed", async () => {
  const memories = await bench.open();
  const write = (of: string) =>
    memories.rememberMany(
      Array.from({ length: 800 }, (_, at) => ({ text: `${of} ${at} ${of.repeat(at % 90)}` })),
    );
  await write("left");
  const left = await memories.snapshot();
  const states = new Map([[left.id, textsIn(bench.path)]]);
  await memories.forgetWhere({}, { confirm: (await memories.forgetWhere({})).confirm, hard: true });
  await write("right");
  const right = await memories.snapshot();
  states.set(right.id, textsIn(bench.path));
  await memories.close();
  expect(new Set(states.values()).size).toBe(2);

  for (let kill = 0; kill < kills; kill += 1) {
    const done = await killed((kill + 0.5) / kills, left.id, right.id);
    const now = textsIn(bench.path);
    const [whole, begun] = done.at(-1) === left.id ? [left.id, right.id] : [right.id, left.id];
    expect([states.get(whole), states.get(begun)].includes(now)).toBe(true);
    expect(checkMemoryDatabase(bench.path).findings).toEqual([]);
  }
  const again = await bench.open();
  // What was replaced last is there, whichever it was.
  const { snapshots } = await again.snapshots();
  expect(snapshots.filter(({ reason }) => reason === "restore").length).toBeGreaterThanOrEqual(
    kills,
  );
  await again.close();
  await assertTidy([left.id, right.id]);
});
