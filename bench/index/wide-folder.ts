/*
 * One folder with very many small files: time, memory and the longest time the event loop was held up, for
 * the first index (words, symbols and static vectors), and for a run over the unchanged folder.
 *
 *   node bench/index/wide-folder.ts [--files 100000]
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argument, keepRows, printMachine, say, work } from "../common.ts";

const base = join(work, "wide");
const tree = join(base, "tree");

interface Row {
  files: number;
  ms: number;
  peakRssBytes: number;
  longestHoldMs: number;
}

/** Runs in a process of its own, so that its memory is its own. */
async function measure(): Promise<void> {
  const { open } = await import("../../src/engine/open.ts");
  const engine = await open({ folder: tree, database: join(base, "wide.db") });
  let longestHoldMs = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    longestHoldMs = Math.max(longestHoldMs, now - last);
    last = now;
  }, 1);
  const report = await engine.index({ fillIn: "off" });
  clearInterval(timer);
  const { peakRssBytes } = engine.footprint().process;
  const { total: ms } = report.timesMs;
  await engine.close();
  const row: Row = { files: report.files.seen, ms, peakRssBytes, longestHoldMs };
  process.stdout.write(JSON.stringify(row));
}

function inChild(): Row {
  const ended = spawnSync(process.execPath, [import.meta.filename, "--child"], {
    encoding: "utf8",
  });
  if (ended.status !== 0) throw new Error(ended.stderr);
  return JSON.parse(ended.stdout) as Row;
}

if (process.argv.includes("--child")) await measure();
else {
  const here = printMachine();
  const count = Number(argument("--files", "100000"));
  rmSync(base, { recursive: true, force: true });
  mkdirSync(tree, { recursive: true });
  for (let i = 0; i < count; i += 1) {
    writeFileSync(join(tree, `f${i}.py`), `def function_${i}(first):\n    return first * ${i}\n`);
  }
  const rows = ["first", "unchanged"].map((run) => ({ run, ...inChild() }));
  for (const { run, files, ms, peakRssBytes, longestHoldMs } of rows) {
    say(
      `${run}: ${files} files in ${(ms / 1000).toFixed(1)} s, peak RSS ${(peakRssBytes / 1e6).toFixed(0)} MB, event loop held up ${longestHoldMs.toFixed(0)} ms at most`,
    );
  }
  keepRows("wide-folder", here, rows);
  rmSync(base, { recursive: true, force: true });
}
