/*
 * Snapshots of many memories: time, RAM, bytes, and what a recall waits meanwhile:
 *   node bench/snapshots/snapshots.ts [--count 100000] [--keep]
 * Texts have about 300 characters of words drawn as words of a language are (Zipf), and vectors of 384 made up values.
 * "extra RSS" is the most of this process while it works, less what it was before. Recalls are asked one after the other
 * while each thing is done, and alone before.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type OpenMemories, openMemories } from "../../src/engine/memories/memories.ts";
import type { TextEmbedder } from "../../src/ports/embedder.ts";
import { argument, keepRows, printMachine, say } from "../common.ts";
import { textMaker } from "../memories/texts.ts";

const here = printMachine();
const count = Number(argument("--count", "100000"));
const folder = mkdtempSync(join(tmpdir(), "haypile-snapshots-"));
const database = join(folder, "memories.db");
const rows: object[] = [];
const batch = 1_000;
const changed = 500;

/** Its vectors are drawn of the text, so that the same text has the same one. */
const embedder: TextEmbedder = {
  modelId: "made-up",
  dimensions: 384,
  maxTokens: 256,
  embed: async (texts) => {
    const vectors = new Float32Array(texts.length * 384);
    for (const [row, text] of texts.entries()) {
      let state = createHash("sha1").update(text).digest().readUInt32LE(0) | 1;
      for (let at = 0; at < 384; at += 1) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        vectors[row * 384 + at] = state / 2 ** 32 - 0.5;
      }
    }
    return vectors;
  },
  countTokens: (texts) => Promise.resolve(Uint32Array.from(texts, (text) => text.length / 4)),
  close: async () => undefined,
};

const next = textMaker(7);
let memories: OpenMemories = await open();

function open(): Promise<OpenMemories> {
  return openMemories({ database, embedder });
}

for (let at = 0; at < count; at += batch) {
  const items = Array.from({ length: Math.min(batch, count - at) }, () => ({
    text: next(),
    onDuplicate: "keep" as const,
  }));
  await memories.rememberMany(items);
  if (at % 20_000 === 0) process.stderr.write(`${at} of ${count}\n`);
}
await memories.settled();
await memories.close();
memories = await open();
await memories.recall(next.query(), { k: 8 });
await memories.recall(next.query(), { k: 8 });

/** What one thing took, with recalls going on beside it. */
async function measured<T>(what: string, work: () => Promise<T>): Promise<T> {
  const before = process.memoryUsage.rss();
  let most = before;
  const look = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 5);
  const waits: number[] = [];
  let isOver = false;
  const asking = (async () => {
    while (!isOver) {
      const asked = performance.now();
      await memories.recall(next.query(), { k: 8 });
      waits.push(performance.now() - asked);
      await new Promise(setImmediate);
    }
  })();
  const cpu = process.cpuUsage();
  const began = performance.now();
  const result = await work();
  const ms = Math.round(performance.now() - began);
  const used = process.cpuUsage(cpu);
  isOver = true;
  clearInterval(look);
  await asking;
  waits.sort((a, b) => a - b);
  const row = {
    what,
    ms,
    cpuMs: Math.round((used.user + used.system) / 1_000),
    extraRssMb: Number(((most - before) / 1e6).toFixed(1)),
    recalls: waits.length,
    recallMedianMs: Number((waits[Math.floor(waits.length / 2)] ?? 0).toFixed(1)),
    recallSlowestMs: Number((waits.at(-1) ?? 0).toFixed(1)),
  };
  rows.push(row);
  say(JSON.stringify(row));
  return result;
}

/** The same without recalls beside it: what it takes alone. */
async function alone<T>(what: string, work: () => Promise<T>): Promise<T> {
  const before = process.memoryUsage.rss();
  let most = before;
  const look = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 5);
  const cpu = process.cpuUsage();
  const began = performance.now();
  const result = await work();
  const ms = Math.round(performance.now() - began);
  const used = process.cpuUsage(cpu);
  clearInterval(look);
  const extraRssMb = Number(((most - before) / 1e6).toFixed(1));
  const row = { what, ms, cpuMs: Math.round((used.user + used.system) / 1_000), extraRssMb };
  rows.push(row);
  say(JSON.stringify(row));
  return result;
}

await measured("nothing, for two seconds", () => new Promise((done) => setTimeout(done, 2_000)));
const full = await alone("full snapshot, alone", () => memories.snapshot());
await measured("full snapshot, recalls beside it", () => memories.snapshot({ full: true }));
for (let at = 0; at < changed; at += batch) {
  await memories.rememberMany(
    Array.from({ length: changed }, () => ({ text: next(), onDuplicate: "keep" as const })),
  );
}
await memories.settled();
const part = await alone(`snapshot after ${changed} more, alone`, () => memories.snapshot());
const bytes = {
  what: "bytes",
  database: full.fileBytes,
  full: full.bytes,
  incremental: part.bytes,
};
rows.push(bytes);
say(JSON.stringify(bytes));
const verified = await alone("verify of the second", () => memories.verifySnapshot(part.id));
say(JSON.stringify({ isSound: verified.isSound, findings: verified.findings }));
const to = join(folder, "then.db");
await alone("restore to a file of its own", () => memories.restoreSnapshot(part.id, { to }));
const sum = createHash("sha256").update(readFileSync(to)).digest("hex");
say(`bit for bit: ${sum === part.sha256}, ${statSync(to).size} bytes`);
await measured("restore in place, recalls beside it", () => memories.restoreSnapshot(full.id));
await memories.close();
memories = await open();
say(`memories after it: ${(await memories.stats()).memories}`);
await memories.close();
rmSync(folder, { recursive: true, force: true });
if (process.argv.includes("--keep")) keepRows("snapshots", here, rows);
