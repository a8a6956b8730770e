/* `haypile stats`, the marks and the metrics, on a real daemon with a real index. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import "../helpers/as-installed.ts";
import { readEnvironment } from "../../src/config/environment/env.ts";
import { connect, type DaemonClient } from "../../src/haypile/there.ts";
import type { Alerts, Stats, Thresholds } from "../../src/ports/answers/daemon/stats.ts";
import { RpcClient } from "../../src/wire/client.ts";
import { bin, cli } from "../helpers/cli.ts";
import { repository } from "../helpers/model.ts";
import { readMetrics } from "../helpers/prometheus.ts";
import { writeTree } from "../helpers/temp-tree.ts";
import { type Place, place, until } from "./helpers.ts";

const environmentOf = (at: Place) => readEnvironment(at.env as Record<string, string | undefined>);

async function run(at: Place, args: string[]) {
  return await cli(args, { data: at.folder, env: { XDG_RUNTIME_DIR: "" } });
}

/** A daemon with an index, memories, and a few questions behind it. */
async function busyDaemon(
  env: NodeJS.ProcessEnv = {},
): Promise<{ at: Place; tree: string; client: DaemonClient }> {
  const at = place({ ...env, XDG_RUNTIME_DIR: "" });
  const tree = join(at.folder, "tree");
  writeTree(tree, {
    "retry.ts":
      "export function waitBeforeRetry(attempt: number) {\n  return 2 ** attempt * 100;\n}\n",
    "log.ts": "export class LogFile {\n  write(line: string) {}\n}\n",
  });
  const client = await connect({ environment: environmentOf(at), client: "test" });
  onTestFinished(() => client.close());
  await client.code(tree).index();
  await client.memories.remember("the log is moved when it is full");
  await client.memories.settled();
  await client.code(tree).search("where is the delay of a retry");
  return { at, tree, client };
}

it("says what was written, what is open and what waits", async () => {
  const { at, tree, client } = await busyDaemon();
  const stats = await client.stats();
  const kinds = stats.writes.map(({ kind }) => kind);
  expect(kinds).toEqual(expect.arrayContaining(["remember", "files", "vectors", "facts", "tidy"]));
  expect(kinds).not.toContain("other");
  for (const { wait, work, commit, whole, lastMinute } of stats.writes) {
    expect(whole.count).toBeGreaterThan(0);
    expect([wait.count, work.count, commit.count]).toEqual([whole.count, whole.count, whole.count]);
    expect(whole.p50Ms).toBeLessThanOrEqual(whole.p95Ms);
    expect(whole.p95Ms).toBeLessThanOrEqual(whole.mostMs);
    expect(lastMinute?.count).toBeLessThanOrEqual(whole.count);
  }
  const index = stats.databases.find(({ sort }) => sort === "index");
  expect(index).toMatchObject({ folder: tree, pending: { vectors: 0, texts: 0 } });
  expect(index?.bytes).toBeGreaterThan(4_096);
  expect(index?.commits).toBeGreaterThan(0);
  expect(stats.databases.map(({ sort }) => sort)).toContain("memories");
  expect(stats.caches.map(({ owner }) => owner)).toEqual(
    expect.arrayContaining(["query vectors", "search results", "vectors on disk"]),
  );
  expect(stats.clients?.rpc).toBe(1);
  expect(stats.lanes?.interactive.done).toBeGreaterThan(0);
  expect((await client.stats()).loop.busyShare).toBeLessThanOrEqual(1);

  const printed = await run(at, ["stats"]);
  expect(printed.code, printed.stderr).toBe(0);
  expect(printed.stdout).toMatch(/^Process \d+, version /);
  expect(printed.stdout).toMatch(/ {2}remember +1 +[\d.]+ m?s/);
  expect(printed.stdout).toContain(`index ${tree}`);
  expect(printed.stdout).toContain("Alerts: none");
  for (const line of printed.stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  const json = JSON.parse((await run(at, ["stats", "--json", "--path", tree])).stdout) as Stats;
  expect(json.process.pid).toBe(stats.process.pid);
  expect(json.databases.filter(({ sort }) => sort === "index").length).toBe(1);
  const other = await run(at, ["stats", "--json", "--path", at.folder]);
  expect((JSON.parse(other.stdout) as Stats).databases.some(({ sort }) => sort === "index")).toBe(
    false,
  );
  expect((await run(at, ["stats", "--path", join(at.folder, "none")])).code).toBe(3);

  await client.stop();
  await until(() => !existsSync(at.socket));
  const here = await run(at, ["stats", "--path", tree]);
  expect(here.stderr).toContain("no daemon runs");
  expect(here.stdout).toContain("Writes: none in this process");
  expect(here.stdout).toContain(`index ${tree}`);
});

it("goes on until it is told to end, as lines where there is no screen", async () => {
  const { at } = await busyDaemon();
  const child = spawn(process.execPath, [bin, "stats", "--watch", "--json"], {
    env: { ...at.env, HAYPILE_CONFIG_DIR: join(at.folder, "config") },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (data: Buffer) => {
    said += data.toString();
  });
  await until(() => said.split("\n").length > 2);
  child.kill("SIGINT");
  const code = await new Promise((resolve) => child.once("exit", (status) => resolve(status)));
  expect([0, 130]).toContain(code);
  const lines = said
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Stats);
  expect(lines.length).toBeGreaterThanOrEqual(2);
  expect(lines[1]?.loop.delay).toBeDefined();
  expect(said).not.toContain("\u001b");
});

it("answers /metrics in the format, with all that the Grafana dashboard asks for", async () => {
  const { client } = await busyDaemon();
  await client.stats();
  const text = await client.metrics();
  const families = readMetrics(text);
  const names = new Set(
    [...families.values()].flatMap(({ name, samples }) => [
      name,
      ...samples.map((one) => one.name),
    ]),
  );
  const path = join(repository, "contrib/grafana/haypile.json");
  const source = readFileSync(path, "utf8");
  const asked = new Set(source.match(/haypile_[a-z0-9_]+/g));
  expect(asked.size).toBeGreaterThan(25);
  expect([...asked].filter((name) => !names.has(name))).toEqual([]);
  const writes = families.get("haypile_write_seconds")?.samples ?? [];
  const kinds = new Set(writes.map(({ labels }) => labels.kind));
  expect([...kinds]).toEqual(expect.arrayContaining(["remember", "files"]));
  // Nothing that anybody can make more of stands in a label.
  const labels = [...families.values()].flatMap(({ samples }) =>
    samples.flatMap((one) => Object.values(one.labels)),
  );
  expect(labels.filter((label) => label.includes("/") || label.length > 40)).toEqual([]);
});

it("takes a mark from a page or the socket, writes it into the user's file, and heeds the file", async () => {
  const { at } = await busyDaemon({ HAYPILE_ALERTS_QUEUE: "9" });
  const file = join(at.folder, "config", "haypile.toml");
  mkdirSync(join(at.folder, "config"), { recursive: true });
  writeFileSync(file, '# mine\n[alerts]\nwal-size = "1GB" # large\n');
  const rpc = new RpcClient({ environment: environmentOf(at), client: "test", start: false });
  onTestFinished(() => rpc.close());
  await rpc.ready();
  const set = (option: unknown, value: unknown) =>
    rpc.call("daemon.setThreshold", { args: [{ option, value }] }) as Promise<
      Thresholds & { written: { option: string; value: string } }
    >;
  const done = await set("alerts.wal-size", "64 MB, 2GB");
  expect(done.written).toEqual({ option: "alerts.wal-size", value: "64MB,2GB" });
  expect(done.path).toBe(file);
  expect(readFileSync(file, "utf8")).toBe('# mine\n[alerts]\nwal-size = "64MB,2GB" # large\n');
  await expect(set("alerts.wal-size", "2GB,1GB")).rejects.toThrow("one or two thresholds");
  await expect(set("alerts.command", '["x"]')).rejects.toThrow("on this machine only");
  await expect(set("alerts.webhook", "http://127.0.0.1/")).rejects.toThrow("on this machine only");
  await expect(set("memory.max", "1GB")).rejects.toThrow("Expected one of alerts.rss");
  await expect(set("alerts.queue", "5")).rejects.toThrow("HAYPILE_ALERTS_QUEUE");
  await expect(set({ a: 1 }, [])).rejects.toThrow("Expected one of");
  const listed = (await rpc.call("daemon.thresholds")) as Thresholds;
  const by = new Map(listed.thresholds.map((one) => [one.option, one]));
  expect(by.get("alerts.wal-size")).toMatchObject({
    value: "64MB,2GB",
    origin: "user file",
    canBeSet: true,
  });
  expect(by.get("alerts.queue")).toMatchObject({
    value: "9",
    origin: "environment",
    canBeSet: false,
  });
  expect(by.get("alerts.pending")).toMatchObject({ value: "250000", origin: "default" });
  expect(by.get("alerts.command")?.canBeSet).toBe(false);
});

it("raises an alert, tells it, and asks no project whom to tell", {
  timeout: 120_000,
}, async () => {
  const told: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => {
      body += part.toString();
    });
    request.on("end", () => {
      told.push(body);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const { at, tree, client } = await busyDaemon({ HAYPILE_ALERTS_RSS: "1MB,2MB" });
  const out = join(at.folder, "told.json");
  const bad = join(at.folder, "bad.json");
  const script = `process.stdin.on("data", (text) => require("node:fs").writeFileSync(process.argv[1], text))`;
  const wish = (path: string) => JSON.stringify([process.execPath, "-e", script, path]);
  // A project that is trusted may say much, and not this.
  writeFileSync(join(tree, "haypile.toml"), `[alerts]\ncommand = ${wish(bad)}\nrss = "off"\n`);
  expect((await run(at, ["config", "trust", tree])).code).toBe(0);
  await client.code(tree).index();
  for (const [option, value] of [
    ["alerts.command", wish(out)],
    ["alerts.webhook", `http://127.0.0.1:${port}/`],
  ] as const) {
    const set = await run(at, ["config", "set", option, value]);
    expect(set.code, set.stderr).toBe(0);
  }
  await until(() => existsSync(out) && told.length > 0, 90_000);
  const alert = JSON.parse(readFileSync(out, "utf8"));
  expect(alert).toMatchObject({ rule: "rss", level: "critical", unit: "bytes", mark: 2_000_000 });
  expect(JSON.parse(told[0] ?? "")).toEqual(alert);
  const rpc = new RpcClient({ environment: environmentOf(at), client: "test", start: false });
  onTestFinished(() => rpc.close());
  await rpc.ready();
  const alerts = async () => (await rpc.call("daemon.alerts")) as Alerts;
  // The program writes before it ends.
  await expect.poll(async () => (await alerts()).command?.told, { timeout: 30_000 }).toBe(1);
  const { now, lately, command, webhook } = await alerts();
  expect(now).toEqual([alert]);
  expect(lately[0]).toEqual(alert);
  expect([command?.told, webhook?.told]).toEqual([1, 1]);
  const metrics = readMetrics(await client.metrics());
  expect(metrics.get("haypile_alert")?.samples).toEqual([
    { name: "haypile_alert", labels: { rule: "rss" }, value: 2 },
  ]);
  const log = await run(at, ["logs", "-n", "50"]);
  expect(log.stdout).toMatch(/error alert rule="rss" alert="critical"/);
  expect(existsSync(bad)).toBe(false);
});
