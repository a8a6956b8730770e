/* Five words in a row out of comments inside of functions: they ask for the place of the comment. */
import { placeName } from "../../indexed.ts";
import type { EvaluationSet, Question } from "../../sets.ts";
import { randomOf, shuffled, spread } from "../random.ts";
import type { Split } from "../source-text.ts";
import { docSets } from "./code-sets.ts";

const length = 5;
const lineComment = /^\s+(?:\/\/|#)\s*([A-Za-z].*)$/;

/** One set for each language, over the documents of docSets(). @param most questions of each */
export function phraseSets(split: Split, most = 25): EvaluationSet[] {
  return docSets(split).flatMap((set) => {
    const random = randomOf(`phrases ${set.name}`);
    const all: Question[] = [];
    for (const [name, text] of set.documents) {
      for (const [at, line] of text.split("\n").entries()) {
        const words = (lineComment.exec(line)?.[1] ?? "").match(/[A-Za-z][A-Za-z'-]*/g) ?? [];
        if (words.length < length + 1) continue;
        const from = Math.floor(random() * (words.length - length + 1));
        const place = { name, from: at, to: at + 1 };
        all.push({
          text: words.slice(from, from + length).join(" "),
          gold: new Set([placeName(place)]),
          places: [place],
        });
      }
    }
    const counts = new Map<string, number>();
    for (const { text } of all) counts.set(text, (counts.get(text) ?? 0) + 1);
    const single = all.filter(({ text }) => counts.get(text) === 1);
    const questions = spread(shuffled(single, random), most);
    const name = set.name.replace(/^own /, "own phrases ");
    return questions.length === 0 ? [] : [{ ...set, name, index: set.name, questions }];
  });
}
