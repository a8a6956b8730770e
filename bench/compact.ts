/*
 * What compaction comes to on an index of real files: size by step, recall before and after, time, and what
 * packed texts cost when searching. Each codec starts from a fresh copy of the same index.
 *
 *   node bench/compact.ts [--tree DIR] [--model NAME]
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { open } from "../src/engine/open.ts";
import { makeDictionary, pack } from "../src/storage/sqlite/file/packed-text.ts";
import { openSqliteStore } from "../src/storage/sqlite/store.ts";
import { argument, keepRows, printMachine, say } from "./common.ts";

const folder = resolve(argument("--tree", "src"));
const model = argument("--model");
const here = printMachine();
const scratch = mkdtempSync(join(tmpdir(), "haypile-bench-compact-"));
const original = join(scratch, "index.db");
const engine = await open({
  folder,
  database: original,
  ...(model !== undefined && { model }),
});
await engine.index();
await engine.settled();
const { chunks } = engine.status().index;
await engine.close();

const rows: object[] = [];
const kb = (bytes: number): string => `${(bytes / 1000).toFixed(0)} kB`;
say(
  `${chunks} chunks\n| texts | before | steps | recall@10 before, after | making it | 1000 texts read |`,
);
say("|---|---|---|---|---|---|");
for (const textCompression of ["off", "deflate", "zstd"] as const) {
  const path = join(scratch, `${textCompression}.db`);
  cpSync(original, path);
  const copy = await open({ folder, database: path });
  const started = performance.now();
  const plan = await copy.compaction.prepare({ textCompression });
  await plan.apply();
  const makingMs = performance.now() - started;
  await copy.close();
  const readMs = readTime(path);
  const { before, after, steps } = plan;
  rows.push({ textCompression, chunks, before, after, steps, makingMs, readMs });
  say(
    `| ${textCompression} | ${kb(before.bytes)} | ${steps.map(({ name, bytes }) => `${name} ${kb(bytes)}`).join(", ")} | ${before.recallAt10?.toFixed(3)}, ${after.recallAt10?.toFixed(3)} | ${makingMs.toFixed(0)} ms | ${readMs.toFixed(0)} ms |`,
  );
}

say("\n| texts alone | of their size | 1000 texts packed |\n|---|---|---|");
const texts = textsOf(original);
const size = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
for (const codec of ["deflate", "zstd"] as const) {
  const trained = makeDictionary(texts.slice(0, 1000), codec);
  for (const [name, dictionary] of [
    ["no dictionary", trained.subarray(0, 1)],
    ["dictionary", trained],
  ] as const) {
    const started = performance.now();
    const packed = texts.reduce((sum, text) => sum + pack(text, dictionary).byteLength, 0);
    const packMs = ((performance.now() - started) / texts.length) * 1000;
    rows.push({ codec, name, share: packed / size, packMs });
    say(
      `| ${codec}, ${name} | ${((100 * packed) / size).toFixed(1)} % | ${packMs.toFixed(0)} ms |`,
    );
  }
}

say("\n| a new index | size | CPU time of indexing | of 100 searches |\n|---|---|---|---|");
const sentences = texts.flatMap(
  (text) => /\/\*\*?\s+\*?\s*([A-Z][^.*@]{30,150})\./.exec(text)?.[1]?.replace(/\s+/g, " ") ?? [],
);
for (const textCompression of ["off", "deflate", "zstd", "off", "deflate", "zstd"] as const) {
  const path = join(scratch, `new-${textCompression}.db`);
  rmSync(path, { force: true });
  const fresh = await open({
    folder,
    database: path,
    textCompression,
    ...(model !== undefined && { model }),
  });
  const indexMs = await cpuOf(() => fresh.index());
  await fresh.search("warm");
  const searchMs = await cpuOf(async () => {
    for (let at = 0; at < 100; at += 1) {
      await fresh.search(sentences[(at * 7) % sentences.length] ?? "text", { k: 10 });
    }
  });
  const bytes = fresh.status().index.databaseBytes;
  await fresh.close();
  rows.push({ newIndex: textCompression, bytes, indexMs, searchMs });
  say(
    `| ${textCompression} | ${kb(bytes)} | ${indexMs.toFixed(0)} ms | ${searchMs.toFixed(0)} ms |`,
  );
}
keepRows("compact", here, rows);
rmSync(scratch, { recursive: true, force: true });

/** CPU time of this process, ms: what others do on the machine does not lengthen it. */
async function cpuOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function textsOf(path: string): string[] {
  const store = openSqliteStore({ path });
  const ids = Array.from(store.texts.where(() => true));
  const found = store.texts.passagesOf(ids).map(({ text }) => text);
  store.close();
  return found;
}

/** Milliseconds for a thousand texts, by twenty as a search asks. */
function readTime(path: string): number {
  const store = openSqliteStore({ path });
  const ids = Array.from(store.texts.where(() => true));
  store.texts.passagesOf(ids);
  const started = performance.now();
  let read = 0;
  for (; read < 1000; read += 20) {
    const from = read % Math.max(1, ids.length - 20);
    store.texts.passagesOf(ids.slice(from, from + 20));
  }
  const ms = ((performance.now() - started) / read) * 1000;
  store.close();
  return ms;
}
