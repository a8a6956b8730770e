/*
 * What each format of vectors comes to: size, how many of the true best ten are still found, CPU time of a
 * search, and of making it. First on an index of real files, asked by its own vectors and by sentences of its
 * doc comments; then, with --rows, on made-up vectors, which are searched by bits.
 *
 *   node bench/compact-vectors.ts [--tree DIR] [--rows 100000]
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { loadEmbedder } from "../src/embedder.ts";
import { askedOf, recallOf } from "../src/engine/index/compact-recall.ts";
import { open } from "../src/engine/open.ts";
import { scanIsa, scanKernels } from "../src/native/vector-scan.ts";
import { vectorFormats } from "../src/ports/vector-scan.ts";
import { makeCompactCopy, takeCompactCopy } from "../src/storage/sqlite/compact.ts";
import { databaseBytes } from "../src/storage/sqlite/file/database-bytes.ts";
import { openSqliteStore, type SqliteStore } from "../src/storage/sqlite/store.ts";
import { argument, keepRows, printMachine, say } from "./common.ts";
import { dimensions, vectorOf } from "./made-up-vectors.ts";

const folder = resolve(argument("--tree", "src"));
const madeUp = Number(argument("--rows", "0"));
const mostQuestions = 100;
const here = printMachine();
const kernels = scanKernels();
const scratch = mkdtempSync(join(tmpdir(), "haypile-bench-vectors-"));
const original = join(scratch, "index.db");
const rows: object[] = [];
say(`scan kernels: ${scanIsa()}`);
await realFiles();
if (madeUp > 0) await madeUpVectors(madeUp);
keepRows("compact-vectors", here, rows);
rmSync(scratch, { recursive: true, force: true });

async function realFiles(): Promise<void> {
  const engine = await open({ folder, database: original });
  await engine.index();
  await engine.settled();
  const { chunks } = engine.status().index;
  await engine.close();
  const store = openSqliteStore({ path: original, kernels, readonly: true });
  const questions = await sentencesOf(store);
  const truth = questions.map((vector) =>
    store.vectors.search(vector, 10).map((hit) => hit.chunkId),
  );
  const own = await askedOf(store);
  store.close();
  say(`${chunks} chunks, ${questions.length} sentences\n`);
  header();
  for (const vectors of ["full", ...vectorFormats] as const) {
    const path = join(scratch, "copy.db");
    cpSync(original, path);
    const madeMs = await make(path, "deflate", vectors);
    const copy = openSqliteStore({ path, kernels, readonly: true });
    const asked = await time(copy, questions);
    const found = asked.hits.map((ids, at) => ids.filter((id) => truth[at]?.includes(id)).length);
    await line({
      vectors,
      chunks,
      bytes: databaseBytes(path),
      bytesPerVector: copy.vectors.packed()?.bytesPerVector ?? dimensions,
      recallOwn: await recallOf(copy, own),
      recallSentences: found.reduce((sum, n) => sum + n, 0) / (10 * truth.length),
      searchMs: asked.ms,
      madeMs,
    });
    copy.close();
    rmSync(path);
  }
}

async function madeUpVectors(count: number): Promise<void> {
  rmSync(original);
  const store = openSqliteStore({ path: original, kernels });
  store.vectors.claimModel({ id: "made-up", dimensions });
  fill(store, count);
  store.optimize();
  await store.settled();
  const questions = Array.from({ length: 30 }, (_, i) => vectorOf(50_000_000 + i * 7919));
  const truth = questions.map((vector) =>
    store.vectors.search(vector, 10).map((hit) => hit.chunkId),
  );
  store.close();
  say(`\n${count} made-up vectors, searched by bits (questions in place of sentences)\n`);
  header();
  for (const vectors of ["full", ...vectorFormats] as const) {
    const path = join(scratch, "copy.db");
    cpSync(original, path);
    const madeMs = await make(path, "off", vectors);
    const copy = openSqliteStore({ path, kernels, readonly: true });
    const asked = await time(copy, questions);
    const found = asked.hits.map((ids, at) => ids.filter((id) => truth[at]?.includes(id)).length);
    await line({
      vectors,
      chunks: count,
      bytes: databaseBytes(path),
      bytesPerVector: copy.vectors.packed()?.bytesPerVector ?? dimensions,
      recallOwn: undefined,
      recallSentences: found.reduce((sum, n) => sum + n, 0) / (10 * truth.length),
      searchMs: asked.ms,
      madeMs,
    });
    copy.close();
    rmSync(path);
  }
}

interface Line {
  vectors: string;
  chunks: number;
  bytes: number;
  bytesPerVector: number;
  recallOwn: number | undefined;
  recallSentences: number;
  searchMs: number;
  madeMs: number;
}

function header(): void {
  say(
    "| vectors | bytes a vector | index | recall@10 own | recall@10 sentences | search, CPU | making it, CPU |",
  );
  say("|---|---|---|---|---|---|---|");
}

async function line(row: Line): Promise<void> {
  rows.push(row);
  const { vectors, bytesPerVector, bytes, recallOwn, recallSentences, searchMs, madeMs } = row;
  say(
    `| ${vectors} | ${bytesPerVector} | ${(bytes / 1000).toFixed(0)} kB | ${recallOwn?.toFixed(3) ?? ""} | ${recallSentences.toFixed(3)} | ${searchMs.toFixed(1)} ms | ${(madeMs / 1000).toFixed(1)} s |`,
  );
}

/** CPU time of this process, which others on the machine do not lengthen. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** CPU time, ms. */
async function make(
  path: string,
  codec: "off" | "deflate",
  vectors: "full" | (typeof vectorFormats)[number],
): Promise<number> {
  const before = cpuMs();
  await makeCompactCopy({ path, targetBytes: 0, codec, vectors });
  await takeCompactCopy(path);
  return cpuMs() - before;
}

/** CPU time of a search on average, and what each finds. */
async function time(
  store: SqliteStore,
  questions: readonly Float32Array[],
): Promise<{ ms: number; hits: number[][] }> {
  for (const vector of questions.slice(0, 3)) await store.vectors.nearest(vector, 10);
  const before = cpuMs();
  const hits: number[][] = [];
  for (const vector of questions) {
    hits.push((await store.vectors.nearest(vector, 10)).map(({ chunkId }) => chunkId));
  }
  return { ms: (cpuMs() - before) / questions.length, hits };
}

/** First sentences of doc comments, as vectors of queries. */
async function sentencesOf(store: SqliteStore): Promise<Float32Array[]> {
  const texts = store.texts.passagesOf(Array.from(store.texts.where(() => true)));
  const sentences = texts.flatMap(
    ({ text }) =>
      /\/\*\*?\s+\*?\s*([A-Z][^.*@]{30,150})\./.exec(text)?.[1]?.replace(/\s+/g, " ") ?? [],
  );
  const step = Math.max(1, Math.floor(sentences.length / mostQuestions));
  const asked = sentences.filter((_, at) => at % step === 0).slice(0, mostQuestions);
  const embedder = await loadEmbedder();
  const matrix = await embedder.embed(asked, { kind: "query" });
  await embedder.close();
  return asked.map((_, at) => matrix.slice(at * dimensions, (at + 1) * dimensions));
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
    const path = `f${from}`;
    store.files.put([{ path, stamp, contentHash: path, language: "text", chunks }]);
    const waiting = store.pending.page(0, perWrite);
    const matrix = new Float32Array(waiting.length * dimensions);
    for (const [at, { text }] of waiting.entries()) {
      matrix.set(vectorOf(Number(text)), at * dimensions);
    }
    store.vectors.put(
      waiting.map(({ id }) => id),
      matrix,
    );
  }
}
