/*
 * Fits the numbers of src/governor/prediction.ts: what a loaded model that embeds adds to the process.
 *   node bench/governor/fit.ts [--rounds 2]
 * Each combination of workers and tokens a run is measured in a process of its own; the peak is VmHWM
 * above what the process had before loading. Prints the fitted numbers and how far each measurement is off.
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type ModelFacts, modelBytes } from "../../src/governor/prediction.ts";
import {
  argument,
  keepRows,
  modelFolder,
  peakRss,
  printMachine,
  repository,
  runChild,
  say,
  work,
} from "../common.ts";

interface Measured {
  workers: number;
  tokensPerRun: number;
  loadBytes: number;
  peakBytes: number;
}

const fileBytes = statSync(join(modelFolder, "model.onnx")).size;
const dimensions = 384;
const maxTokens = 256;

if (process.argv[2] === "--one") {
  const [, , , workers = "1", tokensPerRun = "320"] = process.argv;
  const { loadEmbedder } = (await import(
    join(repository, "dist", "embedder.js")
  )) as typeof import("../../src/embedder.ts");
  const resident = (): number =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? 0) * 1024;
  const before = resident();
  const embedder = await loadEmbedder({
    workers: Number(workers),
    tokensPerRun: Number(tokensPerRun),
  });
  const loadBytes = peakRss() - before;
  const words = "read write index search memory vector token model cache page lock thread".split(
    " ",
  );
  const texts = Array.from({ length: 160 }, (_, i) =>
    Array.from(
      { length: 20 + ((i * 37) % 200) },
      (_, at) => words[(i + at * 7) % words.length],
    ).join(" "),
  );
  await embedder.embed(texts);
  say(
    JSON.stringify({
      workers: Number(workers),
      tokensPerRun: Number(tokensPerRun),
      loadBytes,
      peakBytes: peakRss() - before,
    }),
  );
  await embedder.close();
  process.exit(0);
}

const here = printMachine();
const env = { HAYPILE_CACHE_DIR: join(work, "graphs") };
const rows: Measured[] = [];
runChild(import.meta.filename, ["--one", "1", "320"], env); // builds the optimised graph
for (let round = 0; round < Number(argument("--rounds", "2")); round += 1) {
  for (const workers of [1, 2]) {
    for (const tokens of [256, 320, 512, 1024]) {
      rows.push(
        runChild<Measured>(import.meta.filename, ["--one", String(workers), String(tokens)], env),
      );
    }
  }
}

/** Least squares for peak = fixed + workers * (worker + activation * tokens * dimensions). */
function solve(): [number, number, number] {
  const terms = rows.map(({ workers, tokensPerRun }) => [
    1,
    workers,
    workers * Math.max(tokensPerRun, maxTokens) * dimensions,
  ]);
  const matrix = [0, 1, 2].map((i) => [
    ...[0, 1, 2].map((j) => terms.reduce((sum, t) => sum + (t[i] as number) * (t[j] as number), 0)),
    terms.reduce((sum, t, at) => sum + (t[i] as number) * (rows[at] as Measured).peakBytes, 0),
  ]);
  for (let i = 0; i < 3; i += 1) {
    for (let k = 0; k < 3; k += 1) {
      if (k === i) continue;
      const factor = (matrix[k]?.[i] as number) / (matrix[i]?.[i] as number);
      for (let j = i; j < 4; j += 1)
        (matrix[k] as number[])[j] =
          (matrix[k]?.[j] as number) - factor * (matrix[i]?.[j] as number);
    }
  }
  return [0, 1, 2].map((i) => (matrix[i]?.[3] as number) / (matrix[i]?.[i] as number)) as [
    number,
    number,
    number,
  ];
}

const [fixed, worker, activation] = solve();
say(
  `fitted: runtimeBytes ${(fixed - fileBytes).toFixed(0)} (with mappedShare 1), workerBytes ${worker.toFixed(0)}, activationBytes ${activation.toFixed(1)}`,
);
say("workers  tokens   load MB   peak MB   fitted MB   off     as shipped   off");
const offs: number[] = [];
for (const { workers, tokensPerRun, loadBytes, peakBytes } of rows) {
  const fitted =
    fixed + workers * (worker + activation * Math.max(tokensPerRun, maxTokens) * dimensions);
  const facts: ModelFacts = {
    fileBytes,
    dimensions,
    workers,
    tokensPerRun,
    maxTokens,
    isFirstLoad: false,
  };
  const shipped = modelBytes(facts);
  const off = (value: number): number => (value - peakBytes) / peakBytes;
  offs.push(Math.abs(off(shipped)));
  const mb = (bytes: number): string => (bytes / 1e6).toFixed(1);
  say(
    `${workers}        ${String(tokensPerRun).padStart(5)} ${mb(loadBytes).padStart(9)} ${mb(peakBytes).padStart(9)} ${mb(fitted).padStart(11)} ${(100 * off(fitted)).toFixed(1).padStart(6)} % ${mb(shipped).padStart(10)} ${(100 * off(shipped)).toFixed(1).padStart(7)} %`,
  );
}
offs.sort((a, b) => a - b);
const worst95 = offs[Math.ceil(offs.length * 0.95) - 1] as number;
say(
  `the shipped numbers are within ${(100 * worst95).toFixed(1)} % for 95 % of ${offs.length} measurements`,
);
keepRows("governor-fit", here, [{ fixed, worker, activation, fileBytes, worst95, rows }]);
