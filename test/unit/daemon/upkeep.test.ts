/** Which upkeep begins when, what stops it, and what is told of it. Its clock is given; what is waited for happens. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readEnvironment } from "../../../src/config/environment/env.ts";
import type { EventLog } from "../../../src/daemon/log/log-file.ts";
import { Upkeep } from "../../../src/daemon/upkeep/upkeep.ts";
import type { TaskWork } from "../../../src/engine/upkeep/tasks.ts";
import { Lanes } from "../../../src/haypile/lanes.ts";
import { type UpkeepTask, upkeepTasks } from "../../../src/ports/answers/daemon/upkeep.ts";

const hourMs = 3_600_000;

let folder: string;
let now: number;
let lanes: Lanes;
let lines: { level: string; event: string; facts: Record<string, unknown> | undefined }[];
const open: Upkeep[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "haypile-upkeep-"));
  now = Date.now();
  lanes = new Lanes();
  lines = [];
});

afterEach(async () => {
  for (const upkeep of open.splice(0)) await upkeep.close();
  rmSync(folder, { recursive: true, force: true });
});

const log: EventLog = {
  write: (level, event, facts) => void lines.push({ level, event, facts }),
};

function begin(tasks: Partial<Record<UpkeepTask, TaskWork>>, file = ""): Upkeep {
  writeFileSync(join(folder, "haypile.toml"), `[upkeep]\nidle = "100ms"\n${file}`);
  const all = upkeepTasks.map((task) => [task, tasks[task] ?? (async () => "nothing")]);
  const upkeep = new Upkeep({
    environment: readEnvironment({ HAYPILE_DATA_DIR: folder, HAYPILE_CONFIG_DIR: folder }),
    log,
    lanes,
    tasks: Object.fromEntries(all) as Record<UpkeepTask, TaskWork>,
    now: () => now,
    lookEveryMs: 20,
  });
  open.push(upkeep);
  return upkeep;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) {
    await new Promise((done) => setTimeout(done, 10));
  }
}

const of = (upkeep: Upkeep, task: UpkeepTask) =>
  upkeep.stats().tasks.find((one) => one.task === task);

it("does what is due, and says when it was done, what came of it and when it is due again", async () => {
  const upkeep = begin({ collect: async () => "2 put away, 1 erased" });
  expect(of(upkeep, "collect")).toMatchObject({ every: "1h", done: 0, lastAt: undefined });
  now += hourMs;
  await until(() => of(upkeep, "collect")?.done === 1);
  expect(of(upkeep, "collect")).toMatchObject({
    result: "2 put away, 1 erased",
    lastAt: new Date(now).toISOString(),
    nextAt: new Date(now + hourMs).toISOString(),
    error: undefined,
  });
  expect(of(upkeep, "verify")?.done).toBe(0);
});

it("goes on counting where the daemon before it stopped", async () => {
  const first = begin({});
  now += hourMs;
  await until(() => of(first, "collect")?.done === 1);
  await first.close();
  now += hourMs / 2;
  const second = begin({});
  expect(of(second, "collect")?.nextAt).toBe(new Date(now + hourMs / 2).toISOString());
  expect(JSON.parse(readFileSync(join(folder, "upkeep.json"), "utf8"))).toHaveProperty("verify");
});

it("takes a file that is no state of it for none, and a time that is to come for now", () => {
  writeFileSync(join(folder, "upkeep.json"), '{"collect":{"since":1e300,"error":7},"tidy":[');
  expect(of(begin({}), "collect")?.nextAt).toBe(new Date(now + hourMs).toISOString());
  writeFileSync(join(folder, "upkeep.json"), '{"collect":{"since":9e15}}');
  expect(of(begin({}), "collect")?.nextAt).toBe(new Date(now + hourMs).toISOString());
});

it("puts nothing off for longer than its time when the clock is set back by years", async () => {
  const upkeep = begin({ collect: async () => "0 put away" });
  now += hourMs;
  await until(() => of(upkeep, "collect")?.done === 1);
  now -= 10_000 * hourMs;
  await until(() => Date.parse(of(upkeep, "collect")?.nextAt ?? "") <= now + hourMs);
  now += hourMs;
  await until(() => of(upkeep, "collect")?.done === 2);
});

it("begins nothing while somebody asks, and stops when somebody does", async () => {
  const asked = Promise.withResolvers<void>();
  const seen: string[] = [];
  const upkeep = begin({
    collect: async (signal) => {
      seen.push("begun");
      await new Promise((stopped) => signal.addEventListener("abort", stopped));
      seen.push("stopped");
      return "never told";
    },
  });
  const question = lanes.run("interactive", "a client", () => asked.promise);
  now += hourMs;
  await until(() => lanes.counts().interactive.running === 1);
  expect(lanes.quietMs).toBe(0);
  for (let times = 0; times < 50; times += 1) await turn();
  expect(seen).toEqual([]);
  asked.resolve();
  await question;
  await until(() => seen.length === 1);
  // It is answered although the work is in its lane, and ends it.
  expect(await lanes.run("interactive", "a client", () => "answer")).toBe("answer");
  await until(() => seen.length >= 2 && of(upkeep, "collect")?.stopped === 1);
  expect(seen[1]).toBe("stopped");
  expect(of(upkeep, "collect")).toMatchObject({ done: 0, result: undefined });
  // It is due as it was.
  await until(() => seen.filter((word) => word === "begun").length === 2);
});

it("tells what failed, tries it again within the hour, and forgets it when it went well", async () => {
  let isBroken = true;
  const upkeep = begin({
    verify: async () => {
      if (isBroken) throw new Error("memories.db: the page 7 is not what was written");
      return "3 databases sound";
    },
  });
  now += 30 * 24 * hourMs;
  await until(() => of(upkeep, "verify")?.failed === 1);
  expect(upkeep.failing).toEqual(["verify"]);
  expect(of(upkeep, "verify")?.error).toContain("page 7");
  expect(lines.filter(({ event }) => event === "upkeep failed")).toMatchObject([
    { level: "warn", facts: { task: "verify" } },
  ]);
  isBroken = false;
  now += hourMs;
  await until(() => of(upkeep, "verify")?.done === 1);
  expect(upkeep.failing).toEqual([]);
});

it("does what the user's file says from the next look on", async () => {
  const upkeep = begin({}, 'collect = "off"\nverify = "1s"\n');
  expect(of(upkeep, "collect")).toMatchObject({ every: "off", nextAt: undefined });
  now += 2_000;
  await until(() => of(upkeep, "verify")?.done === 1);
  writeFileSync(join(folder, "haypile.toml"), "[upkeep]\nauto = false\n");
  now += 2_000;
  await until(() => !upkeep.isOn);
  expect(upkeep.stats().tasks.every(({ every }) => every === "off")).toBe(true);
});
