/*
 * Which files of a commit are taken in first: those with most of the question in them. Parsing all that differs takes
 * longer than anybody waits, and reading it does not.
 */
import { pathTraits } from "../../../base/paths/path-traits.ts";
import { findWords, stopWords } from "../../../search/question/words.ts";

const mostWords = 24;
/** Endings of longer words are cut: "parsing" is looked for as "pars". */
const leastStem = 4;
const endings = /(?:ings?|ed|es|s|er|ers|ion|ions)$/u;
/** What a word in the path is worth, beside one in the text. */
const inPath = 2;
/** A text says a word again and again to less and less effect. */
const saturation = 1.5;
const testsShare = 0.5;

/** The words of a question as they are looked for. */
export function wantedWords(query: string): string[] {
  const words = new Set<string>();
  for (const { raw, parts } of findWords(query)) {
    const whole = raw.toLowerCase();
    for (const word of [whole, ...parts]) {
      if (word.length < 2 || stopWords.has(word)) continue;
      const stem = word.replace(endings, "");
      words.add(stem.length >= leastStem ? stem : word);
    }
  }
  return [...words].slice(0, mostWords);
}

export interface Weighed {
  path: string;
  /** Undefined: it was not read. */
  bytes: Uint8Array | undefined;
}

/** The places of files in the order in which they are taken in. @param words from wantedWords() */
export function bestFirst(files: readonly Weighed[], words: readonly string[]): number[] {
  const needles = words.map((word) => Buffer.from(word, "utf8").toString("latin1"));
  const counts = files.map(({ path, bytes }) => {
    const text = bytes === undefined ? "" : Buffer.from(bytes).toString("latin1").toLowerCase();
    const own = path.toLowerCase();
    return needles.map((needle, at) => ({
      times: timesIn(text, needle),
      isInPath: own.includes(words[at] as string),
    }));
  });
  const weights = needles.map((_, at) => {
    const having = counts.filter((one) => (one[at]?.times ?? 0) > 0 || one[at]?.isInPath).length;
    return Math.log(1 + files.length / (1 + having));
  });
  const scores = counts.map((one, file) => {
    const sum = one.reduce((all, { times, isInPath }, at) => {
      const weight = weights[at] as number;
      return all + weight * (times / (times + saturation) + (isInPath ? inPath : 0));
    }, 0);
    return sum * (pathTraits((files[file] as Weighed).path).isTest ? testsShare : 1);
  });
  return [...files.keys()].sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
}

const mostTimes = 64;

function timesIn(text: string, needle: string): number {
  let times = 0;
  for (let at = text.indexOf(needle); at >= 0 && times < mostTimes; times += 1) {
    at = text.indexOf(needle, at + needle.length);
  }
  return times;
}
