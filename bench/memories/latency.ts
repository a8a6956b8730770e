/*
 * Times and sizes of memories with the real model:
 *   node bench/memories/latency.ts [--counts 1000,100000] [--keep]
 * remember: acknowledged and on disk, one after the other. recall: beside it the time to embed the same queries
 * alone. Texts have about 300 characters, of words drawn as words of a language are (Zipf); their vectors
 * are made up around a thousand real ones, because embedding 100,000 would take hours; queries are embedded.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadEmbedder } from "../../src/embedder.ts";
import { openMemories } from "../../src/engine/memories/memories.ts";
import type { TextEmbedder } from "../../src/ports/embedder.ts";
import { argument, keepRows, peakRss, printMachine, say } from "../common.ts";
import { textMaker } from "./texts.ts";

const here = printMachine();
const counts = argument("--counts", "1000,100000").split(",").map(Number);
const embedder = await loadEmbedder();
const rows: object[] = [];

function percentile(times: number[], share: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return Number(value.toFixed(2));
}

let real: Float32Array | undefined;

/** The real model for queries; passages get the vector of one of a thousand real texts, and a little noise. */
async function madeUp(next: () => string): Promise<TextEmbedder> {
  const size = embedder.dimensions;
  real ??= await embedder.embed(Array.from({ length: 1_000 }, next));
  const some = real;
  let state = 1;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  return {
    modelId: embedder.modelId,
    dimensions: size,
    maxTokens: embedder.maxTokens,
    embed: async (texts, options) => {
      if (options?.kind === "query") return await embedder.embed(texts, options);
      const vectors = new Float32Array(texts.length * size);
      for (let row = 0; row < texts.length; row += 1) {
        const base = Math.floor((random() + 0.5) * 1_000) * size;
        let squares = 0;
        for (let i = 0; i < size; i += 1) {
          const value = (some[base + i] as number) + random() * 0.12;
          vectors[row * size + i] = value;
          squares += value * value;
        }
        for (let i = 0; i < size; i += 1) {
          vectors[row * size + i] = (vectors[row * size + i] as number) / Math.sqrt(squares);
        }
      }
      return vectors;
    },
    countTokens: (texts) => embedder.countTokens(texts),
    close: async () => undefined,
  };
}

for (const count of counts) {
  const scratch = mkdtempSync(join(tmpdir(), "haypile-latency-"));
  const path = join(scratch, "memories.db");
  const next = textMaker(7);
  const model = await madeUp(next);
  const memories = await openMemories({ database: path, embedder: model });
  const began = performance.now();
  const cpu = process.cpuUsage();
  for (let at = 0; at < count; at += 1_000) {
    await memories.rememberMany(
      Array.from({ length: Math.min(1_000, count - at) }, (_, i) => ({
        text: next(),
        onDuplicate: "keep" as const,
        tags: [`tag${(at + i) % 50}`, ...((at + i) % 10_000 === 77 ? ["rare"] : [])],
      })),
    );
  }
  await memories.settled();
  const fillMs = performance.now() - began;
  const fillCpu = process.cpuUsage(cpu);
  await memories.collect();
  const bytesEach = Math.round(statSync(path).size / count);

  const measure = async (
    options: object,
    rounds = 100,
  ): Promise<{ all: number[]; over: number[]; cpuMs: number }> => {
    const all: number[] = [];
    const over: number[] = [];
    const before = process.cpuUsage();
    for (let i = 0; i < rounds; i += 1) {
      const query = next.query();
      const start = performance.now();
      // The same text with a stop before it: as long, and not in the cache.
      await embedder.embed([`${query}.`], { kind: "query" });
      const middle = performance.now();
      await memories.recall(query, options);
      const end = performance.now();
      all.push(end - middle);
      over.push(end - middle - (middle - start));
    }
    const { user, system } = process.cpuUsage(before);
    return { all, over, cpuMs: (user + system) / 1_000 / rounds };
  };
  const start = performance.now();
  await memories.recall("first of all");
  const firstMs = performance.now() - start;
  await measure({}, 10);
  const plain = await measure({});
  const tagged = await measure({ tags: { any: ["tag7"] } });
  const rare = await measure({ tags: { any: ["rare"] } }, 30);
  // Last, since it adds to them.
  const remember: number[] = [];
  for (let i = 0; i < 200; i += 1) {
    const text = next();
    const start = performance.now();
    await memories.remember(text);
    remember.push(performance.now() - start);
  }
  await memories.settled();
  const row = {
    bench: "memories-latency",
    count,
    fillMs: Math.round(fillMs),
    fillCpuMs: Math.round((fillCpu.user + fillCpu.system) / 1_000),
    bytesEach,
    rememberP50: percentile(remember, 0.5),
    rememberP95: percentile(remember, 0.95),
    firstRecallMs: Math.round(firstMs),
    recallP50: percentile(plain.all, 0.5),
    recallP95: percentile(plain.all, 0.95),
    // Of an embedding and a recall, which embeds once more.
    roundCpuMs: Number(plain.cpuMs.toFixed(2)),
    overEmbeddingP50: percentile(plain.over, 0.5),
    overEmbeddingTaggedP50: percentile(tagged.over, 0.5),
    overEmbeddingRareP50: percentile(rare.over, 0.5),
    residentMB: Number((memories.residentBytes / 1e6).toFixed(1)),
    peakRssMB: Math.round(peakRss() / 1e6),
  };
  say(JSON.stringify(row, undefined, 1));
  rows.push(row);
  await memories.close();
  rmSync(scratch, { recursive: true, force: true });
}
await embedder.close();
if (process.argv.includes("--keep")) keepRows("memories", here, rows);
