/*
 * Best ten of many vectors in a real database: comparing every row with sqlite-vec, against bits and
 * exact scores of the best of them, in one process and run. Vectors are made up like embeddings are:
 * in clusters of clusters, off centre, with a spectrum that falls.
 *
 *   node bench/scan-store.ts [--rows 10000,100000] [--questions 50]
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { rescore, scanIsa, similarities, VectorScan } from "../src/native/vector-scan.ts";
import { openSqliteStore, type SqliteStore } from "../src/storage/sqlite/store.ts";
import { argument, keepRows, peakRss, printMachine, say, work } from "./common.ts";

const dimensions = 384;
const rows = argument("--rows", "10000,100000").split(",").map(Number);
const questions = Number(argument("--questions", "50"));

function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

const spectrum = Float32Array.from({ length: dimensions }, (_, i) => 1 / Math.sqrt(1 + i / 24));
const centre = Float32Array.from({ length: dimensions }, generator(9));

function direction(seed: number, into: Float32Array, weight: number): void {
  const next = generator(seed * 2654435761 + 17);
  for (let i = 0; i < 8; i += 1) next();
  for (let i = 0; i < dimensions; i += 1) {
    into[i] = (into[i] as number) + weight * (spectrum[i] as number) * (next() + next());
  }
}

function vectorOf(seed: number): Float32Array {
  const vector = centre.map((value, i) => 0.25 * value * (spectrum[i] as number));
  direction(seed % 400, vector, 0.6);
  direction(1_000 + (seed % 16_000), vector, 0.5);
  direction(1_000_000 + seed, vector, 0.6);
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

function fill(store: SqliteStore, count: number): void {
  const stamp = { sizeBytes: 1, mtimeMs: 1, readMs: 5000 };
  const perWrite = 2_000;
  for (let from = 0; from < count; from += perWrite) {
    const chunks = Array.from({ length: Math.min(perWrite, count - from) }, (_, i) => ({
      text: String(from + i),
      startLine: i + 1,
      endLine: i + 1,
      tokens: 1,
    }));
    store.putFiles([
      { path: `f${from}`, stamp, contentHash: String(from), language: "text", chunks },
    ]);
    const pending = store.chunksWithoutVector(0, perWrite);
    const vectors = new Float32Array(pending.length * dimensions);
    pending.forEach(({ text }, i) => {
      vectors.set(vectorOf(Number(text)), i * dimensions);
    });
    store.putVectors(
      pending.map(({ id }) => id),
      vectors,
    );
  }
}

function middle(times: number[]): number {
  return times.sort((a, b) => a - b)[times.length >> 1] ?? 0;
}

const here = printMachine();
say(`kernels: ${scanIsa()}`);
for (const count of rows) {
  const folder = join(work, "scan-store");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const kernels = { create: (size: number) => new VectorScan(size), rescore, similarities };
  const store = openSqliteStore({ path: join(folder, "index.db"), kernels, scanFrom: 1 });
  store.claimModel({ id: "made-up", dimensions });
  fill(store, count);
  const before = performance.now();
  store.optimize();
  const compactMs = performance.now() - before;
  const first = performance.now();
  await store.nearest(vectorOf(1), 10);
  const loadMs = performance.now() - first;
  const exactTimes: number[] = [];
  const bitTimes: number[] = [];
  let found = 0;
  const exactQuestions = Math.min(questions, count > 500_000 ? 10 : questions);
  for (let i = 0; i < questions; i += 1) {
    const vector = vectorOf(50_000_000 + i * 7919);
    const start = performance.now();
    const near = await store.nearest(vector, 10);
    bitTimes.push(performance.now() - start);
    if (i >= exactQuestions) continue;
    const again = performance.now();
    const exact = store.searchVectors(vector, 10);
    exactTimes.push(performance.now() - again);
    const wanted = new Set(exact.map(({ chunkId }) => chunkId));
    found += near.filter(({ chunkId }) => wanted.has(chunkId)).length;
  }
  const exact = middle(exactTimes);
  const bits = middle(bitTimes);
  const recall = found / (exactQuestions * 10);
  say(
    `${count.toLocaleString("en-US").padStart(9)} rows: sqlite-vec ${exact.toFixed(1)} ms, bits ${bits.toFixed(2)} ms: ${(exact / bits).toFixed(0)}x; recall@10 ${recall.toFixed(3)}; first search ${loadMs.toFixed(0)} ms, making the bits ${compactMs.toFixed(0)} ms, bits in memory ${(store.scanReport().bytes / 1e6).toFixed(1)} MB, peak RSS ${(peakRss() / 1e6).toFixed(0)} MB`,
  );
  keepRows("scan-store", here, [
    { count, exactMs: exact, bitsMs: bits, recall, loadMs, compactMs },
  ]);
  store.close();
  rmSync(folder, { recursive: true, force: true });
}
