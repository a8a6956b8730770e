/*
 * What a person at a terminal waits for, and what the machine holds meanwhile: whole processes of `haypile recall` and
 * `haypile search` through a daemon whose model is resident, the same with --here, and bare Node, in turn. Runs what is
 * built (dist).
 *
 *   node bench/daemon/commands.ts [--rounds 20] [--tree src/base] [--keep]
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { argument, keepRows, printMachine, repository, say, work } from "../common.ts";

const rounds = Number(argument("--rounds", "20"));
const tree = argument("--tree", join(repository, "src", "base"));
const data = join(work, "commands");
const bin = join(repository, "bin", "haypile.cjs");
const env = { ...process.env, HAYPILE_DATA_DIR: data, XDG_RUNTIME_DIR: "" };
const search = ["search", "where errors are listed", "--path", tree];
const recall = ["recall", "when does the ferry leave"];
const ways: Record<string, string[]> = {
  "node -e 0": ["-e", "0"],
  "recall, daemon": [bin, ...recall],
  "recall --here": [bin, ...recall, "--here"],
  "search, daemon": [bin, ...search],
  "search --here": [bin, ...search, "--here"],
};

rmSync(data, { recursive: true, force: true });
mkdirSync(data, { recursive: true });

/** Loaded into each process: tells at its end, at file descriptor 3, its peak of resident memory and its processor time. */
const teller = join(data, "tell-peak.cjs");
writeFileSync(
  teller,
  `const fs = require("fs");
process.on("exit", () => {
  const { user, system } = process.cpuUsage();
  const [, kilobytes] = /VmHWM:\\s+(\\d+)/.exec(fs.readFileSync("/proc/self/status", "latin1"));
  fs.writeSync(3, JSON.stringify({ peakBytes: kilobytes * 1024, cpuMs: (user + system) / 1000 }));
});
`,
);

interface Run {
  ms: number;
  cpuMs: number;
  peakBytes: number;
}

/** From the start of the process until it has ended and all that it wrote has come. */
async function measure(args: readonly string[]): Promise<Run> {
  const began = performance.now();
  const child = spawn(process.execPath, ["--require", teller, ...args], {
    env,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const [, out, err, told] = child.stdio;
  const said = Promise.all([out, err, told].map((one) => text(one as NodeJS.ReadableStream)));
  const code = await new Promise((resolve) => child.once("close", resolve));
  const ms = performance.now() - began;
  const [, stderr = "", facts = ""] = await said;
  if (code !== 0) throw new Error(`${args.join(" ")}: ${code} ${stderr}`);
  if (stderr.includes("in this process")) throw new Error(`${args.join(" ")}: ${stderr}`);
  return { ms, ...(JSON.parse(facts) as { peakBytes: number; cpuMs: number }) };
}

function haypile(...args: string[]): void {
  const run = spawnSync(process.execPath, [bin, ...args], { env, encoding: "utf8" });
  if (run.status !== 0) throw new Error(`${args.join(" ")}: ${run.stderr}`);
}

const sorted = (values: number[]): number[] => values.toSorted((a, b) => a - b);
const at = (values: number[], share: number): number =>
  sorted(values)[Math.min(values.length - 1, Math.floor(values.length * share))] as number;

const here = printMachine();
say(`load ${loadavg()[0]?.toFixed(1)}, ${rounds} rounds, tree ${tree}`);
haypile("start");
try {
  haypile("index", tree, "--quiet");
  for (const fact of ["The ferry leaves at six.", "The bakery is shut on Mondays."]) {
    haypile("remember", fact);
  }
  const runs = Object.entries(ways).map(([name, args]) => ({ name, args, runs: [] as Run[] }));
  // The model is loaded, the caches of the system are warm.
  for (const { args } of runs) await measure(args);
  for (let i = 0; i < rounds; i++) {
    for (const one of runs) one.runs.push(await measure(one.args));
  }
  const rows = runs.map(({ name, runs: all }) => {
    const times = all.map(({ ms }) => ms);
    const cpu = all.map(({ cpuMs }) => cpuMs);
    const peaks = all.map(({ peakBytes }) => peakBytes);
    const inMs = (ms: number): string => `${ms.toFixed(0)} ms`;
    const of = (values: number[], show: (value: number) => string): string =>
      `${show(at(values, 0.5))} (${show(at(values, 0))} to ${show(at(values, 1))})`;
    say(
      `${name}: ${of(times, inMs)}, processor time ${of(cpu, inMs)}, peak RSS ${of(peaks, (bytes) => `${(bytes / 1e6).toFixed(1)} MB`)}`,
    );
    const load = loadavg()[0];
    return { name, ms: sorted(times), cpuMs: sorted(cpu), peakBytes: sorted(peaks), load };
  });
  if (process.argv.includes("--keep")) keepRows("daemon-commands", here, rows);
} finally {
  haypile("stop");
}
