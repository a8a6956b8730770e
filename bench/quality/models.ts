/*
 * Which model serves what: every set of bench/quality and bench/memories with each of several models, side by side, through
 * the product: files through the index and the ranking of search(), memories through recall(). Each by vectors alone and
 * by words and vectors.
 *
 *   node bench/quality/models.ts --data DIR --models all-minilm-l6-v2,e5-small-v2=FOLDER,both=all-minilm-l6-v2*.7+e5-small-v2*.3 [--sets cosqa,beam]
 *       [--django FOLDER] [--most 2000] [--chats 2] [--questions 100] [--rerank] [--cost] [--keep]
 *
 * --rerank: files once more with the product's own reranker, late interaction, where a model has one. --cost: what each
 * model takes (model-cost.ts), in a process of its own.
 *
 * A model is a name (that of a packaged one), a name and a folder, or a mix of those named before it: vectors side by
 * side, whose cosine is the weighted mean. The ranking knows the scale of a model by its name. Vectors are kept in build/bench/quality/vectors; --django names an unpacked
 * source distribution.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { HaypileError } from "../../src/base/errors.ts";
import { openMemories } from "../../src/engine/memories/memories.ts";
import { splitText } from "../../src/memories/text/split.ts";
import type { LateScorer } from "../../src/ports/reranker.ts";
import { parseQuery } from "../../src/search/question/query.ts";
import { rank } from "../../src/search/ranking/rank.ts";
import { lateInteraction, rerank, type Wanted } from "../../src/search/ranking/rerank.ts";
import { argument, keepRows, printMachine, runChild, say } from "../common.ts";
import { documentsOf, indexSet } from "./indexed.ts";
import { type KeptEmbedder, openCounter, openModels } from "./kept-vectors.ts";
import { mean, type Scores, score } from "./measures.ts";
import { loadRecallSets, type RecallSet, rememberSet } from "./recall-sets.ts";
import { djangoSet, type EvaluationSet, loadSets, smallerSet } from "./sets.ts";

const data = argument("--data");
const wanted = argument("--sets")?.toLowerCase().split(",");
const django = argument("--django");
/** Of a set of files, from all over it. */
const mostQuestions = Number(argument("--questions", "100000"));
const reranks = process.argv.includes("--rerank");
/** Documents of a set of files. */
const most = Number(argument("--most", "100000"));
/** Candidates of each route, as search() asks for. */
const candidates = 200;

/** What one model reaches on one set. */
interface Row {
  set: string;
  model: string;
  how: "vectors" | "product" | "reranked";
  questions: number;
  first: number;
  mrr: number;
  recall10: number;
  ndcg10: number;
  /** Right ones among the first eight that the floor hides; questions near the subject, and far, that get nothing. */
  lost?: number;
  noneNear?: number;
  noneFar?: number;
}

const rounded = (value: number): number => Number(value.toFixed(3));

function rowOf(set: string, model: string, how: Row["how"], scores: readonly Scores[]): Row {
  const of = (key: keyof Scores): number => rounded(mean(scores.map((one) => one[key])));
  return {
    set,
    model,
    how,
    questions: scores.length,
    first: rounded(mean(scores.map(({ mrr }) => (mrr === 1 ? 1 : 0)))),
    mrr: of("mrr"),
    recall10: of("recall10"),
    ndcg10: of("ndcg10"),
  };
}

async function filesRows(set: EvaluationSet, embedder: KeptEmbedder): Promise<Row[]> {
  const name = `${set.index ?? set.name} by ${embedder.modelId}`;
  const named = { ...set, name, index: name };
  const store = await indexSet(named, { embedder, staticEmbedder: undefined }, false);
  const alone: Scores[] = [];
  const both: Scores[] = [];
  const again: Scores[] = [];
  const late = reranks ? await lateOf(embedder) : undefined;
  for (const { text, gold } of set.questions) {
    const vector = await embedder.embed([text], { kind: "query" });
    const words = store.texts.search(text, candidates);
    const meaning = store.vectors.search(vector, candidates);
    const query = parseQuery({ query: text });
    const found = { words, meaning, vector, isStatic: false, symbols: [] };
    alone.push(score(documentsOf(store, meaning), gold));
    const ranked = rank(store, found, query);
    both.push(score(documentsOf(store, ranked), gold));
    if (late === undefined) continue;
    const looked = await rerank(
      store.texts,
      late,
      ranked,
      text,
      Number.POSITIVE_INFINITY,
      undefined,
    );
    again.push(score(documentsOf(store, looked.ranked), gold));
  }
  store.close();
  const { modelId } = embedder;
  return [
    rowOf(set.name, modelId, "vectors", alone),
    rowOf(set.name, modelId, "product", both),
    ...(late === undefined ? [] : [rowOf(set.name, modelId, "reranked", again)]),
  ];
}

/** Late interaction is of packed weights. */
async function lateOf(embedder: KeptEmbedder): Promise<Wanted | undefined> {
  try {
    await embedder.late?.("a", ["b"]);
    return embedder.late === undefined ? undefined : lateInteraction(embedder as LateScorer);
  } catch (error) {
    if (HaypileError.isInstance(error) && error.code === "HAYPILE_USAGE") return undefined;
    if (error instanceof Error && error.message.includes("no tokens to compare")) return undefined;
    throw error;
  }
}

/** What a group of sets adds up to. */
class Group {
  readonly alone: Scores[] = [];
  readonly both: Scores[] = [];
  readonly lost: number[] = [];
  readonly near: number[] = [];
  readonly far: number[] = [];
}

async function recallOne(set: RecallSet, embedder: KeptEmbedder, group: Group): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), "haypile-models-"));
  const memories = await openMemories({ database: join(scratch, "memories.db"), embedder });
  try {
    const idOf = await rememberSet(set, memories);
    const nearest = await vectorsOf(set, embedder);
    for (const { text, gold, namespace } of set.questions) {
      const inside = namespace === undefined ? {} : { namespace };
      const { hits } = await memories.recall(text, { k: 100, minScore: 0, ...inside });
      const ids = hits.map(({ memory }) => idOf.get(memory.id) ?? "");
      group.both.push(score(ids, gold));
      group.alone.push(score(await nearest(text, namespace), gold));
      if (!ids.slice(0, 8).some((id) => gold.has(id))) continue;
      const shown = (await memories.recall(text, inside)).hits;
      group.lost.push(shown.some(({ memory }) => gold.has(idOf.get(memory.id) ?? "")) ? 0 : 1);
    }
    for (const [kind, list] of [
      ["near", group.near],
      ["far", group.far],
    ] as const) {
      for (const question of set.none[kind]) {
        list.push((await memories.recall(question)).hits.length === 0 ? 1 : 0);
      }
    }
  } finally {
    await memories.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Memories by the cosine of their nearest part. */
async function vectorsOf(
  set: RecallSet,
  embedder: KeptEmbedder,
): Promise<(question: string, namespace: string | undefined) => Promise<string[]>> {
  const parts = set.memories.flatMap(({ id, text, namespace }) =>
    splitText(text).map(({ start, end }) => ({ id, namespace, text: text.slice(start, end) })),
  );
  const vectors = await embedder.embed(parts.map(({ text }) => text));
  const width = embedder.dimensions;
  return async (question, namespace) => {
    const vector = await embedder.embed([question], { kind: "query" });
    const best = new Map<string, number>();
    for (const [row, part] of parts.entries()) {
      if (namespace !== undefined && part.namespace !== namespace) continue;
      let cosine = 0;
      for (let at = 0; at < width; at += 1) {
        cosine += (vector[at] as number) * (vectors[row * width + at] as number);
      }
      if (cosine > (best.get(part.id) ?? -1)) best.set(part.id, cosine);
    }
    return [...best].sort((a, b) => b[1] - a[1]).map(([id]) => id);
  };
}

const here = printMachine();
const counter = await openCounter();
const models = openModels(argument("--models", "all-minilm-l6-v2"), counter);
const isWanted = (name: string): boolean =>
  wanted === undefined || wanted.some((one) => name.toLowerCase().startsWith(one));
const rows: Row[] = [];
const shown = new Map<string, Row[]>();
const report = (found: Row[]): void => {
  for (const row of found) {
    rows.push(row);
    shown.set(row.set, [...(shown.get(row.set) ?? []), row]);
    const { set, model, how, questions, first, mrr, recall10, ndcg10, lost, noneNear, noneFar } =
      row;
    const rest = lost === undefined ? "" : `  lost ${lost}  none ${noneNear} ${noneFar}`;
    say(
      `${set.padEnd(20)} ${model.padEnd(10)} ${how.padEnd(8)} ${String(questions).padStart(4)}  first ${first.toFixed(3)}  MRR ${mrr.toFixed(3)}  R@10 ${recall10.toFixed(3)}  nDCG@10 ${ndcg10.toFixed(3)}${rest}`,
    );
  }
};

const chats = Number(argument("--chats", "100"));
// Without those that are made: figures.ts measures them.
const recallSets = loadRecallSets(data, chats, {}).filter(({ group }) => isWanted(group));
for (const group of new Set(recallSets.map((set) => set.group))) {
  for (const embedder of models) {
    const all = new Group();
    for (const set of recallSets) {
      if (set.group === group) await recallOne(set, embedder, all);
    }
    const product = rowOf(group, embedder.modelId, "product", all.both);
    product.lost = rounded(mean(all.lost));
    product.noneNear = rounded(mean(all.near));
    product.noneFar = rounded(mean(all.far));
    report([rowOf(group, embedder.modelId, "vectors", all.alone), product]);
  }
}
const fileSets = [
  ...(data === undefined ? [] : loadSets(data)),
  ...(data === undefined || django === undefined ? [] : [djangoSet(data, django)]),
];
for (const set of fileSets) {
  const name = set.name.startsWith("LoCoMo") ? "LoCoMo as files" : set.name;
  if (!isWanted(name)) continue;
  const every = Math.max(1, Math.ceil(set.questions.length / mostQuestions));
  const questions = set.questions.filter((_, at) => at % every === 0);
  const measured = smallerSet({ ...set, name, questions }, most);
  for (const embedder of models) report(await filesRows(measured, embedder));
}
for (const embedder of models) {
  const { texts, cpuMs } = embedder.ran;
  if (texts > 0)
    say(`${embedder.modelId}: ${texts} texts in ${(cpuMs / 1_000).toFixed(0)} s of CPU`);
  await embedder.close();
}
interface Cost {
  tokensPerCpuSecond: number;
  peakRssMb: number;
  megabytes: number;
}

const costs: (Cost & { model: string; load: number })[] = [];
if (process.argv.includes("--cost")) {
  // Twice, in turns: on a busy machine the better of two says more than one.
  for (const round of [1, 2]) {
    for (const spec of argument("--models", "all-minilm-l6-v2").split(",")) {
      const [model = "", folder] = spec.split("=");
      if (folder?.includes("*")) continue;
      const place = folder === undefined ? [] : ["--folder", folder];
      const texts = data === undefined ? [] : ["--data", data];
      const script = join(import.meta.dirname, "model-cost.ts");
      const cost = runChild<Cost>(script, ["--model", model, ...place, ...texts]);
      costs.push({ model, load: loadavg()[0] ?? 0, ...cost });
      say(
        `${model.padEnd(24)} round ${round}  ${cost.tokensPerCpuSecond} tokens per CPU-second  peak ${cost.peakRssMb} MB  files ${cost.megabytes} MB  load ${(loadavg()[0] ?? 0).toFixed(0)}`,
      );
    }
  }
}
if (process.argv.includes("--keep")) {
  keepRows(
    "models",
    here,
    costs.map((cost) => ({ bench: "models-cost", ...cost })),
  );
  keepRows(
    "models",
    here,
    rows.map((row) => ({ bench: "models", ...row })),
  );
}
