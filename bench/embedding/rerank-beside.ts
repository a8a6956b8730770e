/*
 * Searches with their second look at the best hits (late interaction, or a cross-encoder) while new texts are embedded,
 * in one engine, and the same searches alone with it and without.
 *   node bench/embedding/rerank-beside.ts [--seconds 20] [--searchers 2] [--reranker FOLDER]
 */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { argument, keepRows, peakRss, printMachine, repository, say } from "../common.ts";
import { textMaker } from "../memories/texts.ts";

const { open } = (await import(
  join(repository, "dist", "index.js")
)) as typeof import("../../src/index.ts");
const here = printMachine();
const seconds = Number(argument("--seconds", "20"));
const searchers = Number(argument("--searchers", "2"));
const reranker = argument("--reranker");
const scratch = mkdtempSync(join(tmpdir(), "haypile-rerank-"));
const tree = join(scratch, "tree");
process.env.HAYPILE_DATA_DIR = join(scratch, "data");
process.env.HAYPILE_CACHE_DIR = join(scratch, "cache");
mkdirSync(tree);
const decisions = join(repository, "docs", "decisions");
const pages = readdirSync(decisions).slice(0, 40);
for (const page of pages) cpSync(join(decisions, page), join(tree, page));

/** Questions out of the pages: eight words in a row, each asked once. */
const words = pages.map(
  (page) => readFileSync(join(tree, page), "utf8").match(/[A-Za-z]{3,}/g) ?? [],
);
function* questionsOf(): Generator<string> {
  for (let at = 0; ; at += 5) {
    for (const of of words) {
      if (at + 8 < of.length) yield of.slice(at, at + 8).join(" ");
    }
    if (words.every((of) => at + 8 >= of.length)) throw new Error("no question is left");
  }
}
const questions = questionsOf();

const engine = await open({ folder: tree, ...(reranker !== undefined && { reranker }) });
await engine.index();
let looked = 0;
async function searchOnce(rerank: boolean): Promise<number> {
  const start = performance.now();
  const { reranked } = await engine.search(questions.next().value as string, { rerank });
  looked += reranked?.pairs ?? 0;
  return performance.now() - start;
}
const at = (times: readonly number[], share: number): number =>
  [...times].sort((a, b) => a - b)[Math.floor((times.length - 1) * share)] ?? 0;
async function timesOf(count: number, rerank: boolean): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i += 1) times.push(await searchOnce(rerank));
  return times;
}
await timesOf(3, true);
const without = await timesOf(40, false);
looked = 0;
const alone = await timesOf(40, true);
const pairs = looked / alone.length;
if (pairs === 0) throw new Error("nothing was looked at again: no reranker is on");

const next = textMaker(13);
const end = performance.now() + seconds * 1_000;
let embedded = 0;
const beside: number[] = [];
async function embedOn(): Promise<void> {
  for (let file = 0; performance.now() < end; file += 1) {
    const text = Array.from({ length: 30 }, () => `${next()}\n`).join("\n");
    writeFileSync(join(tree, `new-${file}.md`), text);
    embedded += (await engine.index()).chunks.embedded;
  }
}
async function searchOn(): Promise<void> {
  while (performance.now() < end) beside.push(await searchOnce(true));
}
const began = performance.now();
const before = process.cpuUsage();
await Promise.all([embedOn(), ...Array.from({ length: searchers }, searchOn)]);
const took = (performance.now() - began) / 1_000;
const { user, system } = process.cpuUsage(before);
await engine.close();
rmSync(scratch, { recursive: true, force: true });

const row = {
  bench: "rerank-beside",
  reranker: reranker === undefined ? "late interaction" : "cross-encoder",
  pairs,
  withoutP50: at(without, 0.5),
  withP50: at(alone, 0.5),
  withP95: at(alone, 0.95),
  seconds: took,
  cpuSeconds: (user + system) / 1e6,
  searches: beside.length,
  perSecond: beside.length / took,
  besideP50: at(beside, 0.5),
  besideP95: at(beside, 0.95),
  embedded,
  peakRss: peakRss(),
};
say(JSON.stringify(row, undefined, 1));
keepRows("rerank-beside", here, [row]);
