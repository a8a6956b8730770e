/* One set's figures by words alone, by vectors alone and through the product, and what an answer costs. */
import { say } from "../../common.ts";
import { mean, type Scores } from "../measures.ts";

export const hows = ["words", "vectors", "product"] as const;
export type How = (typeof hows)[number];

/** What the product's answers are like. */
export interface Answer {
  /** Of all that is shown of the hits together. */
  tokens: number;
  /** Different files among the hits, at most ten. */
  files: number;
  /** Share of the hits that are licences, changelogs and the like. */
  boilerplate: number;
}

export interface Figures {
  set: string;
  scores: Record<How, Scores[]>;
  answers: Answer[];
  /** Questions that nothing answers: 1 where nothing was given. */
  unanswered: number[];
  /** Of updates: 1 where what is no longer so stands below what is. */
  newerFirst: number[];
  /** The product's, by the sort of question. */
  byKind: Map<string, Scores[]>;
}

export function emptyFigures(set: string): Figures {
  return {
    set,
    scores: { words: [], vectors: [], product: [] },
    answers: [],
    unanswered: [],
    newerFirst: [],
    byKind: new Map(),
  };
}

const rounded = (value: number): number => Number(value.toFixed(3));
/** Less is no difference. */
const slack = 0.0005;

export interface FigureRow {
  bench: "figures";
  set: string;
  how: How;
  questions: number;
  mrr: number;
  recall10: number;
  hit10: number;
  ndcg10: number;
  [more: string]: string | number;
}

/** Prints a set and gives its rows for the results. Ranks count among the best ten. */
export function report(figures: Figures): FigureRow[] {
  const { set, scores, answers, unanswered, newerFirst } = figures;
  const rows = hows
    .filter((how) => scores[how].length > 0)
    .map((how): FigureRow => {
      const of = (key: keyof Scores): number => rounded(mean(scores[how].map((one) => one[key])));
      return {
        bench: "figures",
        set,
        how,
        questions: scores[how].length,
        mrr: of("mrr"),
        recall10: of("recall10"),
        hit10: of("hit10"),
        ndcg10: of("ndcg10"),
      };
    });
  const product = rows.find(({ how }) => how === "product");
  if (product !== undefined) {
    const add = (name: string, values: readonly number[]): void => {
      if (values.length > 0) product[name] = rounded(mean(values));
    };
    add(
      "tokens",
      answers.map(({ tokens }) => tokens),
    );
    add(
      "files",
      answers.map(({ files }) => files),
    );
    add(
      "boilerplate",
      answers.map(({ boilerplate }) => boilerplate),
    );
    add("unanswered", unanswered);
    add("newerFirst", newerFirst);
  }
  for (const row of rows) {
    const { how, questions, mrr, recall10, hit10, ndcg10, set: _, bench: __, ...more } = row;
    const rest = Object.entries(more).map(([name, value]) => `  ${name} ${value}`);
    const figures3 = [mrr, recall10, hit10, ndcg10].map((value) => value.toFixed(3)).join("  ");
    say(
      `${set.padEnd(34)} ${how.padEnd(8)} ${String(questions).padStart(4)}  ${figures3}${rest.join("")}${how === "product" ? belowHalf(rows) : ""}`,
    );
  }
  return rows;
}

export function printHead(): void {
  say(`${"".padEnd(34)} ${"".padEnd(8)}    ?  MRR    R@10   hit@10 nDCG@10`);
}

/** What the product has less of than the better one of its halves. */
function belowHalf(rows: readonly FigureRow[]): string {
  const product = rows.find(({ how }) => how === "product");
  const below = (["mrr", "recall10"] as const).flatMap((key) =>
    rows
      .filter(({ how }) => how !== "product")
      .filter((half) => product !== undefined && half[key] > product[key] + slack)
      .map((half) => `${half.how} ${key === "mrr" ? "MRR" : "R@10"} ${half[key].toFixed(3)}`),
  );
  return below.length === 0 ? "" : `  BELOW ITS BETTER HALF: ${below.join(", ")}`;
}

/** The product's figures by the sort of question. */
export function reportKinds({ byKind }: Figures): void {
  for (const [kind, scores] of [...byKind].sort(([a], [b]) => a.localeCompare(b))) {
    const of = (key: keyof Scores): string => mean(scores.map((one) => one[key])).toFixed(3);
    say(
      `    ${kind.padEnd(30)} ${String(scores.length).padStart(4)}  ${of("mrr")}  ${of("recall10")}`,
    );
  }
}
