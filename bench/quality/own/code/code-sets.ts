/*
 * Sets of code out of the packages that fetch.ts got: first sentences of doc comments to functions (by language), what a
 * patch is for to the files that it changes (by package), and names of functions in three forms. The same in every run
 * over the same packages.
 */
import { readdirSync, readFileSync } from "node:fs";
import { extname, join, relative } from "node:path";
import { placeName } from "../../indexed.ts";
import type { EvaluationSet, Question } from "../../sets.ts";
import { randomOf, shuffled, spread } from "../random.ts";
import type { Split } from "../source-text.ts";
import { type Documented, documentedIn, withoutComments } from "./doc-comments.ts";
import { folderOf, isThere } from "./fetch.ts";
import { patchesOf } from "./patches.ts";
import { type Language, languages, type Source, sources } from "./sources.ts";

/** Files of one set, and their characters together: what a set costs to embed. */
const mostFiles = 120;
const mostCharacters = 700_000;
const fileCharacters = { least: 400, most: 120_000 };
const mostQuestions = 60;
const mostIntentFiles = 150;
const mostIntentCharacters = 1_400_000;

const isTest =
  /(?:^|\/)(?:tests?|__tests__|spec|testdata|fuzz|bench\w*|vendor|extern|third_party|examples?|\S*\.Tests?\b[^/]*)\/|(?:_test|Test|_bench)\.\w+$|(?:^|\/)test\w*\.c$/i;
const isCode: ReadonlySet<string> = new Set([...Object.values(languages).flat(), ".hh", ".cxx"]);

interface File {
  name: string;
  text: string;
}

const there = (split: Split, isWanted: (source: Source) => boolean): Source[] =>
  sources.filter((one) => one.split === split && isWanted(one) && isThere(one));

function filesOf(source: Source, endings: ReadonlySet<string>, withTests = false): File[] {
  const folder = folderOf(source);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.has(extname(entry.name)))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => withTests || !isTest.test(path))
    .filter((path) => source.below === undefined || path.includes(`${source.below}/`))
    .sort()
    .map((path) => ({ name: path, text: readFileSync(join(folder, path), "utf8") }))
    .filter(({ text }) => !text.includes("\0"));
}

/** Those that come first, and of the others as many as fit, spread evenly. */
function within(first: File[], others: File[], files: number, characters: number): File[] {
  const kept = [...first];
  let room = characters - first.reduce((sum, { text }) => sum + text.length, 0);
  for (const file of spread(others, Math.max(0, files - first.length))) {
    if (file.text.length > room) continue;
    kept.push(file);
    room -= file.text.length;
  }
  return kept;
}

/** Sentences of doc comments, one set for each language. */
export function docSets(split: Split, most = mostQuestions): EvaluationSet[] {
  return (Object.keys(languages) as Language[])
    .map((language) => docSet(language, split, most))
    .filter((set) => set !== undefined);
}

function docSet(language: Language, split: Split, most: number): EvaluationSet | undefined {
  const endings = new Set<string>(languages[language]);
  const read = there(split, (source) => source.language === language)
    .flatMap((source) =>
      filesOf(source, endings).map(({ name, text }) => ({
        // The package is no folder of the tree where there is one only; names of documents have no ending.
        name: join(source.name.replaceAll(/[@:]/g, ""), name).replace(/\.\w+$/, ""),
        text,
      })),
    )
    .filter(({ text }) => text.length > fileCharacters.least && text.length < fileCharacters.most)
    .map((file) => ({ ...file, documented: documentedIn(file.text, language) }));
  const files = within(
    [],
    read.filter(({ documented }) => documented.length > 0),
    mostFiles,
    mostCharacters,
  ) as typeof read;
  const counts = new Map<string, number>();
  for (const { sentence } of files.flatMap(({ documented }) => documented)) {
    counts.set(sentence, (counts.get(sentence) ?? 0) + 1);
  }
  // What two functions are said to do asks for neither.
  const asked = files.flatMap((file) =>
    file.documented
      .filter(({ sentence }) => counts.get(sentence) === 1)
      .map((one) => ({ file, one })),
  );
  const chosen = spread(shuffled(asked, randomOf(`docs ${language} ${split}`)), most);
  if (chosen.length === 0) return undefined;
  const documents = new Map<string, string>();
  const questions: Question[] = [];
  for (const file of files) {
    const mine = chosen.filter((one) => one.file === file).map(({ one }) => one);
    const cut = withoutComments(file.text, mine);
    documents.set(file.name, cut.text);
    questions.push(...mine.map((one, at) => questionOf(file.name, one, cut.places[at])));
  }
  return {
    name: `own ${language}, ${split}`,
    ending: languages[language][0],
    documents,
    questions,
  };
}

function questionOf(
  name: string,
  { sentence }: Documented,
  place: { from: number; to: number } | undefined,
): Question {
  if (place === undefined) throw new Error(`${name}: no place for "${sentence}"`);
  const where = { name, ...place };
  return { text: sentence, gold: new Set([placeName(where)]), places: [where] };
}

/** What patches are for, one set for each package; the tree is that before the patches. */
export function intentSets(split: Split): EvaluationSet[] {
  return there(split, ({ hasPatches }) => hasPatches === true)
    .map((source) => intentSet(source))
    .filter((set) => set !== undefined);
}

const leastIntents = 4;
const mostChangedFiles = 8;

function intentSet(source: Source): EvaluationSet | undefined {
  const folder = folderOf(source);
  const files = filesOf(source, isCode, true).map(({ name, text }) => ({
    name: name.replace(/^package\//, ""),
    text,
  }));
  const known = new Set(files.map(({ name }) => name));
  const questions: Question[] = [];
  for (const { intent, files: changed } of patchesOf(join(folder, "package"))) {
    const gold = changed.filter((path) => known.has(path));
    if (gold.length === 0 || gold.length > mostChangedFiles) continue;
    if (questions.some(({ text }) => text === intent)) continue;
    questions.push({ text: intent, gold: new Set(gold) });
  }
  if (questions.length < leastIntents) return undefined;
  const right = new Set(questions.flatMap(({ gold }) => [...gold]));
  const kept = within(
    files.filter(({ name }) => right.has(name)),
    files.filter(({ name, text }) => !right.has(name) && text.length > fileCharacters.least),
    mostIntentFiles,
    mostIntentCharacters,
  );
  return {
    name: `own intents ${source.name}, ${source.split}`,
    ending: "",
    documents: new Map(kept.map(({ name, text }) => [name, text])),
    questions,
  };
}

/** Ways in which somebody writes the name of a function. */
export const nameForms = {
  exact: (name: string): string => name,
  words: (name: string): string =>
    name
      .replaceAll(/([a-z\d])([A-Z])/g, "$1 $2")
      .replaceAll(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
      .replaceAll("_", " ")
      .trim()
      .toLowerCase(),
  "letter dropped": (name: string): string =>
    name.slice(0, name.length >> 1) + name.slice((name.length >> 1) + 1),
} as const;

const leastNameLetters = 6;

/** Names of functions over the documents of docSets(): any definition of the name is right. */
export function nameSets(split: Split, most = 40): EvaluationSet[] {
  return docSets(split).map((set) => {
    const language = /^own (.*), /.exec(set.name)?.[1] as Language;
    const places = new Map<string, { name: string; from: number; to: number }[]>();
    for (const [name, text] of set.documents) {
      for (const { name: called, body } of documentedIn(text, language)) {
        if (called.length < leastNameLetters) continue;
        places.set(called, [...(places.get(called) ?? []), { name, ...body }]);
      }
    }
    const random = randomOf(`names ${set.name}`);
    const chosen = shuffled([...places], random).slice(0, most);
    const questions = chosen.flatMap(([called, where]) =>
      Object.values(nameForms).map((form) => ({
        text: form(called),
        gold: new Set(where.map(placeName)),
        places: where,
      })),
    );
    return { ...set, name: `own names ${language}, ${split}`, index: set.name, questions };
  });
}
