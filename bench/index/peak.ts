/*
 * What a cold index takes at its peak, the parse processes with it: sampled ten times a second from the kernel's own
 * counts. By share (PSS) a page that two processes map counts once; the sum of RSS counts it twice.
 *
 *   node bench/index/peak.ts [--tree DIR]
 */
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { argument, keepRows, printMachine, repository, say, work } from "../common.ts";
import { debianTree } from "../tree.ts";

const tree = argument("--tree") ?? join(debianTree(), "usr/lib/python3/dist-packages/django");
const base = join(work, "peak");
rmSync(base, { recursive: true, force: true });
mkdirSync(base, { recursive: true });

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // It ended between two looks.
    return "";
  }
}

/** A process and those it started. */
function family(pid: number): number[] {
  let tasks: string[] = [];
  try {
    tasks = readdirSync(`/proc/${pid}/task`);
  } catch {}
  const children = tasks.flatMap((task) =>
    read(`/proc/${pid}/task/${task}/children`).trim().split(" ").filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(family)];
}

function megabytes(pids: readonly number[], what: "Pss" | "Rss"): number[] {
  return pids.map((pid) => {
    const kilobytes = new RegExp(`^${what}:\\s+(\\d+)`, "m").exec(
      read(`/proc/${pid}/smaps_rollup`),
    );
    return Number(kilobytes?.[1] ?? 0) / 1024;
  });
}

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);

const here = printMachine();
const began = performance.now();
const run = spawn(
  process.execPath,
  [join(repository, "bin", "haypile.cjs"), "index", tree, "--fill-in", "off", "--here", "--quiet"],
  {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      ...process.env,
      HAYPILE_DATA_DIR: join(base, "data"),
      HAYPILE_CACHE_DIR: join(base, "cache"),
    },
  },
);
let shares: number[] = [];
let rss = 0;
while (run.exitCode === null && run.signalCode === null) {
  const pids = family(run.pid as number);
  const now = megabytes(pids, "Pss");
  if (sum(now) > sum(shares)) shares = now;
  rss = Math.max(rss, sum(megabytes(pids, "Rss")));
  await wait(100);
}
const seconds = (performance.now() - began) / 1_000;
if (run.exitCode !== 0) throw new Error(`haypile index ended with ${run.exitCode}`);
const parts = shares.map((one) => one.toFixed(0)).join(" + ");
say(
  `${tree}: ${sum(shares).toFixed(0)} MB by share (${parts}), ${rss.toFixed(0)} MB as a sum of RSS, ${seconds.toFixed(1)} s`,
);
keepRows("peak", here, [{ tree, seconds, pssMb: sum(shares), parts: shares, rssMb: rss }]);
