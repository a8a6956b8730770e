/* What all benchmarks share: arguments, the machine, child processes, rows. */
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
} from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { withoutOwnPaths } from "./own-paths.ts";

export const repository = join(import.meta.dirname, "..");
export const work = join(repository, "build", "bench");
export const modelFolder = join(repository, "models", "all-minilm-l6-v2");

/** The value after a flag, or a fallback. */
export function argument(name: string, fallback: string): string;
export function argument(name: string): string | undefined;
export function argument(name: string, fallback?: string): string | undefined {
  const at = process.argv.indexOf(name);
  return at === -1 ? fallback : process.argv[at + 1];
}

export interface Machine {
  cpu: string;
  features: string[];
  cpus: number;
  node: string;
  date: string;
  commit: string;
  /** Processes that wanted a CPU, mean of the last minute, when the bench began. */
  load: number;
}

/** The machine a row was measured on. */
export function machine(): Machine {
  const info = readFileSync("/proc/cpuinfo", "utf8");
  const flags = new Set(/^(?:flags|Features)\s*: (.*)$/m.exec(info)?.[1]?.split(" ") ?? []);
  const named = [
    "avx2",
    "fma",
    "avx512f",
    "avx512_vnni",
    "avx_vnni",
    "amx_int8",
    "asimddp",
    "i8mm",
  ];
  const git = spawnSync("git", ["rev-parse", "--short", "HEAD"], {
    cwd: repository,
    encoding: "utf8",
  });
  return {
    cpu: `${/^model name\s*: (.*)$/m.exec(info)?.[1] ?? process.arch}, family ${/^cpu family\s*: (.*)$/m.exec(info)?.[1] ?? "?"}`,
    features: named.filter((name) => flags.has(name)),
    cpus: info.match(/^processor\s*:/gm)?.length ?? 1,
    node: process.versions.node,
    date: new Date().toISOString().slice(0, 10),
    commit: git.stdout.trim(),
    load: Math.round(10 * (loadavg()[0] as number)) / 10,
  };
}

export function printMachine(): Machine {
  const here = machine();
  say(
    `${here.cpu}: ${here.cpus} CPUs, ${here.features.join(" ")}; Node ${here.node}; ${here.date}, commit ${here.commit}; load ${here.load}`,
  );
  return here;
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Appends rows to bench/results/<name>.jsonl, without paths of this machine. Nothing else writes there. */
export function keepRows(name: string, here: Machine, rows: object[]): void {
  const folder = join(repository, "bench", "results");
  mkdirSync(folder, { recursive: true });
  for (const row of rows) {
    const kept = withoutOwnPaths({ ...here, ...row }, repository);
    appendFileSync(join(folder, `${name}.jsonl`), `${JSON.stringify(kept)}\n`);
  }
}

/** The rows that were kept so far, a line each. */
export function keptLines(name: string): string[] {
  const file = join(repository, "bench", "results", `${name}.jsonl`);
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
}

/** Runs a script in a process of its own and reads the JSON it prints last. */
export function runChild<T>(script: string, args: string[], env: NodeJS.ProcessEnv = {}): T {
  const run = spawnSync(process.execPath, ["--no-warnings", script, ...args], {
    encoding: "utf8",
    env: { ...process.env, ...env },
    maxBuffer: 2 ** 28,
  });
  if (run.status !== 0) throw new Error(`${script} ${args.join(" ")}: ${run.stderr}`);
  return JSON.parse(run.stdout.trim().split("\n").at(-1) ?? "") as T;
}

/** Peak resident memory of this process, bytes. */
export function peakRss(): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? 0) * 1024;
}

/** Installs the rivals once. @param only those that have to be there; undefined: all */
export function needRivals(only?: readonly string[]): string {
  const folder = join(repository, "bench", "rivals");
  const { dependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const isThere = (name: string): boolean => existsSync(join(folder, "node_modules", name));
  if (!(only ?? Object.keys(dependencies as object)).every(isThere)) {
    say("installing the rivals");
    const run = spawnSync(
      "npm",
      ["install", "--ignore-scripts", "--no-save", "--no-package-lock", "--loglevel=error"],
      { cwd: folder, stdio: "inherit" },
    );
    if (run.status !== 0) throw new Error("the rivals could not be installed");
  }
  return join(folder, "node_modules");
}

/** Functions of the evaluation set, or blocks of the source files of a tree. */
export function sourceTexts(count: number): string[] {
  const data = argument("--data");
  if (data !== undefined) {
    const map = JSON.parse(readFileSync(join(data, "cosqa", "code_idx_map.txt"), "utf8"));
    return Object.keys(map).slice(0, count);
  }
  const tree = argument("--tree", join(repository, "src"));
  const texts: string[] = [];
  for (const file of filesBelow(tree)) {
    for (const block of readFileSync(file, "utf8").split(/\n\n(?=\S)/)) {
      if (block.length > 20) texts.push(block);
      if (texts.length === count) return texts;
    }
  }
  return texts;
}

export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|js|py|c|cc|h|md)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => statSync(path).size < 1_000_000)
    .sort();
}
