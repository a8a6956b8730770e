/** Upkeep of a real daemon with a real index and memories: what is due is done when nobody asks, and damage is told. */
import { existsSync, openSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import "../helpers/as-installed.ts";
import { readEnvironment } from "../../src/config/environment/env.ts";
import { connect, type DaemonClient } from "../../src/haypile/there.ts";
import type { UpkeepTask, UpkeepTaskStats } from "../../src/ports/answers/daemon/upkeep.ts";
import { cli } from "../helpers/cli.ts";
import { readMetrics } from "../helpers/prometheus.ts";
import { writeTree } from "../helpers/temp-tree.ts";
import { type Place, place } from "./helpers.ts";

const eachSecond = Object.fromEntries(
  ["COLLECT", "CHECKPOINT", "TIDY", "SNAPSHOT", "VERIFY"].map((name) => [
    `HAYPILE_UPKEEP_${name}`,
    "1s",
  ]),
);

async function daemonWith(env: NodeJS.ProcessEnv): Promise<{ at: Place; client: DaemonClient }> {
  const at = place({ ...env, XDG_RUNTIME_DIR: "", HAYPILE_UPKEEP_IDLE: "100ms" });
  const environment = readEnvironment(at.env as Record<string, string | undefined>);
  const client = await connect({ environment, client: "test" });
  onTestFinished(() => client.close());
  const tree = join(at.folder, "tree");
  writeTree(tree, { "retry.ts": "export const waitBeforeRetry = (n: number) => 2 ** n;\n" });
  await client.code(tree).index();
  await client.memories.remember("the log is moved when it is full");
  await client.memories.settled();
  return { at, client };
}

async function when(
  client: DaemonClient,
  task: UpkeepTask,
  holds: (one: UpkeepTaskStats) => boolean,
): Promise<UpkeepTaskStats> {
  for (;;) {
    const found = (await client.stats()).upkeep?.tasks.find((one) => one.task === task);
    if (found !== undefined && holds(found)) return found;
    await new Promise((done) => setTimeout(done, 50));
  }
}

it("does each kind of upkeep, and says so in stats, as JSON and in the metrics", async () => {
  const { at, client } = await daemonWith(eachSecond);
  const results: [UpkeepTask, RegExp][] = [
    ["collect", /^0 put away, 0 erased$/],
    ["checkpoint", /pages of \d+ logs? moved$/],
    ["tidy", /^1 index tidied$/],
    ["snapshot", /^none was due$/],
    ["verify", /^2 databases sound$/],
  ];
  for (const [task, says] of results) {
    const found = await when(client, task, ({ result }) => says.test(result ?? ""));
    expect(found.error).toBeUndefined();
    expect(found.failed).toBe(0);
  }
  const wal = join(at.folder, "memories.db-wal");
  expect(existsSync(wal) ? statSync(wal).size : 0).toBe(0);
  const printed = await cli(["stats"], { data: at.folder, env: { XDG_RUNTIME_DIR: "" } });
  expect(printed.stdout).toMatch(/^Upkeep, when nobody asked for /m);
  expect(printed.stdout).toMatch(/^ {2}verify {5}every 1s +2 databases sound, /m);
  const metrics = readMetrics(await client.metrics());
  const of = (name: string, labels: Record<string, string>) =>
    metrics.get(name)?.samples.find((one) => isDeepStrictEqual(one.labels, labels))?.value;
  expect(of("haypile_upkeep_total", { task: "verify", outcome: "done" })).toBeGreaterThan(0);
  expect(of("haypile_upkeep_failing", { task: "verify" })).toBe(0);
});

it("tells of damage that nobody has met", async () => {
  const { at, client } = await daemonWith({
    HAYPILE_UPKEEP_VERIFY: "1s",
    HAYPILE_UPKEEP_CHECKPOINT: "1s",
  });
  await when(client, "checkpoint", ({ done }) => done > 0);
  const path = join(at.folder, "memories.db");
  const file = openSync(path, "r+");
  // Each page but the first, where the schema is.
  for (let page = 1; page < statSync(path).size / 4_096; page += 1) {
    writeSync(file, Buffer.alloc(512, 0xa5), 0, 512, page * 4_096);
  }
  const { error } = await when(client, "verify", ({ failed }) => failed > 0);
  expect(error).toContain("memories.db: ");
  const printed = await cli(["stats"], { data: at.folder, env: { XDG_RUNTIME_DIR: "" } });
  expect(printed.stdout).toMatch(/^ {2}verify {5}every 1s +failed, /m);
  const logs = await cli(["logs", "--lines", "200"], {
    data: at.folder,
    env: { XDG_RUNTIME_DIR: "" },
  });
  expect(logs.stdout).toContain("upkeep failed");
  // Lines that operators look for are there without a word about the level.
  expect(logs.stdout).toMatch(/embed: RSS sample batch_idx=1 rss_mb=[\d.]+ limit_mb=none/);
  expect(logs.stdout).toContain("ort: global thread pool capped — intra_op=");
});
