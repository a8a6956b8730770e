/*
 * The receipt of memory in real states, and what the advice in it comes to. Each state is a process of
 * its own (test/helpers/footprint-states.ts) over the same folder.
 *
 *   node bench/receipt.ts [--tree DIR] [--runs 3]
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { FootprintReport } from "../src/index.ts";
import { argument, keepRows, printMachine, say } from "./common.ts";

const folder = resolve(argument("--tree", "src"));
const runs = Number(argument("--runs", "3"));
const here = printMachine();
const rows: object[] = [];
const scratch = mkdtempSync(join(tmpdir(), "haypile-bench-receipt-"));
const helper = resolve("test/helpers/footprint-states.ts");

const ways: { name: string; state: string; env?: Record<string, string>; flags?: string[] }[] = [
  { name: "cold", state: "cold" },
  { name: "model loaded", state: "model" },
  { name: "after indexing", state: "index" },
  { name: "after indexing, MALLOC_ARENA_MAX=2", state: "index", env: { MALLOC_ARENA_MAX: "2" } },
  {
    name: "after indexing, small heap",
    state: "index",
    flags: ["--max-semi-space-size=2", "--optimize-for-size"],
  },
  { name: "after indexing, static model", state: "static" },
];

say(
  "| state | resident MB | unaccounted | efficiency | peak MB | kept by malloc MB | heap MB |\n|---|---|---|---|---|---|---|",
);
for (const { name, state, env, flags = [] } of ways) {
  const reports = Array.from({ length: runs }, (_, run) => {
    const database = join(scratch, `${state}${run}.db`);
    const child = spawnSync(process.execPath, [...flags, helper, state, folder, database], {
      env: { ...process.env, ...env },
      encoding: "utf8",
    });
    if (child.status !== 0) throw new Error(child.stderr);
    for (const ending of ["", "-wal", "-shm"]) rmSync(`${database}${ending}`, { force: true });
    // The state "model" also reports before and after; the second is the one with the model.
    const lines = child.stdout.trim().split("\n");
    return JSON.parse(lines[state === "cold" ? 0 : 1] ?? (lines[0] as string)) as FootprintReport;
  });
  const of = (value: (report: FootprintReport) => number): number =>
    reports.map(value).sort((a, b) => a - b)[Math.floor(runs / 2)] as number;
  const owner = (wanted: string) => (report: FootprintReport) =>
    (report.owners.find((one) => one.owner === wanted)?.bytes ?? 0) / 1e6;
  const row = {
    state: name,
    residentMb: of(({ totalBytes }) => totalBytes / 1e6),
    unaccountedShare: of(({ unaccountedBytes, totalBytes }) => unaccountedBytes / totalBytes),
    efficiency: of(({ efficiency }) => efficiency.score),
    peakMb: of(({ process }) => process.peakRssBytes / 1e6),
    keptByMallocMb: of(owner("kept by malloc")),
    heapMb: of(owner("JavaScript heap")),
  };
  rows.push({ ...row, runs });
  say(
    `| ${name} | ${row.residentMb.toFixed(0)} | ${(100 * row.unaccountedShare).toFixed(1)} % | ${row.efficiency} | ${row.peakMb.toFixed(0)} | ${row.keptByMallocMb.toFixed(1)} | ${row.heapMb.toFixed(1)} |`,
  );
}
rmSync(scratch, { recursive: true, force: true });
keepRows("memory-receipt", here, rows);
