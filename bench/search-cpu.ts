/*
 * CPU time of a search over a large index, stage by stage: questions of plain words, vectors made up like embeddings
 * are (their content does not change what comparing them costs), the real model for the question.
 *
 *   node bench/search-cpu.ts [--tree DIR] [--rounds 3] [--sql] [--keep]
 *
 * "words by SQL" is what the words would cost by SQLite's own bm25(); with --sql the whole search goes that way.
 * CPU of all threads of this process; the same questions are asked in a fixed order, caches of rankings are off.
 */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { nameOfEmbedder } from "../src/base/model-name.ts";
import { loadEmbedder } from "../src/embedder.ts";
import { indexFolder } from "../src/indexing/indexer.ts";
import { scanKernels } from "../src/native/vector-scan.ts";
import { sqlFunctions, wordSplitter } from "../src/native/words.ts";
import { parseQuery } from "../src/search/question/query.ts";
import { search } from "../src/search/searcher.ts";
import { openSqliteStore } from "../src/storage/sqlite/store.ts";
import { grammarsFolder } from "../src/syntax/grammars.ts";
import { TreeSitterParser } from "../src/syntax/parser.ts";
import { argument, keepRows, printMachine, say, work } from "./common.ts";
import { dimensions, vectorOf } from "./made-up-vectors.ts";
import { debianTree } from "./tree.ts";

const tree = argument("--tree") ?? debianTree();
const rounds = Number(argument("--rounds", "3"));

const questions = [
  "how are the rows of a query set cached between two evaluations",
  "where is the file written to a temporary name and then renamed",
  "parse a date with a time zone from a header",
  "which function escapes text for html",
  "close all connections that have been idle for too long",
  "split a path into its folder, name and ending",
  "read a line from standard input without the line break",
  "compute the checksum of a stream while it is copied",
  "raise an error when a required field is missing from the form",
  "limit the number of requests that run at the same time",
  "convert a number to a string in a given base",
  "find the longest common prefix of two strings",
  "send a mail with an attachment over smtp",
  "check that a user has the permission to change an object",
  "write a response in chunks while it is being made",
  "sort a list of values by a key function and keep equal ones in order",
  "load a template by name from the folders of the settings",
  "compress data with gzip and a level that can be chosen",
  "wait until all of the running tasks are done or the context ends",
  "encode a value as json with indentation",
];

const base = join(work, "search-cpu");
mkdirSync(base, { recursive: true });
const here = printMachine();
const embedder = await loadEmbedder();
const path = join(base, "index.db");
const isMade = existsSync(path);
const bySql = process.argv.includes("--sql");
const storeWith = (functions: (() => string | undefined) | undefined) =>
  openSqliteStore({
    ...{ path, kernels: scanKernels(), splitWords: wordSplitter(), sqlFunctions: functions },
  });
const store = storeWith(bySql ? undefined : sqlFunctions());
if (!isMade) {
  say(`indexing ${tree}`);
  const parser = new TreeSitterParser({ grammars: grammarsFolder() });
  await indexFolder({ root: tree, store, embedder, parser, options: { embed: false } });
  await parser.close();
  const perWrite = 2_000;
  store.vectors.claimModel(nameOfEmbedder(embedder));
  for (let page = store.pending.page(0, perWrite); page.length > 0; ) {
    const vectors = new Float32Array(page.length * dimensions);
    for (const [at, { id }] of page.entries()) vectors.set(vectorOf(id), at * dimensions);
    store.vectors.put(
      page.map(({ id }) => id),
      vectors,
      nameOfEmbedder(embedder),
    );
    page = store.pending.page(0, perWrite);
  }
}
/** The same file, with SQLite's own bm25(). */
const plain = storeWith(undefined);
const { chunks } = store.facts.stats();
say(`${chunks} chunks`);

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};
const middle = (values: number[]): number =>
  values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const stages: Record<string, number[]> = {};
async function timed<T>(stage: string, work: () => T | Promise<T>): Promise<T> {
  const before = cpuMs();
  const made = await work();
  stages[stage] = [...(stages[stage] ?? []), cpuMs() - before];
  return made;
}

for (let round = -1; round < rounds; round += 1) {
  if (round === 0) for (const stage of Object.keys(stages)) delete stages[stage];
  for (const text of questions) {
    const query = parseQuery({ query: text });
    const vector = await timed("embed", () => embedder.embed([text], { kind: "query" }));
    await timed("words", () => store.texts.search(query.text, 100));
    await timed("words by SQL", () => plain.texts.search(query.text, 100));
    await timed("meaning", () => store.vectors.nearest(vector, 100));
    await timed("whole search", () => search({ store, embedder }, { query: text, fillIn: "off" }));
  }
}
const row: Record<string, number> = {};
for (const [stage, times] of Object.entries(stages)) {
  const all = times.sort((a, b) => a - b);
  row[stage] = Number(middle(all).toFixed(1));
  say(
    `${stage.padEnd(14)} median ${row[stage]} ms CPU, worst ${(all.at(-1) as number).toFixed(1)} ms`,
  );
}
if (process.argv.includes("--keep")) {
  keepRows("search-cpu", here, [
    { bench: "search-cpu", chunks, questions: questions.length, bySql, ...row },
  ]);
}
plain.close();
store.close();
await embedder.close();
