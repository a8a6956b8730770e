/*
 * How to spend the CPUs: many runs side by side, or many threads inside one; and tokens per run.
 *   node bench/embedding/threads.ts [--data DIR | --tree DIR] [--texts N] [--rounds N]
 * Needs dist/ (npm run build). Each row is a process of its own; rounds go through all rows in turn.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { loadEmbedder } from "../../src/embedder.ts";
import {
  argument,
  keepRows,
  peakRss,
  printMachine,
  repository,
  runChild,
  say,
  sourceTexts,
  work,
} from "../common.ts";

interface Row {
  workers: number;
  intraOpThreads: number;
  tokensPerRun: number;
}
interface Measured {
  seconds: number;
  cpuSeconds: number;
  peakRss: number;
  /** One query of six words, median of 60. */
  queryMs: number;
}

async function child(file: string, row: Row): Promise<void> {
  const texts = JSON.parse(readFileSync(file, "utf8")) as string[];
  const library = (await import(pathToFileURL(join(repository, "dist", "embedder.js")).href)) as {
    loadEmbedder: typeof loadEmbedder;
  };
  const embedder = await library.loadEmbedder(row);
  await embedder.embed(texts.slice(0, 16));
  const cpu = process.cpuUsage();
  const start = performance.now();
  await embedder.embed(texts);
  const seconds = (performance.now() - start) / 1000;
  const used = process.cpuUsage(cpu);
  const queries: number[] = [];
  for (let i = 0; i < 60; i += 1) {
    const from = performance.now();
    await embedder.embed([`where is the configuration parsed ${i}`], { kind: "query" });
    queries.push(performance.now() - from);
  }
  await embedder.close();
  const measured: Measured = {
    seconds,
    cpuSeconds: (used.user + used.system) / 1e6,
    peakRss: peakRss(),
    queryMs: queries.sort((a, b) => a - b)[30] ?? 0,
  };
  say(JSON.stringify(measured));
}

function parent(): void {
  const here = printMachine();
  mkdirSync(work, { recursive: true });
  const texts = sourceTexts(Number(argument("--texts", "640")));
  const file = join(work, "texts-threads.json");
  writeFileSync(file, JSON.stringify(texts));
  const cpus = availableParallelism();
  const rows: Row[] = [];
  for (const intraOpThreads of [1, 2, 4].filter((threads) => threads <= cpus)) {
    for (const tokensPerRun of [320, 640, 1_280]) {
      rows.push({ workers: Math.floor(cpus / intraOpThreads), intraOpThreads, tokensPerRun });
    }
  }
  const found = rows.map((): Measured[] => []);
  for (let round = Number(argument("--rounds", "3")); round > 0; round -= 1) {
    for (const [i, row] of rows.entries()) {
      found[i]?.push(
        runChild<Measured>(join(import.meta.dirname, "threads.ts"), [
          "--child",
          file,
          JSON.stringify(row),
        ]),
      );
    }
  }
  say(`${texts.length} texts; least to most of the rounds`);
  say("workers × threads, tokens a run     texts/s   texts/CPU-s   peak RSS   query");
  const kept = rows.map((row, i) => {
    const all = found[i] ?? [];
    const range = (of: (one: Measured) => number, digits = 0): string => {
      const values = all.map(of).sort((a, b) => a - b);
      return `${values[0]?.toFixed(digits)} to ${values.at(-1)?.toFixed(digits)}`;
    };
    say(
      `${row.workers} × ${row.intraOpThreads}, ${row.tokensPerRun}`.padEnd(28) +
        [
          range((one) => texts.length / one.seconds),
          range((one) => texts.length / one.cpuSeconds),
          `${range((one) => one.peakRss / 1e6)} MB`,
          `${range((one) => one.queryMs, 1)} ms`,
        ]
          .map((cell) => cell.padStart(18))
          .join(""),
    );
    return { texts: texts.length, ...row, rounds: all };
  });
  keepRows("threads", here, kept);
}

const at = process.argv.indexOf("--child");
if (at === -1) parent();
else await child(process.argv[at + 1] ?? "", JSON.parse(process.argv[at + 2] ?? "") as Row);
