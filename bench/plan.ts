/*
 * How far `haypile plan` is off: real trees are indexed and made-up memories kept, each in processes and data of their own,
 * and what they took is compared with what was foretold from their number of files, and from their text as well.
 *
 *   node bench/plan.ts --trees DIR,DIR --memories 500,2000 [--keep]
 *
 * CPU time is that of the whole family of processes, so it holds on a busy machine; memory is the kernel's own peak.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import type { IndexResult } from "../src/ports/answers/index-run.ts";
import type { Plan } from "../src/ports/answers/plan.ts";
import { argument, keepRows, printMachine, repository, say, work } from "./common.ts";

const bin = join(repository, "bin", "haypile.cjs");
const base = join(work, "plan");

interface Measured {
  cpuSeconds: number;
  diskBytes: number;
  peakBytes: number;
}

interface Row {
  what: string;
  from: string;
  foretold: Measured;
  measured: Measured;
}

const here = printMachine();
const rows: Row[] = [];
const trees = argument("--trees", join(repository, "src", "engine")).split(",");
for (const tree of trees.filter((one) => one !== "")) measureTree(tree);
const counts = argument("--memories", "500,2000")
  .split(",")
  .filter((one) => one !== "");
for (const count of counts) measureMemories(Number(count));
for (const { what, from, foretold, measured } of rows) {
  const words = (["cpuSeconds", "diskBytes", "peakBytes"] as const).map((key) => {
    const scale = key === "cpuSeconds" ? 1 : 1e6;
    const off = (foretold[key] / measured[key] - 1) * 100;
    const is = (value: number): string => (value / scale).toFixed(1);
    return `${key} ${is(foretold[key])} for ${is(measured[key])} (${off > 0 ? "+" : ""}${off.toFixed(0)} %)`;
  });
  say(`${what}, foretold from ${from}: ${words.join(", ")}`);
}
const [load = 0] = loadavg();
say(`load average ${load.toFixed(1)}`);
if (process.argv.includes("--keep"))
  keepRows(
    "plan",
    here,
    rows.map((row) => ({ ...row, load })),
  );

function measureTree(tree: string): void {
  const env = place("index");
  const said = timed([bin, "index", tree, "--here", "--json", "--quiet"], env);
  const { files, bytesRead } = JSON.parse(said.stdout) as IndexResult;
  const measured = { ...said.measured, diskBytes: bytesBelow(base) };
  const what = `${tree.split("/").at(-1)}: ${files.new} files, ${(bytesRead / 1e6).toFixed(2)} MB`;
  const flags = ["--files", String(files.new)];
  compare(what, "files", flags, measured);
  compare(what, "files and size", [...flags, "--size", String(bytesRead)], measured);
}

function measureMemories(count: number): void {
  const env = place("memories");
  const path = join(base, "notes.jsonl");
  const lines = sentences(count);
  writeFileSync(path, lines.map((text) => JSON.stringify({ text })).join("\n"));
  const { measured, stdout } = timed([join(import.meta.dirname, "plan-memories.mjs"), path], env);
  rmSync(path);
  say(
    `${count} memories hold ${(JSON.parse(stdout).residentBytes / count).toFixed(0)} bytes each in RAM`,
  );
  const chars = Math.round(lines.reduce((sum, one) => sum + one.length, 0) / count);
  const flags = ["--memories", String(count), "--chars", String(chars)];
  compare(`${count} memories of ${chars} characters`, "both", flags, {
    ...measured,
    diskBytes: bytesBelow(base),
  });
}

/** Pieces of about 200 characters of what people wrote: the docs of this repository, no two alike. */
function sentences(count: number): string[] {
  const folder = join(repository, "docs");
  const words = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .sort()
    .flatMap((name) => readFileSync(join(folder, name), "utf8").split(/\s+/));
  const found = new Set<string>();
  let at = 0;
  while (found.size < count) {
    let text = "";
    while (text.length < 200) {
      const word = words[at];
      if (word === undefined) throw new Error(`the docs have only ${found.size} pieces`);
      text += text === "" ? word : ` ${word}`;
      at += 1;
    }
    found.add(text);
  }
  return [...found];
}

function compare(what: string, from: string, flags: string[], measured: Measured): void {
  const run = spawnSync(process.execPath, [bin, "plan", ...flags, "--json"], { encoding: "utf8" });
  if (run.status !== 0) throw new Error(run.stderr);
  const { cpuSeconds, diskBytes, peakBytes } = JSON.parse(run.stdout) as Plan;
  rows.push({ what, from, foretold: { cpuSeconds, diskBytes, peakBytes }, measured });
}

/** CPU time of the command and all it started, and the peak of the largest of its processes. */
function timed(args: string[], env: NodeJS.ProcessEnv): { stdout: string; measured: Measured } {
  const script = `
import json, resource, subprocess, sys
run = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"status": run.returncode, "out": run.stdout.decode(), "cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss}))`;
  const run = spawnSync("python3", ["-c", script, process.execPath, ...args], {
    encoding: "utf8",
    env,
    maxBuffer: 2 ** 28,
  });
  const said = JSON.parse(run.stdout) as { status: number; out: string; cpu: number; peak: number };
  if (said.status !== 0) throw new Error(`${args.join(" ")}: ${run.stderr}`);
  const measured = { cpuSeconds: said.cpu, peakBytes: said.peak * 1_024, diskBytes: 0 };
  return { stdout: said.out, measured };
}

function place(name: string): NodeJS.ProcessEnv {
  rmSync(base, { recursive: true, force: true });
  mkdirSync(base, { recursive: true });
  const env = { ...process.env, XDG_RUNTIME_DIR: "", HAYPILE_CONFIG_DIR: join(base, "config") };
  return { ...env, HAYPILE_DATA_DIR: join(base, name), HAYPILE_CACHE_DIR: join(base, "cache") };
}

/** What lies in files that stay: no log, no record of activity. */
function bytesBelow(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".db"))
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
