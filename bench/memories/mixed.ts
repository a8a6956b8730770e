/*
 * Eight clients that write and eight that read, in one process as in the daemon, with the real model:
 *   node bench/memories/mixed.ts [--seconds 60] [--pause 200] [--keep]
 * Each client waits `pause` milliseconds between two calls. Afterwards every write is looked for.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { loadEmbedder } from "../../src/embedder.ts";
import { openMemories } from "../../src/engine/memories/memories.ts";
import { argument, keepRows, peakRss, printMachine, say } from "../common.ts";
import { textMaker } from "./texts.ts";

const here = printMachine();
const seconds = Number(argument("--seconds", "60"));
const pauseMs = Number(argument("--pause", "200"));
const embedder = await loadEmbedder();
const scratch = mkdtempSync(join(tmpdir(), "haypile-mixed-"));
const memories = await openMemories({ database: join(scratch, "memories.db"), embedder });
const next = textMaker(11);
await memories.rememberMany(Array.from({ length: 500 }, () => ({ text: next() })));
await memories.settled();
await memories.recall("warm up");

const writes: number[] = [];
const reads: number[] = [];
const stored: { id: string; text: string }[] = [];
let errors = 0;
const end = performance.now() + seconds * 1_000;

async function client(work: () => Promise<void>, times: number[]): Promise<void> {
  await sleep(Math.random() * pauseMs);
  while (performance.now() < end) {
    const start = performance.now();
    await work().catch((error: unknown) => {
      errors += 1;
      say(String(error));
    });
    times.push(performance.now() - start);
    await sleep(pauseMs);
  }
}

const write = async (): Promise<void> => {
  const text = next();
  const { id } = await memories.remember(text);
  stored.push({ id, text });
};
const read = async (): Promise<void> => {
  await memories.recall(next.query());
};
await Promise.all(
  Array.from({ length: 16 }, (_, at) =>
    at % 2 === 0 ? client(write, writes) : client(read, reads),
  ),
);
await memories.settled();
let lost = 0;
for (const { id, text } of stored) if ((await memories.get(id))?.text !== text) lost += 1;

function percentile(times: number[], share: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return Number((sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1));
}
const row = {
  bench: "memories-mixed",
  seconds,
  pauseMs,
  writes: writes.length,
  reads: reads.length,
  errors,
  lost,
  rememberP50: percentile(writes, 0.5),
  rememberP99: percentile(writes, 0.99),
  recallP50: percentile(reads, 0.5),
  recallP99: percentile(reads, 0.99),
  peakRssMB: Math.round(peakRss() / 1e6),
};
say(JSON.stringify(row, undefined, 1));
if (process.argv.includes("--keep")) keepRows("memories", here, [row]);
await memories.close();
await embedder.close();
rmSync(scratch, { recursive: true, force: true });
