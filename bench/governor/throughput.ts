/*
 * What a limit costs in speed: cold indexings without a limit and with one, in turn, in processes of their own.
 *   node bench/governor/throughput.ts [--limit 256MB] [--files 1000] [--runs 3]
 * Tokens per CPU-second are by the CPU time of the process and its parse processes, and hold on a busy machine;
 * tokens per second are worth something on a quiet one only. "embed" is the phase that runs the model alone.
 */
import { argument, keepRows, printMachine, say } from "../common.ts";
import { coldIndex, forget, medianOf } from "./process.ts";
import { madeUpTree } from "./tree.ts";

const limit = argument("--limit", "256MB");
const files = Number(argument("--files", "1000"));
const runs = Number(argument("--runs", "3"));
const tree = madeUpTree(files);

interface Speed {
  tokens: number;
  perCpuSecond: number;
  perSecond: number;
  cpuSeconds: number;
  seconds: number;
}

const here = printMachine();
const speeds = new Map<string, Speed[]>([
  ["none", []],
  [limit, []],
]);
await coldIndex(tree, "none"); // the optimised graph, and files in the page cache
say("limit   run   tokens   CPU s   tokens per CPU-second     time   tokens/s");
for (let i = 1; i <= runs; i += 1) {
  // The first of a pair meets other neighbours than the second: each goes first in turn.
  const order = i % 2 === 1 ? [...speeds.keys()] : [...speeds.keys()].reverse();
  for (const name of order) {
    const run = await coldIndex(tree, name);
    if (run.code !== 0) throw new Error(`exit ${run.code}: ${run.stderr}`);
    const { tokens } = JSON.parse(run.stdout) as { tokens: { embedded: number } };
    const { cpuSeconds, seconds } = run;
    const speed: Speed = {
      tokens: tokens.embedded,
      perCpuSecond: tokens.embedded / cpuSeconds,
      perSecond: tokens.embedded / seconds,
      cpuSeconds,
      seconds,
    };
    speeds.get(name)?.push(speed);
    say(
      `${name.padEnd(7)} ${String(i).padStart(3)} ${String(speed.tokens).padStart(8)} ${cpuSeconds.toFixed(1).padStart(7)} ${speed.perCpuSecond.toFixed(0).padStart(23)} ${seconds.toFixed(1).padStart(6)} s ${speed.perSecond.toFixed(0).padStart(10)}`,
    );
  }
}
forget();
const median = (name: string, of: (speed: Speed) => number): number =>
  medianOf((speeds.get(name) ?? []).map(of));
const share = (of: (speed: Speed) => number): number => median(limit, of) / median("none", of);
const byCpu = share((speed) => speed.perCpuSecond);
const byClock = share((speed) => speed.perSecond);
say(
  `${limit} against none, medians of ${runs}: ${(100 * byCpu).toFixed(1)} % by CPU time, ${(100 * byClock).toFixed(1)} % by the clock`,
);
keepRows("governor", here, [
  { job: "throughput", limit, files, byCpu, byClock, runs: Object.fromEntries(speeds) },
]);
