/* Runs a bench of its own, and gives the rows that it kept: benches write their own files, and nothing is measured twice. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { repository } from "../common.ts";

export type Row = Record<string, unknown>;

const linesOf = (results: string): string[] => {
  const file = join(repository, "bench", "results", `${results}.jsonl`);
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
};

export interface Kept {
  rows: Row[];
  /** Load before and after it. */
  load: [number, number];
}

/** @param results name of the file in bench/results that the bench writes to */
export function runBench(script: string, args: readonly string[], results: string): Kept {
  const before = linesOf(results).length;
  const now = (): number => Math.round(10 * (loadavg()[0] as number)) / 10;
  const from = now();
  const run = spawnSync(
    process.execPath,
    ["--no-warnings", join(repository, "bench", script), ...args],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  if (run.status !== 0) throw new Error(`bench/${script} ended with ${run.status}`);
  const rows = linesOf(results).slice(before);
  if (rows.length === 0) throw new Error(`bench/${script} kept no row in ${results}.jsonl`);
  return { rows: rows.map((line) => JSON.parse(line) as Row), load: [from, now()] };
}

/** The last row of a bench that was not run now, as it stands there. */
export function lastRow(results: string, fits: (row: Row) => boolean): Row {
  const row = linesOf(results)
    .map((line) => JSON.parse(line) as Row)
    .findLast(fits);
  if (row === undefined) throw new Error(`bench/results/${results}.jsonl has no such row`);
  return row;
}
