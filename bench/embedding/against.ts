/*
 * The embedder of this checkout against that of another one, both built, one worker each, in turns: tokens per
 * CPU-second of the whole path (texts to vectors), peak memory, time to the first vector; and the share of what
 * byte products can reach on this core.
 *   node bench/embedding/against.ts --other DIR [--data DIR | --tree DIR] [--texts 640] [--rounds 3] [--isa avx2]
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readTokenizer } from "../../src/models/tokenizer-json.ts";
import { loadBinding } from "../../src/native/load.ts";
import {
  argument,
  keepRows,
  modelFolder,
  printMachine,
  repository,
  runChild,
  say,
  sourceTexts,
  work,
} from "../common.ts";
import { setsOf } from "./sets.ts";

interface Measured {
  cpuSeconds: number;
  peakRss: number;
  coldMs: number;
}

/** Linear layers of MiniLM-L6: 2 × 6 × (4 × 384² + 2 × 384 × 1536) operations a token. */
const operationsPerToken = 2 * 6 * (4 * 384 * 384 + 2 * 384 * 1536);

/** 10⁹ operations a second that a core reaches with byte products over registers alone, by path. */
function peaks(): Map<string, number> {
  const folder = join(repository, "build", "tests");
  const bench = join(folder, "test", "native", "encoder_bench");
  for (const step of [
    ["-S", repository, "-B", folder, "-G", "Ninja", "-DNATIVE_TESTS=ON"],
    ["--build", folder, "--target", "encoder_bench"],
  ]) {
    const made = spawnSync("cmake", step, { encoding: "utf8" });
    if (made.status !== 0) throw new Error(made.stdout + made.stderr);
  }
  const run = spawnSync(bench, [join(modelFolder, "weights.bin"), "peak"], { encoding: "utf8" });
  if (run.status !== 0) throw new Error(run.stderr);
  const rows = run.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { path: string; peakGops: number });
  return new Map(rows.map((row) => [row.path, row.peakGops]));
}

const median = (values: number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

async function main(): Promise<void> {
  const other = argument("--other");
  if (other === undefined) throw new Error("expected --other DIR, a built checkout");
  const here = printMachine();
  mkdirSync(work, { recursive: true });
  const tokenizer = await readTokenizer(join(modelFolder, "tokenizer.json"));
  if (tokenizer.kind !== "wordpiece") throw new Error("expected WordPiece");
  const counter = new (loadBinding().Tokenizer)(tokenizer.spec);
  const isa = argument("--isa", "auto");
  const path = isa === "auto" ? (loadBinding().encoderPaths().at(-1) ?? "") : isa;
  const peak = peaks().get(path) ?? 0;
  say(`instructions: ${path}; byte products over registers alone: ${peak.toFixed(0)} GOP/s`);
  const contender = join(import.meta.dirname, "contender.mjs");
  const sides = {
    other: { name: "haypile, 1 worker", env: { BENCH_CHECKOUT: other } },
    direct: { name: "haypile, 1 worker", env: { HAYPILE_ISA: isa } },
    onnx: { name: "haypile, 1 worker, onnx", env: { HAYPILE_ISA: isa } },
  };
  const rows: object[] = [];
  for (const [set, texts] of Object.entries(
    setsOf(sourceTexts(Number(argument("--texts", "640")))),
  )) {
    const tokens = texts.reduce((sum, text) => sum + counter.encode(text, 256).length, 0);
    const file = join(work, `texts-${set}.json`);
    writeFileSync(file, JSON.stringify(texts));
    const found: Record<string, Measured[]> = { other: [], direct: [], onnx: [] };
    for (let round = 0; round < Number(argument("--rounds", "3")); round += 1) {
      for (const [side, { name, env }] of Object.entries(sides)) {
        found[side]?.push(runChild<Measured>(contender, [name, file, repository], env));
      }
    }
    say(`\n${set}: ${texts.length} texts, ${tokens} tokens`);
    say(
      `${"side".padEnd(10)}tokens/CPU-s (best)   ratio: median of rounds   peak RSS   first vector`,
    );
    for (const [side, runs] of Object.entries(found)) {
      const perCpu = Math.max(...runs.map((run) => tokens / run.cpuSeconds));
      const ratios = runs.map((run, i) => (found.other?.[i]?.cpuSeconds ?? 0) / run.cpuSeconds);
      const row = {
        set,
        side,
        path,
        tokens,
        perCpu,
        ratio: median(ratios),
        ratios,
        share: (perCpu * operationsPerToken) / (peak * 1e9),
        peakRss: Math.max(...runs.map((run) => run.peakRss)),
        coldMs: Math.min(...runs.map((run) => run.coldMs)),
      };
      say(
        `${side.padEnd(10)}${perCpu.toFixed(0).padStart(19)}${row.ratio.toFixed(2).padStart(25)}${`${(row.peakRss / 1e6).toFixed(0)} MB`.padStart(11)}${`${row.coldMs.toFixed(0)} ms`.padStart(15)}${side === "direct" ? `   ${(100 * row.share).toFixed(0)} % of the products' peak` : ""}`,
      );
      rows.push(row);
    }
  }
  keepRows("against", here, rows);
}

await main();
