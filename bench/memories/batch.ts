/*
 * A batch of memories with their vectors against the model alone on the same texts, in turns:
 *   node bench/memories/batch.ts [--count 1000] [--rounds 3] [--keep]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadEmbedder } from "../../src/embedder.ts";
import { openMemories } from "../../src/engine/memories/memories.ts";
import { argument, keepRows, printMachine, say } from "../common.ts";
import { textMaker } from "./texts.ts";

const here = printMachine();
const count = Number(argument("--count", "1000"));
const rounds = Number(argument("--rounds", "3"));
const embedder = await loadEmbedder();
const next = textMaker(3, 20_000, 300);
const texts = Array.from({ length: count }, next);
await embedder.embed(texts.slice(0, 50));
const scratch = mkdtempSync(join(tmpdir(), "haypile-batch-"));

async function timed(work: () => Promise<void>): Promise<{ ms: number; cpuMs: number }> {
  const start = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { ms: performance.now() - start, cpuMs: (user + system) / 1_000 };
}

const raw: { ms: number; cpuMs: number }[] = [];
const kept: { ms: number; cpuMs: number }[] = [];
let acknowledgedMs = 0;
for (let round = 0; round < rounds; round += 1) {
  raw.push(
    await timed(async () => {
      await embedder.embed(texts);
    }),
  );
  const memories = await openMemories({ database: join(scratch, `${round}.db`), embedder });
  kept.push(
    await timed(async () => {
      const start = performance.now();
      await memories.rememberMany(texts.map((text) => ({ text })));
      acknowledgedMs = performance.now() - start;
      await memories.settled();
    }),
  );
  await memories.close();
}
const best = (all: { ms: number; cpuMs: number }[], key: "ms" | "cpuMs"): number =>
  Math.round(Math.min(...all.map((one) => one[key])));
const row = {
  bench: "memories-batch",
  count,
  rounds,
  rawMs: best(raw, "ms"),
  rawCpuMs: best(raw, "cpuMs"),
  memoriesMs: best(kept, "ms"),
  memoriesCpuMs: best(kept, "cpuMs"),
  acknowledgedMs: Math.round(acknowledgedMs),
  shareOfRaw: Number((best(raw, "ms") / best(kept, "ms")).toFixed(3)),
  shareOfRawCpu: Number((best(raw, "cpuMs") / best(kept, "cpuMs")).toFixed(3)),
};
say(JSON.stringify(row, undefined, 1));
if (process.argv.includes("--keep")) keepRows("memories", here, [row]);
await embedder.close();
rmSync(scratch, { recursive: true, force: true });
