/* What the benches of the memory limit share: the command in a process of its own, watched from outside. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { repository, work } from "../common.ts";
import { type Peaks, watchProcess } from "./watch-process.ts";

export const bin = join(repository, "bin", "haypile.cjs");
/** Each bench says whose folder it uses, so that two may run at once. */
const data = join(work, `governor-data-${process.pid}`);
export const env: NodeJS.ProcessEnv = {
  ...process.env,
  HAYPILE_DATA_DIR: data,
  HAYPILE_CACHE_DIR: join(work, "graphs"),
};

export interface Run {
  peaks: Peaks;
  code: number | null;
  seconds: number;
  /** User and system time, seconds, of the process and of those of its children that have ended. */
  cpuSeconds: number;
  stdout: string;
  stderr: string;
}

/** Runs a process to its end, or tells it to end after a time. */
export function watched(
  args: string[],
  during?: (child: ChildProcess, said: () => string) => Promise<void>,
  moreEnv: NodeJS.ProcessEnv = {},
): Promise<Run> {
  const start = performance.now();
  const child = spawn(process.execPath, args, {
    env: { ...env, ...moreEnv },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const pid = child.pid as number;
  const watch = watchProcess(pid);
  let cpuSeconds = 0;
  const clock = setInterval(() => {
    cpuSeconds = cpuSecondsOf(pid) ?? cpuSeconds;
  }, 20);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (text) => {
    stdout += text;
  });
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  const told = during?.(child, () => stderr);
  return new Promise((resolve) => {
    child.on("close", async (code) => {
      const peaks = watch.stop();
      clearInterval(clock);
      await told;
      const seconds = (performance.now() - start) / 1000;
      resolve({ peaks, code, stdout, stderr, seconds, cpuSeconds });
    });
  });
}

/** The next run begins without an index. */
export function forget(): void {
  rmSync(data, { recursive: true, force: true });
}

/** A cold index of a tree; `limit` as --max-memory takes it, or "none". */
export async function coldIndex(
  tree: string,
  limit: string,
  nodeFlags: string[] = [],
  moreEnv: NodeJS.ProcessEnv = {},
): Promise<Run> {
  forget();
  const bound = limit === "none" ? [] : ["--max-memory", limit];
  const command = [bin, "index", tree, "--json", "--no-embedding-cache", ...bound];
  return await watched([...nodeFlags, ...command], undefined, moreEnv);
}

/** User and system time so far, ended children included; undefined when the process is gone. */
function cpuSecondsOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
  } catch {
    return undefined;
  }
}

/** Highest minus lowest, as a share of the median. */
export function spreadOf(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / medianOf(values);
}

export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

export function mb(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
