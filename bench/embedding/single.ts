/*
 * One text at a time, and twenty: from the start of a process to its first vector, a text that is new, one that is in the
 * cache of queries, and a batch of 20 texts of many lengths.
 *   node bench/embedding/single.ts [--rounds 5]
 */
import { join } from "node:path";
import { loadEmbedder } from "../../src/embedder.ts";
import { EngineCaches } from "../../src/engine/caches/engine-caches.ts";
import { argument, keepRows, peakRss, printMachine, repository, runChild, say } from "../common.ts";
import { textMaker } from "../memories/texts.ts";

const built = join(repository, "dist", "embedder.js");

if (process.argv[2] === "--first") {
  // A program of a user: the built package, one vector, and out.
  const { loadEmbedder: load } = (await import(built)) as typeof import("../../src/embedder.ts");
  const embedder = await load();
  const vectors = await embedder.embed(["where is the retry delay computed"], { kind: "query" });
  await embedder.close();
  const { user, system } = process.cpuUsage();
  const cpuMs = (user + system) / 1_000;
  process.stdout.write(JSON.stringify({ dimensions: vectors.length, cpuMs, peakRss: peakRss() }));
  process.exit();
}

const here = printMachine();
const rounds = Number(argument("--rounds", "5"));
const at = (times: readonly number[], share: number): number =>
  [...times].sort((a, b) => a - b)[Math.floor((times.length - 1) * share)] as number;

const first: number[] = [];
const firstCpu: number[] = [];
let firstPeak = 0;
for (let round = 0; round < rounds; round += 1) {
  const start = performance.now();
  const made = runChild<{ dimensions: number; cpuMs: number; peakRss: number }>(
    import.meta.filename,
    ["--first"],
  );
  first.push(performance.now() - start);
  firstCpu.push(made.cpuMs);
  if (made.dimensions !== 384) throw new Error(`a vector of ${made.dimensions}`);
  firstPeak = Math.max(firstPeak, made.peakRss);
}

const embedder = await loadEmbedder();
const caches = new EngineCaches();
const asked = caches.embedder(embedder);
const next = textMaker(5);
const queries = Array.from({ length: 200 }, () => next.query());
await embedder.embed([next()], { kind: "query" });

async function timesOf(work: (at: number) => Promise<unknown>, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i += 1) {
    const start = performance.now();
    await work(i);
    times.push(performance.now() - start);
  }
  return times;
}
const query = (i: number): Promise<Float32Array> =>
  asked.embed([queries[i % queries.length] as string], { kind: "query" });
const fresh = await timesOf(query, queries.length);
const cached = await timesOf(query, 10 * queries.length);
// 4 to some 100 tokens in one call: shapes differ.
const lengths = Array.from({ length: 20 }, (_, i) => 20 * (i + 1));
const batches = Array.from({ length: 30 }, () => lengths.map((length) => next().slice(0, length)));
const beforeBatch = process.cpuUsage();
const batch = await timesOf((i) => embedder.embed(batches[i] as string[]), batches.length);

const { user, system } = process.cpuUsage(beforeBatch);
const row = {
  bench: "single",
  firstMs: at(first, 0.5),
  firstCpuMs: at(firstCpu, 0.5),
  firstPeakRss: firstPeak,
  freshP50: at(fresh, 0.5),
  freshP95: at(fresh, 0.95),
  cachedP50: at(cached, 0.5),
  cachedP95: at(cached, 0.95),
  batch20P50: at(batch, 0.5),
  batch20CpuMs: (user + system) / 1_000 / batch.length,
  batch20P95: at(batch, 0.95),
  peakRss: peakRss(),
};
say(JSON.stringify(row, undefined, 1));
keepRows("single", here, [row]);
await embedder.close();
