/*
 * Lays the cosines of a model on those of the packaged one (src/search/ranking/cosine-scale.ts): medians of both over
 * the same pairs, and the line through them.
 *
 *   node bench/quality/cosines.ts --models all-minilm-l6-v2,e5-small-v2=FOLDER [--data DIR]
 *
 * The first model is the one that the others are laid on. Per group of sets: a question with every text of its set
 * ("unrelated": its answers are too few to matter), and a question with its nearest answer.
 */
import { splitText } from "../../src/memories/text/split.ts";
import { argument, say } from "../common.ts";
import { type KeptEmbedder, openCounter, openModels } from "./kept-vectors.ts";
import { loadRecallSets, type RecallSet } from "./recall-sets.ts";

interface Medians {
  unrelated: number;
  answer: number;
}

async function cosinesOf(
  set: RecallSet,
  embedder: KeptEmbedder,
): Promise<{ all: number[]; answers: number[] }> {
  const parts = set.memories.flatMap(({ id, text }) =>
    splitText(text).map(({ start, end }) => ({ id, text: text.slice(start, end) })),
  );
  const vectors = await embedder.embed(parts.map(({ text }) => text));
  const width = embedder.dimensions;
  const all: number[] = [];
  const answers: number[] = [];
  for (const { text, gold } of set.questions) {
    const vector = await embedder.embed([text], { kind: "query" });
    let best = Number.NEGATIVE_INFINITY;
    for (const [row, { id }] of parts.entries()) {
      let cosine = 0;
      for (let at = 0; at < width; at += 1) {
        cosine += (vector[at] as number) * (vectors[row * width + at] as number);
      }
      all.push(cosine);
      if (gold.has(id)) best = Math.max(best, cosine);
    }
    answers.push(best);
  }
  return { all, answers };
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;

const sets = loadRecallSets(argument("--data"));
const wanted = argument("--sets", "notes").split(",");
const models = openModels(argument("--models", "all-minilm-l6-v2"), await openCounter());
for (const group of new Set(sets.map((set) => set.group))) {
  if (!wanted.some((one) => group.toLowerCase().startsWith(one))) continue;
  let onto: Medians | undefined;
  for (const embedder of models) {
    const all: number[] = [];
    const answers: number[] = [];
    for (const set of sets.filter((one) => one.group === group)) {
      const found = await cosinesOf(set, embedder);
      for (const cosine of found.all) all.push(cosine);
      for (const cosine of found.answers) answers.push(cosine);
    }
    const own: Medians = { unrelated: median(all), answer: median(answers) };
    onto ??= own;
    const stretch = (onto.answer - onto.unrelated) / (own.answer - own.unrelated);
    const origin = own.unrelated - onto.unrelated / stretch;
    say(
      `${group.padEnd(20)} ${embedder.modelId.padEnd(10)} unrelated ${own.unrelated.toFixed(3)}  answer ${own.answer.toFixed(3)}  origin ${origin.toFixed(3)}  stretch ${stretch.toFixed(2)}`,
    );
  }
}
