/* Runs a bench of its own, and gives the rows that it kept: benches write their own files, and nothing is measured twice. */
import { spawnSync } from "node:child_process";
import { loadavg } from "node:os";
import { join } from "node:path";
import { keptLines, repository } from "../common.ts";

export type Row = Record<string, unknown>;

export interface Kept {
  rows: Row[];
  /** Load before and after it. */
  load: [number, number];
}

/** @param results name of the file in bench/results that the bench writes to */
export function runBench(script: string, args: readonly string[], results: string): Kept {
  const before = keptLines(results).length;
  const now = (): number => Math.round(10 * (loadavg()[0] as number)) / 10;
  const from = now();
  const run = spawnSync(
    process.execPath,
    ["--no-warnings", join(repository, "bench", script), ...args],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  if (run.status !== 0) throw new Error(`bench/${script} ended with ${run.status}`);
  const rows = keptLines(results).slice(before);
  if (rows.length === 0) throw new Error(`bench/${script} kept no row in ${results}.jsonl`);
  return { rows: rows.map((line) => JSON.parse(line) as Row), load: [from, now()] };
}

/** The last row of a bench that was not run now, as it stands there. */
export function lastRow(results: string, fits: (row: Row) => boolean): Row {
  const row = keptLines(results)
    .map((line) => JSON.parse(line) as Row)
    .findLast(fits);
  if (row === undefined) throw new Error(`There is no such row among those of ${results}`);
  return row;
}
