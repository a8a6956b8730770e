/*
 * What the governor itself costs, as a share of the CPU time of the process.
 *   node bench/governor/cost.ts [--limits 192MB,256MB,512MB] [--files 1000] [--runs 3]
 * Inside a cold index run the thread's CPU time is read around each look at memory (the gauge is part of it) and
 * around each giving back of pages. What pages that were given back cost when they are touched again is not in it:
 * for that, throughput.ts compares whole runs with and without a limit.
 */
import { argument, keepRows, printMachine, say } from "../common.ts";
import { coldIndex, forget, medianOf } from "./process.ts";
import { madeUpTree } from "./tree.ts";

interface Spent {
  /** Microseconds of CPU time: looks (gauge and their reliefs included), gauge alone, reliefs alone, reliefs that no look asked for. */
  look: number;
  gauge: number;
  relief: number;
  outside: number;
  /** Of the whole process, all threads. */
  all: number;
  looks: number;
  reliefs: number;
}

const limits = argument("--limits", "192MB,256MB,512MB").split(",");
const files = Number(argument("--files", "1000"));
const runs = Number(argument("--runs", "3"));
const tree = madeUpTree(files);
const preload = `--import=${new URL("cost-inside.mjs", import.meta.url).href}`;

const here = printMachine();
say("limit   run   looks   reliefs   CPU ms: looks   gauge   reliefs       all   share");
for (const limit of limits) {
  const shares: number[] = [];
  const spents: Spent[] = [];
  for (let i = 1; i <= runs; i += 1) {
    const run = await coldIndex(tree, limit, [], { NODE_OPTIONS: preload });
    const line = run.stderr.split("\n").findLast((one) => one.startsWith("governor "));
    if (run.code !== 0 || line === undefined) throw new Error(`exit ${run.code}: ${run.stderr}`);
    const spent = JSON.parse(line.slice("governor ".length)) as Spent;
    if (spent.looks === 0) throw new Error("No look was counted: the bench measures nothing.");
    const share = (spent.look + spent.outside) / spent.all;
    shares.push(share);
    spents.push(spent);
    const ms = (micros: number): string => (micros / 1000).toFixed(0);
    say(
      `${limit.padEnd(7)} ${String(i).padStart(3)} ${String(spent.looks).padStart(7)} ${String(spent.reliefs).padStart(9)} ${ms(spent.look).padStart(15)} ${ms(spent.gauge).padStart(7)} ${ms(spent.relief).padStart(9)} ${ms(spent.all).padStart(9)} ${(100 * share).toFixed(2).padStart(6)} %`,
    );
  }
  say(`${limit.padEnd(7)} median ${(100 * medianOf(shares)).toFixed(2)} %`);
  keepRows("governor", here, [
    { job: "cost", limit, files, share: medianOf(shares), runs: spents },
  ]);
}
forget();
