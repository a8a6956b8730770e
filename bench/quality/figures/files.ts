/* Figures of sets of files: the lists of the index's words and of its vectors alone, and search(). */

import type { TextEmbedder } from "../../../src/ports/embedder.ts";
import type { LateScorer } from "../../../src/ports/reranker.ts";
import type { SearchParts } from "../../../src/search/routes/candidates.ts";
import { search } from "../../../src/search/searcher.ts";
import type { SqliteStore } from "../../../src/storage/sqlite/store.ts";
import { findSymbol } from "../../../src/symbols/find-symbol.ts";
import { indexSet, namesOf, rankingOf } from "../indexed.ts";
import type { KeptEmbedder } from "../kept-vectors.ts";
import { type Scores, score } from "../measures.ts";
import { nameForms } from "../own/code/code-sets.ts";
import type { EvaluationSet, Question } from "../sets.ts";
import type { Figures } from "./rows.ts";

/** The model that is measured, and the static one, whose vectors learn.ts finds in the same indexes. */
export interface Models {
  embedder: KeptEmbedder;
  staticEmbedder: TextEmbedder;
}

const k = 10;
/** Chunks of each list; several are of one file. */
const chunks = 200;

/** By their names; texts that are in many files word for word are told by what they say. */
const boilerplateName =
  /(?:^|\/)(?:licen[cs]e|copying|notice|authors|contributors|code_of_conduct|changelog|changes|news)\b[^/]*$|\.(?:po|lock)$/i;
const boilerplateText =
  /permission is hereby granted|redistribution and use in source|licensed (?:under|to) the apache|all rights reserved/i;

/** Adds what a set gives to the figures; its index is kept for the next run. */
export async function measureFiles(
  set: EvaluationSet,
  figures: Figures,
  models: Models,
): Promise<void> {
  const { embedder } = models;
  const store = await indexSet(set, models, false);
  try {
    for (const question of set.questions) {
      const { text, gold } = question;
      const vector = await embedder.embed([text], { kind: "query" });
      const ranked = (list: { chunkId: number }[]): string[] =>
        rankingOf(store, list, set, question).slice(0, k);
      figures.scores.words.push(score(ranked(store.texts.search(text, chunks)), gold));
      figures.scores.vectors.push(score(ranked(store.vectors.search(vector, chunks)), gold));
      const request = { query: text, k, minScore: 0, fillIn: "off" } as const;
      const { hits } = await search(partsOf(store, embedder), request);
      figures.scores.product.push(score(namesOfHits(hits, set, question), gold));
      const shown = await embedder.countTokens(hits.map(({ snippet }) => snippet.lines.join("\n")));
      figures.answers.push({
        tokens: shown.reduce((sum, count) => sum + count, 0),
        files: new Set(hits.map(({ path }) => path)).size,
        boilerplate: hits.filter(isBoilerplate).length / Math.max(1, hits.length),
      });
    }
  } finally {
    store.close();
  }
}

type Hit = Awaited<ReturnType<typeof search>>["hits"][number];

const isBoilerplate = ({ path, text }: Hit): boolean =>
  boilerplateName.test(path) || boilerplateText.test(text);

/**
 * A hit is what it shows: its own place, further ones of its file, and those with the same text. One that says what a hit
 * above it says takes up a rank and answers nothing.
 */
function namesOfHits(hits: readonly Hit[], set: EvaluationSet, question: Question): string[] {
  const seen = new Set<string>();
  return hits.map((hit, at) => {
    const { inFile = [] } = hit as { inFile?: { startLine: number; endLine: number }[] };
    const places = [hit, ...inFile.map((one) => ({ ...one, path: hit.path })), ...hit.alsoAt];
    const names = namesOf(places, set, question).filter((name) => !seen.has(name));
    const name = names.find((one) => question.gold.has(one)) ?? names[0] ?? `again, hit ${at}`;
    seen.add(name);
    return name;
  });
}

/** What a search has by default: late interaction too, where the model gives it. */
function partsOf(
  store: SqliteStore,
  embedder: TextEmbedder & Partial<Pick<LateScorer, "late">>,
): SearchParts {
  if (embedder.late === undefined) return { store, embedder };
  return { store, embedder, late: { scorer: embedder as LateScorer, isDefault: true } };
}

const forms = Object.keys(nameForms);

/** Names of functions, asked of find_symbol and of search(). */
export async function measureNames(
  set: EvaluationSet,
  byForm: ReadonlyMap<string, Figures>,
  models: Models,
): Promise<void> {
  const { embedder } = models;
  const store = await indexSet(set, models, false);
  try {
    for (const [at, question] of set.questions.entries()) {
      const form = forms[at % forms.length] as string;
      const found = symbolsOf(store, set, question);
      const words = nameForms.words(set.questions[at - (at % forms.length)]?.text ?? "");
      const kind = wordKind(words.split(" ").length);
      addNamed(byForm.get(`find_symbol, ${form}`), kind, score(found, question.gold));
      const request = { query: question.text, k, minScore: 0, fillIn: "off" } as const;
      const { hits } = await search(partsOf(store, embedder), request);
      const names = namesOfHits(hits, set, question);
      addNamed(byForm.get(`names by search(), ${form}`), kind, score(names, question.gold));
    }
  } finally {
    store.close();
  }
}

/** Long names are looked up in other ways than short ones. */
function wordKind(words: number): string {
  return words >= 4 ? "four words and more" : words > 1 ? "two or three words" : "one word";
}

function addNamed(figures: Figures | undefined, kind: string, scores: Scores): void {
  figures?.scores.product.push(scores);
  figures?.byKind.set(kind, [...(figures.byKind.get(kind) ?? []), scores]);
}

function symbolsOf(store: SqliteStore, set: EvaluationSet, question: Question): string[] {
  const hits = findSymbol(store.symbols, question.text, { k });
  const names = hits.map((hit) => namesOf([hit], set, question)[0] as string);
  return [...new Set(names)];
}

/** What names are asked by, each in the three forms. */
export const nameRows: readonly string[] = ["find_symbol", "names by search()"].flatMap((by) =>
  forms.map((form) => `${by}, ${form}`),
);
