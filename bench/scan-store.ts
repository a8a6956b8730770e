/*
 * Best ten of many vectors in a real database: comparing every row with sqlite-vec, against bits and
 * exact scores of the best of them, in one process and run. Then how long making the bits takes and
 * holds the event loop, and the same searches, in processes of their own, with less memory for bits.
 *
 *   node bench/scan-store.ts [--rows 10000,100000] [--questions 50]
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { scanIsa, scanKernels } from "../src/native/vector-scan.ts";
import { openSqliteStore, type SqliteStore } from "../src/storage/sqlite/store.ts";
import { argument, keepRows, peakRss, printMachine, runChild, say, work } from "./common.ts";
import { dimensions, vectorOf } from "./made-up-vectors.ts";

const questions = Number(argument("--questions", "50"));
const folder = join(work, "scan-store");
const path = join(folder, "index.db");

function open(bitsBudgetBytes?: number): SqliteStore {
  const kernels = scanKernels();
  const budget = bitsBudgetBytes === undefined ? {} : { bitsBudgetBytes };
  const store = openSqliteStore({ path, kernels, scanFrom: 1, ...budget });
  store.vectors.claimModel({ id: "made-up", dimensions });
  return store;
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
    store.files.put([
      { path: `f${from}`, stamp, contentHash: String(from), language: "text", chunks },
    ]);
    const pending = store.pending.page(0, perWrite);
    const vectors = new Float32Array(pending.length * dimensions);
    pending.forEach(({ text }, i) => {
      vectors.set(vectorOf(Number(text)), i * dimensions);
    });
    store.vectors.put(
      pending.map(({ id }) => id),
      vectors,
    );
  }
}

function question(i: number): Float32Array {
  return vectorOf(50_000_000 + i * 7919);
}

function middle(times: number[]): number {
  return times.sort((a, b) => a - b)[times.length >> 1] ?? 0;
}

/**
 * The longest turns of the event loop until `end()`, ms: as the clock saw them, and in CPU time of this
 * thread, which other programs on the machine do not lengthen.
 */
function watchLoop(): { end(): { wallMs: number; cpuMs: number } } {
  const cpu = (): number => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  };
  let wallMs = 0;
  let cpuMs = 0;
  let last = { wall: performance.now(), cpu: cpu() };
  let isOver = false;
  const turn = (): void => {
    const now = { wall: performance.now(), cpu: cpu() };
    wallMs = Math.max(wallMs, now.wall - last.wall);
    cpuMs = Math.max(cpuMs, now.cpu - last.cpu);
    last = now;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  return {
    end: () => {
      turn();
      isOver = true;
      return { wallMs, cpuMs };
    },
  };
}

interface Streamed {
  budgetBytes: number;
  bitsBytes: number;
  streamedRows: number;
  p50Ms: number;
  firstMs: number;
  holdMs: number;
  holdCpuMs: number;
  rssBytes: number;
  addedRssBytes: number;
  peakRssBytes: number;
}

/** In a process of its own: searches with this budget. */
async function searchWith(budgetBytes: number): Promise<Streamed> {
  const store = open(budgetBytes);
  store.vectors.search(vectorOf(1), 1, Uint32Array.of(1));
  scanIsa(); // loads the addon
  const before = process.memoryUsage.rss();
  const watched = watchLoop();
  const start = performance.now();
  await store.vectors.nearest(question(0), 10);
  const firstMs = performance.now() - start;
  const times: number[] = [];
  for (let i = 0; i < questions; i += 1) {
    const vector = question(i);
    const begun = performance.now();
    await store.vectors.nearest(vector, 10);
    times.push(performance.now() - begun);
  }
  const { wallMs, cpuMs } = watched.end();
  const rssBytes = process.memoryUsage.rss();
  const { bytes, streamed } = store.vectors.scanReport();
  store.close();
  return {
    budgetBytes,
    bitsBytes: bytes,
    streamedRows: streamed,
    p50Ms: middle(times),
    firstMs,
    holdMs: wallMs,
    holdCpuMs: cpuMs,
    rssBytes,
    addedRssBytes: rssBytes - before,
    peakRssBytes: peakRss(),
  };
}

async function measure(count: number): Promise<object> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const store = open();
  fill(store, count);
  store.optimize();
  const watched = watchLoop();
  const before = performance.now();
  await store.settled();
  const buildMs = performance.now() - before;
  const { wallMs: holdMs, cpuMs: holdCpuMs } = watched.end();
  const first = performance.now();
  await store.vectors.nearest(vectorOf(1), 10);
  const loadMs = performance.now() - first;
  const exactTimes: number[] = [];
  const bitTimes: number[] = [];
  let found = 0;
  const exactQuestions = Math.min(questions, count > 500_000 ? 10 : questions);
  for (let i = 0; i < questions; i += 1) {
    const vector = question(i);
    const start = performance.now();
    const near = await store.vectors.nearest(vector, 10);
    bitTimes.push(performance.now() - start);
    if (i >= exactQuestions) continue;
    const again = performance.now();
    const exact = store.vectors.search(vector, 10);
    exactTimes.push(performance.now() - again);
    const wanted = new Set(exact.map(({ chunkId }) => chunkId));
    found += near.filter(({ chunkId }) => wanted.has(chunkId)).length;
  }
  const exactMs = middle(exactTimes);
  const bitsMs = middle(bitTimes);
  const recall = found / (exactQuestions * 10);
  const { bytes, loose } = store.vectors.scanReport();
  store.close();
  say(
    `${count.toLocaleString("en-US").padStart(9)} rows: sqlite-vec ${exactMs.toFixed(1)} ms, bits ${bitsMs.toFixed(2)} ms: ${(exactMs / bitsMs).toFixed(0)}x; recall@10 ${recall.toFixed(3)}; first search ${loadMs.toFixed(0)} ms; bits in memory ${mb(bytes)} MB, ${loose} rows in no segment; peak RSS ${mb(peakRss())} MB`,
  );
  say(
    `          making the bits ${buildMs.toFixed(0)} ms in the background; longest turn of the event loop ${holdMs.toFixed(1)} ms, ${holdCpuMs.toFixed(1)} ms of CPU`,
  );
  return { count, exactMs, bitsMs, recall, loadMs, buildMs, holdMs, holdCpuMs, bitsBytes: bytes };
}

function mb(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

const childBudget = argument("--child");
if (childBudget !== undefined) {
  say(JSON.stringify(await searchWith(Number(childBudget))));
} else {
  const here = printMachine();
  say(`kernels: ${scanIsa()}`);
  for (const count of argument("--rows", "10000,100000").split(",").map(Number)) {
    const row = await measure(count);
    const whole = (row as { bitsBytes: number }).bitsBytes;
    const budgets = [whole, Math.floor(whole / 2), 0].map((budget) => {
      const args = ["--child", String(budget), "--questions", String(questions)];
      const one = runChild<Streamed>(import.meta.filename, args);
      say(
        `          budget ${mb(budget).padStart(5)} MB: ${mb(one.bitsBytes)} MB in memory, ${one.streamedRows.toLocaleString("en-US")} rows streamed; p50 ${one.p50Ms.toFixed(1)} ms, first ${one.firstMs.toFixed(0)} ms; longest turn ${one.holdMs.toFixed(1)} ms, ${one.holdCpuMs.toFixed(1)} ms of CPU; RSS ${mb(one.rssBytes)} MB (+${mb(one.addedRssBytes)}), peak ${mb(one.peakRssBytes)} MB`,
      );
      return one;
    });
    keepRows("scan-store", here, [{ ...row, budgets }]);
    rmSync(folder, { recursive: true, force: true });
  }
}
