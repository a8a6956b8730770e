/*
 * Finds the numbers of src/search/fusion-parameters.ts on the evaluation sets of --data: one number
 * at a time is moved over its grid and the best value kept, until a round changes nothing. What is
 * made great is the mean over the sets, never a weight per set: of CoSQA (MRR + recall@10) / 2, of
 * Cranfield nDCG@10 and of LoCoMo recall@10, with the model's vectors and with the static ones.
 *
 *   node bench/quality/learn.ts --data DIR [--folds 4] [--limit 200]
 *
 * With folds, the same is done on all questions but those of each fold, and the figures on the fold left
 * out are printed: what the numbers are worth on questions they were not chosen on.
 */
import { loadEmbedder } from "../../src/embedder.ts";
import type { Candidates } from "../../src/search/candidates.ts";
import { type FusionParameters, fusionParameters } from "../../src/search/fusion-parameters.ts";
import { parseQuery, type Query } from "../../src/search/query.ts";
import { combine } from "../../src/search/rank.ts";
import type { SqliteStore } from "../../src/storage/sqlite/store.ts";
import { argument, printMachine, say } from "../common.ts";
import { documentsOf, indexSet } from "./indexed.ts";
import { mean, type Scores, score } from "./measures.ts";
import { loadSets } from "./sets.ts";

const data = argument("--data");
if (data === undefined) throw new Error("Name the folder with the sets: --data DIR");
const folds = Number(argument("--folds", "0"));
const limit = Number(argument("--limit", "200"));

const grid: Readonly<Record<keyof FusionParameters, readonly number[]>> = {
  weightInProse: [0.35, 0.4, 0.45, 0.5, 0.55],
  weightOfNames: [0.45, 0.55, 0.65, 0.75],
  weightOfQuestions: [0.75, 0.8, 0.85, 0.9],
  staticInProse: [0.3, 0.35, 0.4, 0.45, 0.5],
  staticInCode: [0.4, 0.5, 0.6, 0.7],
  crowding: [0, 0.15, 0.25, 0.35],
  agreementInProse: [0, 0.3, 0.4, 0.5, 0.6],
  agreementInCode: [0, 0.2, 0.3, 0.4],
};

interface Question {
  query: Query;
  gold: ReadonlySet<string>;
  lists: Pick<Candidates, "words" | "meaning" | "isStatic">[];
}

interface Task {
  name: string;
  store: SqliteStore;
  questions: Question[];
  worth: (scores: readonly Scores[]) => number;
}

const of = (scores: readonly Scores[], key: keyof Scores): number =>
  mean(scores.map((one) => one[key]));
const worths: Readonly<Record<string, Task["worth"]>> = {
  "CoSQA dev": (scores) => (of(scores, "mrr") + of(scores, "recall10")) / 2,
  "Cranfield odd": (scores) => of(scores, "ndcg10"),
  "LoCoMo turns pooled": (scores) => of(scores, "recall10"),
};

printMachine();
const embedder = await loadEmbedder();
const staticEmbedder = await loadEmbedder({ model: "static" });
const tasks: Task[] = [];
for (const set of loadSets(data)) {
  const store = await indexSet(set, { embedder, staticEmbedder }, false);
  const questions: Question[] = [];
  for (const { text, gold } of set.questions) {
    const words = store.searchWords(text, limit);
    const vector = await embedder.embed([text], { kind: "query" });
    const quick = await staticEmbedder.embed([text], { kind: "query" });
    const lists = [
      { words, meaning: store.searchVectors(vector, limit), isStatic: false },
      { words, meaning: store.nearestStatic(quick, limit), isStatic: true },
    ];
    questions.push({ query: parseQuery({ query: text }), gold, lists });
  }
  const worth = worths[set.name] ?? ((scores) => of(scores, "ndcg10"));
  tasks.push({ name: set.name, store, questions, worth });
}
await embedder.close();
await staticEmbedder.close();

/** Cosines do not depend on the numbers: asked once for a list of chunks. */
for (const { store } of tasks) {
  const known = new Map<string, Float32Array>();
  const ask = store.similarities.bind(store);
  store.similarities = (ids, kind) => {
    const key = `${kind} ${ids.join(" ")}`;
    let cosines = known.get(key);
    if (cosines === undefined) {
      cosines = ask(ids, kind);
      if (known.size < 20_000 && ids.length <= 50) known.set(key, cosines);
    }
    return cosines;
  };
}

type Part = (questions: readonly Question[]) => readonly Question[];
const everything: Part = (questions) => questions;

function scoresOf(task: Task, parameters: FusionParameters, which: 0 | 1, part: Part): Scores[] {
  return part(task.questions).map(({ query, gold, lists }) => {
    const fused = combine(task.store, lists[which] as Question["lists"][0], query, parameters);
    return score(documentsOf(task.store, fused.slice(0, limit)), gold);
  });
}

/** The static list's own numbers are judged by it alone; the common ones by both. */
function worthOf(parameters: FusionParameters, part: Part): number {
  return mean(
    tasks.flatMap((task) =>
      ([0, 1] as const).map((which) => task.worth(scoresOf(task, parameters, which, part))),
    ),
  );
}

function learn(part: Part): FusionParameters {
  let best = { ...fusionParameters };
  let bestWorth = worthOf(best, part);
  for (let changed = true; changed; ) {
    changed = false;
    for (const key of Object.keys(grid) as (keyof FusionParameters)[]) {
      for (const value of grid[key]) {
        if (value === best[key]) continue;
        const tried = { ...best, [key]: value };
        const worth = worthOf(tried, part);
        // Less than this is noise, and would only follow these very questions.
        if (worth < bestWorth + 0.0005) continue;
        best = tried;
        bestWorth = worth;
        changed = true;
      }
    }
  }
  return best;
}

function report(title: string, parameters: FusionParameters, part: Part): void {
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

report("As they are (MRR / recall@10 / nDCG@10)", fusionParameters, everything);
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
