/*
 * The daemon and its bridges as a client meets them: from the start of the process to the answer to tools/list,
 * with the daemon running and without, and the memory of each part. Runs what is built (dist, prebuilds).
 *
 *   node bench/daemon/run.ts [--rounds 20] [--cold 5] [--clients 10]
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { readEnvironment } from "../../src/config/environment/env.ts";
import { findEndpoint } from "../../src/daemon/place/endpoint.ts";
import { readOwner } from "../../src/daemon/place/owner.ts";
import { connect } from "../../src/daemon/rpc/client.ts";
import { argument, keepRows, printMachine, repository, say, work } from "../common.ts";

const rounds = Number(argument("--rounds", "20"));
const coldRounds = Number(argument("--cold", "5"));
const clients = Number(argument("--clients", "10"));
const data = join(work, "daemon");
const platform = `${process.platform}-${process.arch}`;
const bin = join(repository, "bin", "haypile.cjs");
const bridge = join(repository, "prebuilds", platform, "haypile-bridge");
const env = { ...process.env, HAYPILE_DATA_DIR: data, XDG_RUNTIME_DIR: "" };
const ways: Record<string, string[]> = {
  "native bridge": [bridge, "--node", process.execPath, "--script", bin],
  "haypile mcp": [process.execPath, bin, "mcp"],
  "haypile mcp --no-native": [process.execPath, bin, "mcp", "--no-native"],
};

const messages = [
  {
    id: 0,
    method: "initialize",
    params: {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "bench", version: "1" },
    },
  },
  { method: "notifications/initialized" },
  { id: 1, method: "tools/list" },
]
  .map((message) => `${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`)
  .join("");

interface Started {
  child: ChildProcess;
  /** Until the second answer. */
  ms: number;
}

function start([command = "", ...args]: string[]): Promise<Started> {
  const began = performance.now();
  const child = spawn(command, args, { env, stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.write(messages);
  return new Promise((resolve, reject) => {
    let lines = 0;
    child.on("error", reject);
    child.stdout.on("data", (bytes: Buffer) => {
      lines += bytes.filter((byte) => byte === 10).length;
      if (lines >= 2) resolve({ child, ms: performance.now() - began });
    });
  });
}

async function end({ child }: Started): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.stdin?.end();
  await ended;
}

function memory(pid: number): { rss: number; private: number } {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const of = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0) * 1024;
  return { rss: of("Rss"), private: of("Private_Clean") + of("Private_Dirty") };
}

/** Processor time of a process, with its threads, in ticks of 10 ms. */
function cpuMs(pid: number | undefined): number {
  if (pid === undefined) return Number.NaN;
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

const MB = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
const sorted = (times: number[]): number[] => times.toSorted((a, b) => a - b);
const at = (times: number[], share: number): number =>
  sorted(times)[Math.min(times.length - 1, Math.floor(times.length * share))] as number;

function stopDaemon(): void {
  spawnSync(process.execPath, [bin, "stop"], { env, stdio: "ignore" });
}

rmSync(data, { recursive: true, force: true });
mkdirSync(data, { recursive: true });
const here = printMachine();
const rows: Record<string, unknown>[] = [];

for (const [name, command] of Object.entries(ways)) {
  const cold: number[] = [];
  const cpu: number[] = [];
  for (let i = 0; i < coldRounds; i++) {
    stopDaemon();
    const one = await start(command);
    cold.push(one.ms);
    cpu.push(cpuMs(readOwner(findEndpoint(readEnvironment(env)))?.pid));
    await end(one);
  }
  const warm: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const one = await start(command);
    warm.push(one.ms);
    await end(one);
  }
  const many = await Promise.all(Array.from({ length: clients }, () => start(command)));
  await wait(300);
  const each = many.map(({ child }) => memory(child.pid as number));
  const rss = Math.max(...each.map((one) => one.rss));
  const own = Math.max(...each.map((one) => one.private));
  say(
    `${name}: to tools/list, daemon running p50 ${at(warm, 0.5).toFixed(1)} ms, p95 ${at(warm, 0.95).toFixed(1)} ms; none p50 ${at(cold, 0.5).toFixed(0)} ms, most ${at(cold, 1).toFixed(0)} ms (CPU of the daemon ${at(cpu, 0.5).toFixed(0)} ms); RSS ${MB(rss)}, private ${MB(own)}`,
  );
  rows.push({ name, warm: sorted(warm), cold: sorted(cold), cpu: sorted(cpu), rss, private: own });
  const owner = readOwner(findEndpoint(readEnvironment(env)));
  if (owner !== undefined) {
    const daemon = memory(owner.pid);
    say(`  daemon with ${clients} of them, no model: RSS ${MB(daemon.rss)}`);
    rows.push({ name: `daemon, ${clients} x ${name}`, ...daemon });
  }
  await Promise.all(many.map(end));
}

const idle = spawn(process.execPath, ["-e", "process.stdin.resume()"], {
  stdio: ["pipe", "ignore", "ignore"],
});
await wait(500);
const bare = memory(idle.pid as number);
idle.kill();
say(`bare Node, waiting on stdin: RSS ${MB(bare.rss)}, private ${MB(bare.private)}`);
rows.push({ name: "bare Node", ...bare });

stopDaemon();
const many = await Promise.all(
  Array.from({ length: clients }, () => start(ways["native bridge"] as string[])),
);
const client = await connect({ environment: readEnvironment(env), start: false });
const engine = client.engine(join(repository, "src", "base"), { nearest: false });
await engine.index();
await engine.search("where errors are listed");
await wait(1_000);
const owner = readOwner(findEndpoint(readEnvironment(env)));
if (owner !== undefined) {
  const resident = memory(owner.pid);
  say(
    `daemon with ${clients} native bridges, model resident: RSS ${MB(resident.rss)}, private ${MB(resident.private)}`,
  );
  rows.push({ name: "daemon, model resident", ...resident });
}
await client.close();
await Promise.all(many.map(end));
stopDaemon();
keepRows("daemon", here, rows);
