/*
 * Does --max-memory hold? Real processes, watched from outside.
 *   node bench/governor/ceiling.ts [--limits 192MB,256MB,512MB] [--runs 3] [--files 3000]
 *     [--jobs index,search,mixed,watch] [--seconds 30]
 * A row passes when the peak of the process itself (VmHWM) and the sampled peak of all our processes
 * together stay below the limit in every run. Build first: it runs dist/.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseSize } from "../../src/config/values.ts";
import { argument, keepRows, printMachine, repository, say, work } from "../common.ts";
import { madeUpTree } from "./tree.ts";
import { type Peaks, watchProcess } from "./watch-process.ts";

const bin = join(repository, "bin", "haypile.cjs");
const limits = argument("--limits", "192MB,256MB,512MB").split(",");
const jobs = argument("--jobs", "index,search,mixed,watch").split(",");
const runs = Number(argument("--runs", "3"));
const seconds = Number(argument("--seconds", "30"));
const tree = madeUpTree(Number(argument("--files", "3000")));
const data = join(work, "governor-data");
const env = {
  ...process.env,
  HAYPILE_DATA_DIR: data,
  HAYPILE_CACHE_DIR: join(work, "graphs"),
};

interface Run {
  peaks: Peaks;
  code: number | null;
  seconds: number;
  stderr: string;
}

/** Runs a process to its end, or tells it to end after a time. */
function watched(
  args: string[],
  during?: (child: ChildProcess, said: () => string) => Promise<void>,
): Promise<Run> {
  const start = performance.now();
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "ignore", "pipe"] });
  const watch = watchProcess(child.pid as number);
  let stderr = "";
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  const work = during?.(child, () => stderr);
  return new Promise((resolve) => {
    child.on("close", async (code) => {
      const peaks = watch.stop();
      await work;
      resolve({ peaks, code, stderr, seconds: (performance.now() - start) / 1000 });
    });
  });
}

const fresh = (): void => rmSync(data, { recursive: true, force: true });
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** A copy that may be written to. */
function copyOfTree(): string {
  const copy = join(work, "governor-tree");
  rmSync(copy, { recursive: true, force: true });
  cpSync(tree, copy, { recursive: true });
  return copy;
}

async function write(folder: string, ms: number): Promise<void> {
  const end = performance.now() + ms;
  for (let i = 0; performance.now() < end; i += 1) {
    const lines = `def written_${i}(a):\n    return a + ${i}\n\n\n`.repeat(20);
    writeFileSync(join(folder, `part${i % 40}`, `file${(i * 41) % 3000}.py`), lines);
    await pause(100);
  }
}

async function job(name: string, limit: string): Promise<Run> {
  const bound = limit === "none" ? [] : ["--max-memory", limit];
  const index = ["index", tree, "--json", "--no-embedding-cache"];
  switch (name) {
    case "index":
      fresh();
      return await watched([bin, ...index, ...bound]);
    case "search":
      return await watched([bin, "search", "where the cache is dropped", "--path", tree, ...bound]);
    case "watch": {
      const copy = copyOfTree();
      return await watched(
        [bin, "watch", copy, "--no-embedding-cache", ...bound],
        async (child, said) => {
          while (child.exitCode === null && !said().includes("watching")) await pause(50);
          await write(copy, (seconds * 1000) / 3);
          await pause(1000);
          child.kill("SIGINT");
        },
      );
    }
    case "mixed": {
      const copy = copyOfTree();
      const script = join(import.meta.dirname, "mixed.mjs");
      return await watched([
        script,
        copy,
        String(parseSize(limit === "none" ? "1GB" : limit)),
        String(seconds),
      ]);
    }
    default:
      throw new Error(`no job ${name}`);
  }
}

const mb = (bytes: number): string => (bytes / 1e6).toFixed(1);
const here = printMachine();
say("limit   job     run    own peak  together  sum of RSS  largest child   time");
for (const limit of limits) {
  const bytes = limit === "none" ? Number.POSITIVE_INFINITY : (parseSize(limit) ?? Number.NaN);
  for (const name of jobs) {
    let passed = true;
    const rows: Run[] = [];
    for (let i = 1; i <= runs; i += 1) {
      const run = await job(name, limit);
      rows.push(run);
      const { ownBytes, togetherBytes, sumBytes, childBytes } = run.peaks;
      const good = run.code === 0 && ownBytes <= bytes && togetherBytes <= bytes;
      passed &&= good;
      say(
        `${limit.padEnd(7)} ${name.padEnd(7)} ${i} ${good ? "pass" : "FAIL"} ${mb(ownBytes).padStart(9)} ${mb(togetherBytes).padStart(9)} ${mb(sumBytes).padStart(11)} ${mb(childBytes).padStart(14)} ${run.seconds.toFixed(1).padStart(6)} s${run.code === 0 ? "" : ` exit ${run.code}: ${run.stderr.trim().split("\n").at(-1)}`}`,
      );
    }
    const own = rows.map(({ peaks }) => peaks.ownBytes);
    const spread = (Math.max(...own) - Math.min(...own)) / Math.max(...own);
    say(
      `${limit.padEnd(7)} ${name.padEnd(7)} ${passed ? "PASS" : "FAIL"}   spread ${(100 * spread).toFixed(1)} %`,
    );
    keepRows("governor", here, [
      {
        limit,
        job: name,
        passed,
        spread,
        runs: rows.map(({ peaks, code, seconds }) => ({ ...peaks, code, seconds })),
      },
    ]);
  }
}
