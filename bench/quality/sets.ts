/* The evaluation sets as documents and questions. They are read from --data and never copied. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

export interface Question {
  text: string;
  /** Names of the right documents. */
  gold: ReadonlySet<string>;
  /** Where in a document the answer is, lines from 0, the end not in it: other places of it are not right. */
  places?: readonly { name: string; from: number; to: number }[];
}

export interface EvaluationSet {
  name: string;
  /** Ending of the files the documents are indexed as; "": their names have one. */
  ending: string;
  /** Sets over the same documents have one index, by this name. Default: the set's. */
  index?: string;
  /** Text by document name. */
  documents: ReadonlyMap<string, string>;
  questions: readonly Question[];
}

export function loadSets(folder: string): EvaluationSet[] {
  const sets = [cosqa, cranfield, locomo].map((load) => load(folder));
  return sets.filter((set) => set !== undefined);
}

function lines<T>(path: string): T[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => JSON.parse(line) as T);
}

function cosqa(folder: string): EvaluationSet | undefined {
  const at = join(folder, "cosqa");
  if (!existsSync(at)) return undefined;
  const codes = JSON.parse(readFileSync(join(at, "code_idx_map.txt"), "utf8")) as Record<
    string,
    number
  >;
  const rows = JSON.parse(readFileSync(join(at, "cosqa-retrieval-dev-500.json"), "utf8")) as {
    doc: string;
    retrieval_idx: number;
  }[];
  return {
    name: "CoSQA dev",
    ending: ".py",
    documents: new Map(Object.entries(codes).map(([code, id]) => [String(id), code])),
    questions: rows.map((row) => ({ text: row.doc, gold: new Set([String(row.retrieval_idx)]) })),
  };
}

function cranfield(folder: string): EvaluationSet | undefined {
  const at = join(folder, "cranfield");
  if (!existsSync(at)) return undefined;
  const gold = new Map<string, Set<string>>();
  for (const line of readFileSync(join(at, "qrels.tsv"), "utf8").trim().split("\n").slice(1)) {
    const [query = "", document = "", score = "0"] = line.split("\t");
    if (Number(score) <= 0) continue;
    gold.set(query, (gold.get(query) ?? new Set()).add(document));
  }
  const corpus = lines<{ _id: string; title?: string; text: string }>(join(at, "corpus.jsonl"));
  const queries = lines<{ _id: string; text: string }>(join(at, "queries.jsonl"));
  return {
    name: "Cranfield odd",
    ending: ".txt",
    // Title and text, as sets of this layout are used; the text here begins with the title again.
    documents: new Map(corpus.map((row) => [row._id, `${row.title ?? ""}\n${row.text}`])),
    questions: queries.flatMap((row) => {
      const found = gold.get(row._id);
      return found === undefined ? [] : [{ text: row.text, gold: found }];
    }),
  };
}

function locomo(folder: string): EvaluationSet | undefined {
  const at = join(folder, "locomo");
  if (!existsSync(at)) return undefined;
  type Turn = {
    conv: string;
    date: string;
    dia_id: string;
    speaker: string;
    text: string;
    image_caption?: string;
  };
  const name = (conv: string, turn: string): string => `${conv}-${turn.replace(":", "-")}`;
  const turns = lines<Turn>(join(at, "dev-turns.jsonl"));
  const rows = lines<{ conv: string; question: string; gold_turns: string[] }>(
    join(at, "dev-questions.jsonl"),
  );
  return {
    name: "LoCoMo turns pooled",
    ending: ".txt",
    documents: new Map(
      turns.map((one) => [
        name(one.conv, one.dia_id),
        [`${one.date}`, `${one.speaker}: ${one.text}`, one.image_caption ?? ""]
          .filter(Boolean)
          .join("\n"),
      ]),
    ),
    questions: rows
      .filter((row) => row.gold_turns.length > 0)
      .map((row) => ({
        text: row.question,
        gold: new Set(row.gold_turns.map((turn) => name(row.conv, turn))),
      })),
  };
}

/** CoSQA's functions without their first docstring, as its second figure is told. */
export function withoutDocstrings(set: EvaluationSet): EvaluationSet {
  const documents = new Map(
    [...set.documents].map(([name, text]) => [
      name,
      text.replace(/^[ \t]*[rRbBuU]?("""|''')[\s\S]*?\1[ \t]*\n?/m, ""),
    ]),
  );
  return { ...set, name: `${set.name} without docstrings`, documents };
}

/** Commit subjects and the files that they changed, over a source distribution; its tests are left out unless wanted. */
export function djangoSet(folder: string, source: string, withTests = false): EvaluationSet {
  const documents = new Map<string, string>();
  const below = (name: string) =>
    readdirSync(join(source, name), { recursive: true, withFileTypes: true });
  for (const entry of [...below("django"), ...(withTests ? below("tests") : [])]) {
    if (!entry.isFile() || !entry.name.endsWith(".py")) continue;
    const path = join(entry.parentPath, entry.name);
    const text = readFileSync(path, "utf8");
    if (text.trim() === "") continue;
    documents.set(relative(source, path).replace(/\.py$/, ""), text);
  }
  const rows = lines<{ query: string; gold_files: string[] }>(
    join(folder, "django-intent", "dev.jsonl"),
  );
  return {
    name: withTests ? "Django intents with tests" : "Django intents",
    ending: ".py",
    documents,
    questions: rows
      .map((row) => ({
        text: row.query,
        gold: new Set(row.gold_files.map((path) => path.replace(/\.py$/, ""))),
      }))
      .filter(({ gold }) => [...gold].every((name) => documents.has(name))),
  };
}

/** The set with at most so many documents: those that answer, and the first of the others. */
export function smallerSet(set: EvaluationSet, most: number): EvaluationSet {
  if (set.documents.size <= most) return set;
  const gold = new Set(set.questions.flatMap((one) => [...one.gold]));
  let room = most - gold.size;
  const kept = [...set.documents].filter(([name]) => {
    if (gold.has(name)) return true;
    room -= 1;
    return room >= 0;
  });
  const name = `${set.name}, ${kept.length} texts`;
  return { ...set, name, index: name, documents: new Map(kept) };
}
