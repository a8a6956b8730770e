/*
 * Finds the numbers for chunks of src/search/ranking/ranking-parameters.ts on all sets at once: those of --data (CoSQA,
 * Cranfield, LoCoMo as files, with --django its intents) and the learn split of our own (functions, phrases of comments,
 * intents; own/code/fetch.ts gets them). One number at a time is moved over its grid and the best value kept, until a round
 * changes nothing. What is made great is the mean over the groups of sets of (MRR + recall@10) / 2, with the model's
 * vectors and with the static ones: MRR sees the order of the first hits, which recall@10 does not.
 *
 *   node bench/quality/learn.ts --data DIR [--django FOLDER] [--sets cosqa,own] [--questions 200] [--limit 200]
 *       [--leave-out] [--folds 4] [--model-only] [--only-report]
 *
 * With --leave-out each group is left out in turn, and what was learnt on the others is measured on it: what the numbers are
 * worth on text of another kind. With folds, the same is done on all questions but those of each fold. --sets: by the
 * beginnings of names of groups or sets; --questions: of a group, spread evenly over its sets; --model-only: without the static vectors.
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
import { indexSet, rankingOf } from "./indexed.ts";
import { keptVectors, openCounter } from "./kept-vectors.ts";
import { mean, type Scores, score } from "./measures.ts";
import { docSets, intentSets } from "./own/code/code-sets.ts";
import { phraseSets } from "./own/code/phrases.ts";
import { spread } from "./own/random.ts";
import { djangoSet, type EvaluationSet, loadSets } from "./sets.ts";

const data = argument("--data");
if (data === undefined) throw new Error("Name the folder with the sets: --data DIR");
const django = argument("--django");
const wanted = argument("--sets")?.toLowerCase().split(",");
const mostQuestions = Number(argument("--questions", "200"));
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
  asked: EvaluationSet["questions"][number];
  lists: Pick<Candidates, "words" | "meaning" | "vector" | "isStatic">[];
}

interface Task {
  /** Sets of one group count together, and are left out together. */
  group: string;
  set: EvaluationSet;
  store: SqliteStore;
  questions: Question[];
}

const of = (scores: readonly Scores[], key: keyof Scores): number =>
  mean(scores.map((one) => one[key]));
/** Of one list of scores: what is made great. */
const worth = (scores: readonly Scores[]): number =>
  (of(scores, "mrr") + of(scores, "recall10")) / 2;

printMachine();
const groups: [string, EvaluationSet[]][] = [
  ...loadSets(data).map((set): [string, EvaluationSet[]] => [
    set.name.startsWith("LoCoMo") ? "LoCoMo as files" : set.name,
    [set],
  ]),
  ["own functions", docSets("learn")],
  ["own phrases", phraseSets("learn")],
  ["own intents", intentSets("learn")],
];
if (django !== undefined) groups.push(["Django intents", [djangoSet(data, django)]]);

const embedder = keptVectors("all-minilm-l6-v2", undefined, await openCounter());
const staticEmbedder = await loadEmbedder({ model: "static" });
const tasks: Task[] = [];
for (const [group, sets] of groups) {
  const chosen = sets.filter(({ name }) =>
    [group, name].some(
      (known) => wanted?.some((one) => known.toLowerCase().startsWith(one)) !== false,
    ),
  );
  for (const set of chosen) {
    const store = await indexSet(set, { embedder, staticEmbedder }, false);
    const questions: Question[] = [];
    for (const asked of spread(set.questions, Math.ceil(mostQuestions / chosen.length))) {
      const { text, gold } = asked;
      const words = store.texts.search(text, limit);
      const vector = await embedder.embed([text], { kind: "query" });
      const quick = await staticEmbedder.embed([text], { kind: "query" });
      const byModel = store.vectors.search(vector, limit);
      const byStatic = store.staticVectors.nearest(quick, limit);
      const lists = [
        { words, meaning: byModel, vector, isStatic: false },
        { words, meaning: byStatic, vector: quick, isStatic: true },
      ];
      questions.push({ query: parseQuery({ query: text }), gold, asked, lists });
    }
    tasks.push({ group, set, store, questions });
  }
}
await embedder.close();
await staticEmbedder.close();

const whiches: readonly (0 | 1)[] = process.argv.includes("--model-only") ? [0] : [0, 1];

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
  return part(task.questions).map(({ query, gold, asked, lists }) => {
    const { fused } = combine(task.store, lists[which] as Question["lists"][0], query, table);
    return score(rankingOf(task.store, fused.slice(0, limit), task.set, asked), gold);
  });
}

const groupNames = (): string[] => [...new Set(tasks.map(({ group }) => group))];

/** Scores of all sets of a group. */
function scoresOfGroup(
  group: string,
  table: ChunkParameterTable,
  which: 0 | 1,
  part: Part,
): Scores[] {
  return tasks
    .filter((task) => task.group === group)
    .flatMap((task) => scoresOf(task, table, which, part));
}

/** Numbers of the model's vectors are judged by these alone, those of the static ones by those. */
function worthOf(
  table: ChunkParameterTable,
  kind: Kind,
  part: Part,
  names: readonly string[],
): number {
  const which = kind.startsWith("static") ? 1 : 0;
  return mean(names.map((name) => worth(scoresOfGroup(name, table, which, part))));
}

function learn(part: Part, names: readonly string[] = groupNames()): ChunkParameterTable {
  let best: ChunkParameterTable = { ...chunkParameters };
  for (const kind of kinds) {
    if (whiches.length === 1 && kind.startsWith("static")) continue;
    let bestWorth = worthOf(best, kind, part, names);
    for (let isChanged = true; isChanged; ) {
      isChanged = false;
      for (const figure of Object.keys(grid) as Figure[]) {
        for (const value of grid[figure]) {
          const known = best[kind][figure];
          const changed = typeof known === "number" ? value : { ...known, many: value };
          if (value === (typeof known === "number" ? known : known.many)) continue;
          const tried = { ...best, [kind]: { ...best[kind], [figure]: changed } };
          const worthNow = worthOf(tried, kind, part, names);
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

const line = (group: string, which: 0 | 1, scores: readonly Scores[]): string => {
  const figures = (["mrr", "recall10", "ndcg10"] as const).map((key) => of(scores, key).toFixed(3));
  return `  ${group.padEnd(20)} ${which === 0 ? "model " : "static"}  ${figures.join(" / ")}`;
};

function report(title: string, parameters: ChunkParameterTable, part: Part): void {
  say(`\n${title}`);
  for (const group of groupNames()) {
    for (const which of whiches) {
      say(line(group, which, scoresOfGroup(group, parameters, which, part)));
    }
  }
}

report("As they are (MRR / recall@10 / nDCG@10)", chunkParameters, everything);
if (process.argv.includes("--only-report")) process.exit(0);
const learnt = learn(everything);
say(`\nLearnt: ${JSON.stringify(learnt)}`);
report("With those", learnt, everything);
if (process.argv.includes("--leave-out")) {
  say("\nOn groups that were left out (MRR / recall@10 / nDCG@10)");
  for (const group of groupNames()) {
    const parameters = learn(
      everything,
      groupNames().filter((name) => name !== group),
    );
    for (const which of whiches) {
      say(line(group, which, scoresOfGroup(group, parameters, which, everything)));
    }
    say(`    ${JSON.stringify(parameters)}`);
  }
}
const held = new Map<string, Scores[]>();
for (let fold = 0; fold < folds; fold += 1) {
  const parameters = learn((questions) => questions.filter((_, at) => at % folds !== fold));
  say(`fold ${fold + 1}: ${JSON.stringify(parameters)}`);
  const left: Part = (all) => all.filter((_, at) => at % folds === fold);
  for (const group of groupNames()) {
    for (const which of whiches) {
      const key = `${which} ${group}`;
      held.set(key, [...(held.get(key) ?? []), ...scoresOfGroup(group, parameters, which, left)]);
    }
  }
}
if (folds > 0) say("\nOn questions that were left out (MRR / recall@10 / nDCG@10)");
for (const [key, scores] of held) say(line(key.slice(2), key.startsWith("0") ? 0 : 1, scores));
for (const { store } of tasks) store.close();
