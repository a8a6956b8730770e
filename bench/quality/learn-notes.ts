/*
 * What a model's cosines are worth among memories: tries stretches of its scale (src/search/ranking/cosine-scale.ts) and, with
 * --numbers, the numbers for notes and turns of ranking-parameters.ts, by the mean over the groups of sets of
 * (MRR + recall@10) / 2. Each group is left out in turn, and what was chosen on the others is measured on it.
 *
 *   node bench/quality/learn-notes.ts --data DIR --models all-minilm-l6-v2,e5-small-v2=FOLDER [--sets locomo,notes] [--numbers]
 *
 * The origin follows the stretch: questions on another subject get nothing as often as with the packaged model.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openMemories } from "../../src/engine/memories/memories.ts";
import { gatherEvidence } from "../../src/memories/recall/gather.ts";
import { scanKernels } from "../../src/native/vector-scan.ts";
import { wordSplitter } from "../../src/native/words.ts";
import type { AllowedRows, MemoryStore, PartHit } from "../../src/ports/memory-rows.ts";
import type { CosineScale } from "../../src/search/ranking/cosine-scale.ts";
import { floor, relevance } from "../../src/search/ranking/evidence.ts";
import {
  noteScale,
  notes,
  turnContext,
  turns,
} from "../../src/search/ranking/ranking-parameters.ts";
import { openMemoryStore } from "../../src/storage/sqlite/memories/store.ts";
import { argument, printMachine, say } from "../common.ts";
import { type KeptEmbedder, openCounter, openModels } from "./kept-vectors.ts";
import { mean, type Scores, score } from "./measures.ts";
import { loadRecallSets, type RecallSet, rememberSet } from "./recall-sets.ts";

interface Asked {
  text: string;
  /** Empty: nothing answers it. */
  gold: ReadonlySet<string>;
  isFar: boolean;
  vector: Float32Array;
  allowed: AllowedRows;
  words: PartHit[];
  meaning: PartHit[];
}

interface Task {
  group: string;
  store: MemoryStore;
  idOf: Map<number, string>;
  asked: Asked[];
  close(): void;
}

/** As recall() asks for with k = 100. */
const limit = 200;
const scratch = mkdtempSync(join(tmpdir(), "haypile-learn-notes-"));

async function taskOf(set: RecallSet, embedder: KeptEmbedder): Promise<Task> {
  const path = join(scratch, `${set.name}-${embedder.modelId}.db`);
  const memories = await openMemories({ database: path, embedder });
  const own = await rememberSet(set, memories);
  await memories.close();
  const store = openMemoryStore({ path, kernels: scanKernels(), wordSplitter: wordSplitter() });
  store.vectors.claimModel({ id: embedder.modelId, dimensions: embedder.dimensions });
  await store.scope.prepare();
  const asked: Asked[] = [];
  const questions = [
    ...set.questions.map((one) => ({ ...one, isFar: false })),
    ...set.none.far.map((text) => ({ text, gold: new Set<string>(), isFar: true })),
  ];
  for (const question of questions) {
    const { text, gold, isFar } = question;
    const namespace = "namespace" in question ? question.namespace : undefined;
    const vector = await embedder.embed([text], { kind: "query" });
    const askedAt = "askedAt" in question ? question.askedAt : undefined;
    const allowed = store.scope.allowed({
      now: askedAt ?? Date.now(),
      ...(namespace !== undefined && { namespaces: [namespace] }),
    });
    const words = store.words.search(text, limit, allowed);
    const meaning = await store.vectors.search({ vector, limit, allowed });
    asked.push({ text, gold, isFar, vector, allowed, words, meaning });
  }
  // What the store says does not depend on the numbers: asked once.
  const marks = once(store.words.marks.bind(store.words));
  const cosines = once(store.vectors.cosines.bind(store.vectors));
  const parts = once(store.rows.parts.bind(store.rows));
  Object.assign(store.words, { marks });
  Object.assign(store.vectors, { cosines });
  Object.assign(store.rows, { parts });
  const rowIds = [...new Set(asked.flatMap(({ words, meaning }) => [...words, ...meaning]))].map(
    ({ rowId }) => rowId,
  );
  const idOf = new Map(store.rows.get([...new Set(rowIds)]).map((row) => [row.rowId, row.key]));
  const named = new Map([...idOf].map(([rowId, key]) => [rowId, own.get(key) ?? ""]));
  return { group: set.group, store, idOf: named, asked, close: () => store.close() };
}

function once<Args extends unknown[], Result>(
  ask: (...args: Args) => Result,
): (...args: Args) => Result {
  const known = new Map<string, Result>();
  return (...args) => {
    const key = args
      .map((one) => (one instanceof Float32Array ? one.subarray(0, 6).join() : String(one)))
      .join("|");
    const kept = known.get(key);
    if (kept !== undefined) return kept;
    const made = ask(...args);
    known.set(key, made);
    return made;
  };
}

interface Outcome {
  scores: Scores[];
  /** Of the answers among the first eight, those the floor hides; of far questions, those that get nothing. */
  lost: number[];
  none: number[];
}

function outcomeOf(tasks: readonly Task[], scale: CosineScale): Outcome {
  const outcome: Outcome = { scores: [], lost: [], none: [] };
  for (const { store, asked, idOf } of tasks) {
    for (const { text, gold, isFar, vector, allowed, words, meaning } of asked) {
      const byMeaning = { vector, scale };
      const { ranked, terms } = gatherEvidence(
        store,
        text,
        allowed,
        { words, meaning, dated: [] },
        byMeaning,
      );
      const shown = ranked.filter(
        (one) => relevance(one.score, terms, noteScale, one.evidence.share) >= floor,
      );
      if (isFar) {
        outcome.none.push(shown.length === 0 ? 1 : 0);
        continue;
      }
      const names = ranked.slice(0, 100).map(({ rowId }) => idOf.get(rowId) ?? "");
      outcome.scores.push(score(names, gold));
      if (!names.slice(0, 8).some((name) => gold.has(name))) continue;
      const kept = shown.slice(0, 8).some(({ rowId }) => gold.has(idOf.get(rowId) ?? ""));
      outcome.lost.push(kept ? 0 : 1);
    }
  }
  return outcome;
}

const of = (scores: readonly Scores[], key: keyof Scores): number =>
  mean(scores.map((one) => one[key]));

function worthOf(groups: ReadonlyMap<string, Task[]>, scale: CosineScale): number {
  return mean(
    [...groups.values()].map((tasks) => {
      const { scores } = outcomeOf(tasks, scale);
      return (of(scores, "mrr") + of(scores, "recall10")) / 2;
    }),
  );
}

/** Where a question with nothing to do with a text comes out, whatever the stretch: as the packaged model's. */
function originFor(stretch: number, unrelated: { own: number; packaged: number }): number {
  return unrelated.own - unrelated.packaged / stretch;
}

const grids = {
  notes: {
    few: [0.1, 0.15, 0.2, 0.3],
    many: [0.15, 0.25, 0.4, 0.6],
    power: [1, 1.2, 1.5, 2],
    words: [0, 0.02, 0.05],
    phrase: [0, 0.03, 0.05, 0.1],
    parts: [0.03, 0.05, 0.1],
  },
  turns: {
    few: [0.3, 0.4, 0.5, 0.6],
    many: [0.6, 0.7, 0.8, 0.9, 1],
    power: [1, 1.5, 2],
    words: [0, 0.02, 0.05, 0.1],
    phrase: [0.05, 0.1, 0.15, 0.2],
    parts: [0.07, 0.1, 0.15, 0.3],
  },
} as const;
const contextGrid = { words: [0.6, 0.7, 0.8], next: [0.2, 0.3, 0.4], second: [0, 0.1, 0.15, 0.2] };
const leastGain = 0.0003;

interface Knob {
  values: readonly number[];
  get(): number;
  set(value: number): void;
}

function knobs(): Knob[] {
  const all: Knob[] = [];
  for (const [kind, table] of [
    ["notes", notes],
    ["turns", turns],
  ] as const) {
    for (const [figure, values] of Object.entries(grids[kind])) {
      const holder = (figure === "few" || figure === "many" ? table.share : table) as unknown;
      all.push(knobOf(holder as Record<string, number>, figure, values));
    }
  }
  for (const [figure, values] of Object.entries(contextGrid)) {
    all.push(knobOf(turnContext as unknown as Record<string, number>, figure, values));
  }
  return all;
}

function knobOf(holder: Record<string, number>, figure: string, values: readonly number[]): Knob {
  return {
    values,
    get: () => holder[figure] as number,
    set: (value) => {
      holder[figure] = value;
    },
  };
}

/** One number at a time is moved over its grid, until a round changes nothing. The numbers stay as they were found. */
function learnNumbers(groups: ReadonlyMap<string, Task[]>, scale: CosineScale): string {
  let best = worthOf(groups, scale);
  for (let isChanged = true; isChanged; ) {
    isChanged = false;
    for (const { values, get, set } of knobs()) {
      let kept = get();
      for (const value of values) {
        if (value === kept) continue;
        set(value);
        const now = worthOf(groups, scale);
        if (now >= best + leastGain) {
          best = now;
          kept = value;
          isChanged = true;
        } else set(kept);
      }
    }
  }
  return JSON.stringify({ notes, turns, turnContext });
}

function reset(kept: string): void {
  const numbers = JSON.parse(kept) as Record<"notes" | "turns" | "turnContext", object>;
  Object.assign(notes, numbers.notes);
  Object.assign(turns, numbers.turns);
  Object.assign(turnContext, numbers.turnContext);
}

printMachine();
const wanted = argument("--sets", "").toLowerCase().split(",");
const stretches = argument("--stretches", "1").split(",").map(Number);
const unrelatedPackaged = 0.081;
const unrelatedOwn = Number(argument("--unrelated", String(unrelatedPackaged)));
const withNumbers = process.argv.includes("--numbers");
const sets = loadRecallSets(argument("--data")).filter(({ group }) =>
  wanted.some((one) => group.toLowerCase().startsWith(one)),
);
try {
  for (const embedder of openModels(
    argument("--models", "all-minilm-l6-v2"),
    await openCounter(),
  )) {
    const groups = new Map<string, Task[]>();
    for (const set of sets) {
      groups.set(set.group, [...(groups.get(set.group) ?? []), await taskOf(set, embedder)]);
    }
    const scaleOf = (stretch: number): CosineScale => {
      const unrelated = { own: unrelatedOwn, packaged: unrelatedPackaged };
      return { origin: stretch === 1 ? 0 : originFor(stretch, unrelated), stretch };
    };
    const show = (title: string, group: string, scale: CosineScale): void => {
      const { scores, lost, none } = outcomeOf(groups.get(group) ?? [], scale);
      const shown = (["mrr", "recall10", "ndcg10"] as const).map((key) =>
        of(scores, key).toFixed(3),
      );
      say(
        `${embedder.modelId.padEnd(8)} ${title.padEnd(22)} ${group.padEnd(20)} ${shown.join(" / ")}  lost ${mean(lost).toFixed(3)}  none ${mean(none).toFixed(3)}`,
      );
    };
    const before = JSON.stringify({ notes, turns, turnContext });
    for (const stretch of stretches) {
      const { origin } = scaleOf(stretch);
      for (const group of groups.keys()) {
        show(`stretch ${stretch} (${origin.toFixed(3)})`, group, scaleOf(stretch));
      }
    }
    const bestOf = (some: ReadonlyMap<string, Task[]>): number =>
      stretches.reduce(
        (best, stretch) => {
          const worth = worthOf(some, scaleOf(stretch));
          return worth > best.worth ? { stretch, worth } : best;
        },
        { stretch: 1, worth: -1 },
      ).stretch;
    if (groups.size > 1 && (stretches.length > 1 || withNumbers)) {
      for (const group of groups.keys()) {
        const others = new Map([...groups].filter(([name]) => name !== group));
        const stretch = bestOf(others);
        const learnt = withNumbers ? learnNumbers(others, scaleOf(stretch)) : "";
        show(`left out, ${stretch}`, group, scaleOf(stretch));
        if (withNumbers) say(`  ${learnt}`);
        reset(before);
      }
    }
    if (withNumbers) {
      const stretch = bestOf(groups);
      say(`on all: stretch ${stretch} ${learnNumbers(groups, scaleOf(stretch))}`);
      for (const group of groups.keys()) show("learnt on all", group, scaleOf(stretch));
      reset(before);
    }
    for (const task of [...groups.values()].flat()) task.close();
    await embedder.close();
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
