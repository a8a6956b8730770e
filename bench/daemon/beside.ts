/*
 * What a recall takes while another client has the daemon index a tree: from the call to the answer, over the
 * socket, alone and beside the run. Runs what is built (dist).
 *
 *   node bench/daemon/beside.ts [--tree DIR] [--memories 300] [--seconds 20]
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { readEnvironment } from "../../src/config/environment/env.ts";
import { connect } from "../../src/daemon/rpc/client.ts";
import { argument, keepRows, printMachine, repository, say, work } from "../common.ts";

const tree = argument("--tree", join(repository, "src"));
const count = Number(argument("--memories", "300"));
const seconds = Number(argument("--seconds", "20"));
const everyMs = 50;
const data = join(work, "daemon-beside");
rmSync(data, { recursive: true, force: true });
mkdirSync(data, { recursive: true });
const variables = { ...process.env, HAYPILE_DATA_DIR: data, XDG_RUNTIME_DIR: "" };
const environment = readEnvironment(variables);
const bin = join(repository, "bin", "haypile.cjs");
const here = printMachine();

const asking = await connect({ environment, client: "recalls" });
const indexing = await connect({ environment, client: "indexes" });
const things = ["lamp", "bridge", "meadow", "kettle", "marmot", "ledger", "harbour"];
await asking.memories.rememberMany(
  Array.from({ length: count }, (_, i) => ({
    text: `The ${things[i % things.length]} of room ${i} is kept behind door ${(i * 7) % 91}.`,
    onDuplicate: "keep" as const,
  })),
);
while ((await asking.memories.stats()).withoutVector > 0) await wait(100);

async function recalls(until: () => boolean): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; !until(); i++) {
    const began = performance.now();
    await asking.memories.recall(`which ${things[i % things.length]} is behind door ${i % 91}`);
    times.push(performance.now() - began);
    await wait(everyMs);
  }
  return times.sort((a, b) => a - b);
}

function report(name: string, times: readonly number[]): object {
  const at = (share: number): number =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
  const [p50, p95, p99, most] = [at(0.5), at(0.95), at(0.99), at(1)];
  say(
    `${name}: ${times.length} recalls, p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, most ${most.toFixed(1)} ms`,
  );
  return { name, recalls: times.length, p50, p95, p99, most };
}

const end = performance.now() + 5_000;
const rows = [report("alone", await recalls(() => performance.now() > end))];
let isOver = false;
const stop = new AbortController();
const run = indexing
  .engine(tree, { nearest: false })
  .index({ signal: stop.signal })
  .catch((error: Error) => say(`the run: ${error.message}`))
  .finally(() => {
    isOver = true;
  });
setTimeout(() => stop.abort(), seconds * 1_000).unref();
rows.push(report("beside an index run", await recalls(() => isOver)));
await run;
await asking.close();
await indexing.close();
spawnSync(process.execPath, [bin, "stop"], { env: variables, stdio: "ignore" });
keepRows("daemon-beside", here, rows);
