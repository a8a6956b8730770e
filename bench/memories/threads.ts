/*
 * Four threads of one process that remember into one file, and read it, with the real model in each: errors, lost
 * writes, times.
 *   node bench/memories/threads.ts [--threads 4] [--each 100]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { loadEmbedder } from "../../src/embedder.ts";
import { openMemories } from "../../src/engine/memories/memories.ts";
import { argument, keepRows, peakRss, printMachine, say } from "../common.ts";
import { textMaker } from "./texts.ts";

interface Told {
  stored: { id: string; text: string }[];
  writes: number[];
  reads: number[];
  errors: string[];
}

if (!isMainThread) {
  const { database, seed, each } = workerData as { database: string; seed: number; each: number };
  const embedder = await loadEmbedder({ workers: 1 });
  const memories = await openMemories({ database, embedder });
  const next = textMaker(seed);
  const told: Told = { stored: [], writes: [], reads: [], errors: [] };
  for (let i = 0; i < each; i += 1) {
    const text = next();
    const start = performance.now();
    try {
      const { id } = await memories.remember(text, { onDuplicate: "keep" });
      told.stored.push({ id, text });
      told.writes.push(performance.now() - start);
      if (i % 5 !== 0) continue;
      const middle = performance.now();
      await memories.recall(next.query());
      told.reads.push(performance.now() - middle);
    } catch (error) {
      told.errors.push(String(error));
    }
  }
  await memories.settled();
  await memories.close();
  await embedder.close();
  parentPort?.postMessage(told);
} else {
  const here = printMachine();
  const threads = Number(argument("--threads", "4"));
  const each = Number(argument("--each", "100"));
  const scratch = mkdtempSync(join(tmpdir(), "haypile-threads-"));
  const database = join(scratch, "memories.db");
  const start = performance.now();
  const all = await Promise.all(
    Array.from(
      { length: threads },
      (_, at) =>
        new Promise<Told>((resolve, reject) => {
          const worker = new Worker(new URL(import.meta.url), {
            workerData: { database, seed: 100 + at, each },
          });
          worker.once("message", resolve);
          worker.once("error", reject);
        }),
    ),
  );
  const seconds = (performance.now() - start) / 1_000;
  const embedder = await loadEmbedder();
  const memories = await openMemories({ database, embedder });
  let lost = 0;
  for (const { id, text } of all.flatMap(({ stored }) => stored)) {
    if ((await memories.get(id))?.text !== text) lost += 1;
  }
  await memories.close();
  await embedder.close();
  rmSync(scratch, { recursive: true, force: true });
  const at = (times: number[], share: number): number =>
    [...times].sort((a, b) => a - b)[Math.floor((times.length - 1) * share)] ?? 0;
  const writes = all.flatMap((one) => one.writes);
  const reads = all.flatMap((one) => one.reads);
  const errors = all.flatMap((one) => one.errors);
  for (const error of new Set(errors)) say(error);
  const row = {
    bench: "memories-threads",
    threads,
    writes: writes.length,
    reads: reads.length,
    errors: errors.length,
    lost,
    seconds,
    rememberP50: at(writes, 0.5),
    rememberP95: at(writes, 0.95),
    recallP50: at(reads, 0.5),
    peakRssMB: Math.round(peakRss() / 1e6),
  };
  say(JSON.stringify(row, undefined, 1));
  keepRows("memories", here, [row]);
}
