/*
 * Finds the numbers for chunks of src/search/ranking/ranking-parameters.ts on the evaluation sets of --data: one number at a
 * time is moved over its grid and the best value kept, until a round changes nothing. What is made great is the mean
 * over the sets of (MRR + recall@10) / 2, with the model's vectors and with the static ones: MRR sees the order of the
 * first hits, which recall@10 does not.
 *
 *   node bench/quality/learn.ts --data DIR [--folds 4] [--limit 200] [--only-report]
 *
 * With folds, the same is done on all questions but those of each fold, and the figures on the fold left
 * out are printed: what the numbers are worth on questions they were not chosen on.
 */
import { loadEmbedder } from "../../src/embedder.ts";
import { parseQuery, type Query } from "../../src/search/question/query.ts";
import { combine } from "../../src/search/ranking/rank.ts";
import {
  type ChunkParameterTable,
  chunkParameters,
} from "../../src/search/ranking/ranking-parameters.ts";
import type { Candidates } from "../../src/search/routes/candidates.ts";
import type { SqliteStore } from "../../src/storage/sqlite/store.ts";
import { argument, printMachine, say } from "../common.ts";
import { documentsOf, indexSet } from "./indexed.ts";
import { mean, type Scores, score } from "./measures.ts";
import { loadSets } from "./sets.ts";

const data = argument("--data");
if (data === undefined) throw new Error("Name the folder with the sets: --data DIR");
const folds = Number(argument("--folds", "0"));
const limit = Number(argument("--limit", "200"));

type Kind = keyof ChunkParameterTable;
type Figure = "share" | "words" | "crowding" | "agreement";

const kinds: readonly Kind[] = ["prose", "code", "staticProse", "staticCode"];
const grid: Readonly<Record<Figure, readonly number[]>> = {
  share: [0, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8],
  words: [0, 0.004, 0.008, 0.015, 0.02, 0.03, 0.04],
  crowding: [0, 0.15, 0.25, 0.35, 0.5],
  agreement: [0, 0.2, 0.3, 0.4, 0.5, 0.6],
};

interface Question {
  query: Query;
  gold: ReadonlySet<string>;
  lists: Pick<Candidates, "words" | "meaning" | "vector" | "isStatic">[];
}

interface Task {
  name: string;
  store: SqliteStore;
  questions: Question[];
}

const of = (scores: readonly Scores[], key: keyof Scores): number =>
  mean(scores.map((one) => one[key]));
/** Of one list of scores: what is made great. */
const worth = (scores: readonly Scores[]): number =>
  (of(scores, "mrr") + of(scores, "recall10")) / 2;

printMachine();
const embedder = await loadEmbedder();
const staticEmbedder = await loadEmbedder({ model: "static" });
const tasks: Task[] = [];
for (const set of loadSets(data)) {
  const store = await indexSet(set, { embedder, staticEmbedder }, false);
  const questions: Question[] = [];
  for (const { text, gold } of set.questions) {
    const words = store.texts.search(text, limit);
    const vector = await embedder.embed([text], { kind: "query" });
    const quick = await staticEmbedder.embed([text], { kind: "query" });
    const lists = [
      { words, meaning: store.vectors.search(vector, limit), vector, isStatic: false },
      { words, meaning: store.staticVectors.nearest(quick, limit), vector: quick, isStatic: true },
    ];
    questions.push({ query: parseQuery({ query: text }), gold, lists });
  }
  tasks.push({ name: set.name, store, questions });
}
await embedder.close();
await staticEmbedder.close();

/** What the store says does not depend on the numbers: asked once. */
for (const { store } of tasks) {
  const once = <Args extends unknown[], Result>(
    ask: (...args: Args) => Result,
    keyOf: (...args: Args) => string,
  ): ((...args: Args) => Result) => {
    const known = new Map<string, Result>();
    return (...args) => {
      const key = keyOf(...args);
      const kept = known.get(key);
      if (kept !== undefined) return kept;
      const made = ask(...args);
      if (known.size < 40_000) known.set(key, made);
      return made;
    };
  };
  const listed = (ids: readonly number[]): string => ids.join(" ");
  const similarities = store.vectors.similarities.bind(store);
  const remembered = once(similarities, (ids, kind) => `${kind} ${listed(ids)}`);
  store.vectors.similarities = (ids, kind) =>
    (ids.length <= 50 ? remembered : similarities)(ids, kind);
  store.texts.marks = once(
    store.texts.marks.bind(store),
    (query, ids) => `${query} ${listed(ids)}`,
  );
  store.texts.places = once(store.texts.places.bind(store), (ids) => listed(ids));
  store.vectors.cosines = once(
    store.vectors.cosines.bind(store),
    (vector, ids, kind) => `${vector.subarray(0, 4).join(" ")} ${kind} ${listed(ids)}`,
  );
}

type Part = (questions: readonly Question[]) => readonly Question[];
const everything: Part = (questions) => questions;

function scoresOf(task: Task, table: ChunkParameterTable, which: 0 | 1, part: Part): Scores[] {
  return part(task.questions).map(({ query, gold, lists }) => {
    const { fused } = combine(task.store, lists[which] as Question["lists"][0], query, table);
    return score(documentsOf(task.store, fused.slice(0, limit)), gold);
  });
}

/** Numbers of the model's vectors are judged by these alone, those of the static ones by those. */
function worthOf(table: ChunkParameterTable, kind: Kind, part: Part): number {
  const which = kind.startsWith("static") ? 1 : 0;
  return mean(tasks.map((task) => worth(scoresOf(task, table, which, part))));
}

function learn(part: Part): ChunkParameterTable {
  let best: ChunkParameterTable = { ...chunkParameters };
  for (const kind of kinds) {
    let bestWorth = worthOf(best, kind, part);
    for (let isChanged = true; isChanged; ) {
      isChanged = false;
      for (const figure of Object.keys(grid) as Figure[]) {
        for (const value of grid[figure]) {
          const known = best[kind][figure];
          const changed = typeof known === "number" ? value : { ...known, many: value };
          if (value === (typeof known === "number" ? known : known.many)) continue;
          const tried = { ...best, [kind]: { ...best[kind], [figure]: changed } };
          const worthNow = worthOf(tried, kind, part);
          // Less than this is noise, and would only follow these very questions.
          if (worthNow < bestWorth + 0.001) continue;
          best = tried;
          bestWorth = worthNow;
          isChanged = true;
        }
      }
    }
  }
  return best;
}

function report(title: string, parameters: ChunkParameterTable, part: Part): void {
  say(`\n${title}`);
  for (const task of tasks) {
    for (const which of [0, 1] as const) {
      const scores = scoresOf(task, parameters, which, part);
      const shown = (["mrr", "recall10", "ndcg10"] as const).map((key) =>
        of(scores, key).toFixed(3),
      );
      say(`  ${task.name.padEnd(20)} ${which === 0 ? "model " : "static"}  ${shown.join(" / ")}`);
    }
  }
}

report("As they are (MRR / recall@10 / nDCG@10)", chunkParameters, everything);
if (process.argv.includes("--only-report")) process.exit(0);
const learnt = learn(everything);
say(`\nLearnt: ${JSON.stringify(learnt)}`);
report("With those", learnt, everything);
const held: Record<string, Scores[][]> = {};
for (let fold = 0; fold < folds; fold += 1) {
  const parameters = learn((questions) => questions.filter((_, at) => at % folds !== fold));
  say(`fold ${fold + 1}: ${JSON.stringify(parameters)}`);
  for (const task of tasks) {
    for (const which of [0, 1] as const) {
      const key = `${task.name.padEnd(20)} ${which === 0 ? "model " : "static"}`;
      held[key] ??= [];
      held[key].push(
        scoresOf(task, parameters, which, (all) => all.filter((_, at) => at % folds === fold)),
      );
    }
  }
}
if (folds > 0) say("\nOn questions that were left out (MRR / recall@10 / nDCG@10)");
for (const [key, parts] of Object.entries(held)) {
  const scores = parts.flat();
  say(
    `  ${key}  ${(["mrr", "recall10", "ndcg10"] as const).map((one) => of(scores, one).toFixed(3)).join(" / ")}`,
  );
}
for (const { store } of tasks) store.close();
