/*
 * Whole source trees, tests, documents and all, asked for the files that a change was made in. Questions are lines of
 * JSON (query, gold_files) or the entries of a GNU ChangeLog. Right is any of the files; ranks are those of files.
 *
 *   node bench/quality/intents.ts --tree DIR (--questions FILE | --changelog FILE) [--fresh] [--model static]
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { asideOf } from "../../src/base/paths/asides.ts";
import { pathTraits } from "../../src/base/paths/path-traits.ts";
import { loadEmbedder } from "../../src/embedder.ts";
import { search } from "../../src/search/searcher.ts";
import { argument, keepRows, printMachine, say, work } from "../common.ts";
import { changelogQuestions, linesOfJson } from "./changelog.ts";
import { indexTree } from "./indexed.ts";
import { interval, mean, type Scores, score } from "./measures.ts";

const tree = argument("--tree");
if (tree === undefined) throw new Error("Name the tree: --tree DIR");
const questionsFile = argument("--questions");
const changelog = argument("--changelog");
const isStatic = argument("--model") === "static";
const base = join(work, "intents", `${basename(tree)}${isStatic ? "-static" : ""}`);

const questions = (
  questionsFile === undefined
    ? changelogQuestions(readFileSync(changelog ?? join(tree, "ChangeLog"), "utf8"))
    : linesOfJson(readFileSync(questionsFile, "utf8"))
).filter(({ gold }) => [...gold].every((path) => existsSync(join(tree, path))));

const here = printMachine();
const embedder = await loadEmbedder(isStatic ? { model: "static" } : {});
const staticEmbedder = isStatic ? embedder : await loadEmbedder({ model: "static" });
if (process.argv.includes("--fresh")) rmSync(base, { recursive: true, force: true });
mkdirSync(base, { recursive: true });
const store = await indexTree(tree, join(base, "index.db"), { embedder, staticEmbedder });

/** What a user sees: files of the ten hits, and of a hundred for the rank. */
const scores: Scores[] = [];
const files: number[] = [];
const tests: number[] = [];
const boilerplate: number[] = [];
for (const { text, gold } of questions) {
  const parts = { store, embedder, staticEmbedder };
  const { hits } = await search(parts, { query: text, k: 10, fillIn: "off", minScore: 0 });
  const further = await search(parts, { query: text, k: 100, fillIn: "off", minScore: 0 });
  const ten = new Set(hits.map(({ path }) => path));
  const ranking = [...new Set([...hits, ...further.hits].map(({ path }) => path))];
  const found = score(ranking, gold);
  const shown = score([...ten], gold);
  scores.push({ ...shown, mrr: found.mrr });
  files.push(ten.size);
  tests.push(hits.filter(({ path }) => pathTraits(path).isTest).length);
  boilerplate.push(
    hits.filter(({ path }) => asideOf(path) !== undefined || pathTraits(path).isGenerated).length,
  );
}
const of = (key: keyof Scores): number[] => scores.map((one) => one[key]);
const [low, high] = interval(of("mrr"));
const row = {
  tree: basename(tree),
  model: isStatic ? "static" : "packaged",
  questions: questions.length,
  chunks: store.facts.stats().chunks,
  mrr: mean(of("mrr")),
  hit10: mean(of("hit10")),
  recall10: mean(of("recall10")),
  files: mean(files),
  tests: mean(tests),
  boilerplate: mean(boilerplate),
};
say(
  `${row.tree}, ${row.model}: ${row.questions} questions, ${row.chunks} chunks; MRR ${row.mrr.toFixed(3)} (${low.toFixed(3)}-${high.toFixed(3)})  hit@10 ${row.hit10.toFixed(3)}  R@10 ${row.recall10.toFixed(3)}; of ten hits ${row.files.toFixed(1)} files, ${row.tests.toFixed(2)} of tests, ${row.boilerplate.toFixed(2)} boilerplate`,
);
if (process.argv.includes("--keep")) keepRows("intents", here, [row]);
store.close();
await embedder.close();
if (!isStatic) await staticEmbedder.close();
