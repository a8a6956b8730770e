/*
 * The vector scan: each kernel by instruction set, the index's search, and a search as JavaScript
 * sees it. The C++ part is a program of its own, since the addon shows only the best kernels.
 *
 *   node bench/scan.ts
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { VectorScan } from "../src/native/vector-scan.ts";
import { keepRows, printMachine, repository, say } from "./common.ts";

interface Row {
  what: string;
  isa: string;
  rows: number;
  /** Medians of 15 runs. */
  ms: number;
  leastMs: number;
  gbPerSecond: number;
}

function run(command: string, ...args: string[]): string {
  const ended = spawnSync(command, args, { cwd: repository, encoding: "utf8" });
  if (ended.status === 0) return ended.stdout;
  throw new Error(
    `${command} ${args.join(" ")}: ${ended.stdout}${ended.stderr}${ended.error ?? ""}`,
  );
}

/** Builds and runs test/native/scan_bench.cc. */
function nativeRows(): Row[] {
  const folder = join("build", "tests");
  run("cmake", "-S", ".", "-B", folder, "-G", "Ninja", "-DNATIVE_TESTS=ON");
  run("cmake", "--build", folder, "--target", "scan_bench");
  const lines = run(join(repository, folder, "test", "native", "scan_bench"))
    .trim()
    .split("\n");
  return lines.map((line) => JSON.parse(line) as Row);
}

async function addonRow(rows: number): Promise<Row> {
  const scan = new VectorScan(384);
  const bits = new Uint8Array(rows * 48);
  for (let at = 0; at < bits.length; at += 65_536) {
    crypto.getRandomValues(bits.subarray(at, at + 65_536));
  }
  scan.append(
    Uint32Array.from({ length: rows }, (_, i) => i),
    bits,
  );
  const mean = new Float32Array(384);
  const times: number[] = [];
  for (let i = 0; i < 16; i += 1) {
    const query = Float32Array.from({ length: 384 }, () => Math.random() - 0.5);
    const start = performance.now();
    await scan.search(query, mean, 1000);
    if (i > 0) times.push(performance.now() - start);
  }
  scan.close();
  times.sort((a, b) => a - b);
  const ms = times[7] as number;
  return {
    what: "VectorScan.search, r = 1000",
    isa: "best",
    rows,
    ms,
    leastMs: times[0] as number,
    gbPerSecond: (rows * 48) / ms / 1e6,
  };
}

const here = printMachine();
const rows = [...nativeRows(), await addonRow(100_000), await addonRow(1_000_000)];
for (const row of rows) {
  say(
    `${row.what.padEnd(44)} ${row.isa.padEnd(7)} ${String(row.rows).padStart(8)} rows ${row.ms.toFixed(2).padStart(8)} ms (least ${row.leastMs.toFixed(2)}) ${row.gbPerSecond.toFixed(1).padStart(6)} GB/s`,
  );
}
keepRows("scan", here, rows);
