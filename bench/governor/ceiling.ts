/*
 * Does --max-memory hold? Real processes, watched from outside.
 *   node bench/governor/ceiling.ts [--limits 192MB,256MB,512MB] [--runs 3] [--files 3000]
 *     [--jobs index,search,load,first-load,mixed,watch] [--seconds 30]
 * "load" loads the model and embeds one query, "first-load" also makes the optimised graph, "mixed" indexes, then
 * searches and writes at once for so many seconds, "watch" writes beside the command for a third of them.
 * A run passes when the peak of the process itself (VmHWM) and the sampled peak of all our processes
 * together stay below the limit. Build first: it runs dist/.
 */
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseSize } from "../../src/config/options/values.ts";
import { argument, keepRows, printMachine, say, work } from "../common.ts";
import { bin, coldIndex, forget, mb, type Run, spreadOf, watched } from "./process.ts";
import { madeUpTree } from "./tree.ts";

const limits = argument("--limits", "192MB,256MB,512MB").split(",");
const jobs = argument("--jobs", "index,search,load,first-load,mixed,watch").split(",");
const runs = Number(argument("--runs", "3"));
const seconds = Number(argument("--seconds", "30"));
const files = Number(argument("--files", "3000"));
const tree = madeUpTree(files);

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

/** Of the library's jobs, which take a number: no limit is one that nothing reaches. */
const inBytes = (limit: string): string => String(parseSize(limit === "none" ? "1GB" : limit));

async function job(name: string, limit: string): Promise<Run> {
  const bound = limit === "none" ? [] : ["--max-memory", limit];
  switch (name) {
    case "index":
      return await coldIndex(tree, limit);
    case "load":
      return await watched([join(import.meta.dirname, "load.mjs"), tree, inBytes(limit)]);
    case "first-load": {
      const empty = join(work, `no-graphs-${process.pid}`);
      rmSync(empty, { recursive: true, force: true });
      const script = join(import.meta.dirname, "load.mjs");
      return await watched([script, tree, inBytes(limit)], undefined, { HAYPILE_CACHE_DIR: empty });
    }
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
      // As docs/memory-limits.md tells programs that use the library under a low limit.
      return await watched([
        "--max-semi-space-size=1",
        script,
        copy,
        inBytes(limit),
        String(seconds),
      ]);
    }
    default:
      throw new Error(`no job ${name}`);
  }
}

const here = printMachine();
say("limit   job     run    own peak  together  sum of RSS  largest child   time");
for (const limit of limits) {
  const bytes = limit === "none" ? Number.POSITIVE_INFINITY : (parseSize(limit) ?? Number.NaN);
  for (const name of jobs) {
    let kept = 0;
    const rows: Run[] = [];
    for (let i = 1; i <= runs; i += 1) {
      const run = await job(name, limit);
      rows.push(run);
      const { ownBytes, togetherBytes, sumBytes, childBytes } = run.peaks;
      const good = run.code === 0 && ownBytes <= bytes && togetherBytes <= bytes;
      if (good) kept += 1;
      say(
        `${limit.padEnd(7)} ${name.padEnd(7)} ${i} ${good ? "pass" : "FAIL"} ${mb(ownBytes).padStart(9)} ${mb(togetherBytes).padStart(9)} ${mb(sumBytes).padStart(11)} ${mb(childBytes).padStart(14)} ${run.seconds.toFixed(1).padStart(6)} s${run.code === 0 ? "" : ` exit ${run.code}: ${run.stderr.trim().split("\n").at(-1)}`}`,
      );
    }
    const spread = spreadOf(rows.map(({ peaks }) => peaks.ownBytes));
    const together = rows.map(({ peaks }) => peaks.togetherBytes);
    say(
      `${limit.padEnd(7)} ${name.padEnd(7)} kept in ${kept} of ${runs} runs; spread ${(100 * spread).toFixed(1)} %, room left ${((100 * (bytes - Math.max(...together))) / bytes).toFixed(0)} %`,
    );
    keepRows("governor", here, [
      {
        limit,
        job: name,
        files,
        kept,
        spread,
        runs: rows.map(({ peaks, code, seconds }) => ({ ...peaks, code, seconds })),
      },
    ]);
  }
}
forget();
