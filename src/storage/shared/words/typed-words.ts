/*
 * The words of a text that somebody is typing: each must be there, and the last may be only begun. Words stand in the
 * index by their stems, so what is typed of one may be longer than its stem ("deploym" of "deploy", which is there for
 * "deployment"). The index makes a stem of what it is asked as well; what it shall look for as it is, is asked for with an
 * ending that it takes off again.
 */
import { stemOf } from "../../sqlite/words/word-marks.ts";
import { askedTerms, quoted } from "../../sqlite/words/words.ts";
import { type AskedWord, askedWords } from "./asked-words.ts";

/** What is typed beyond the stem of a word, at most; and the shortest stem that is thought of. */
const longestEnding = 5;
const shortestStem = 3;
const mostWords = 32;
const endings = ["", "ness", "ment", "ing", "ed", "er"];

const lastWord = /(?:^|[^\p{L}\p{N}_])([\p{L}\p{N}_]+)$/u;
const plain = /^[a-z0-9_]+$/u;

/** Common words count too: what is typed is meant. @param haveOlder see queryTerms() */
export function typedWords(text: string, haveOlder: boolean): AskedWord[] {
  const begun = lastWord.exec(text)?.[1];
  const before = begun === undefined ? text : text.slice(0, text.length - begun.length);
  const words = askedWords(askedTerms(before, haveOlder)).slice(0, mostWords);
  if (begun === undefined) return words;
  // One letter begins too many words; alone it is one.
  const isOne = begun.length === 1 && begun.charCodeAt(0) < 128;
  if (!isOne) return [...words, ...begunWords(begun.toLowerCase(), haveOlder)];
  return words.length > 0 ? words : askedWords(askedTerms(begun, haveOlder));
}

/** Beyond ASCII the index splits and folds words by its own rules: what they give last is begun. */
function begunWords(begun: string, haveOlder: boolean): AskedWord[] {
  if (plain.test(begun)) return [begunWord(begun)];
  const terms = askedTerms(begun, haveOlder);
  const last = terms.at(-1)?.replace(/\*$/u, "");
  if (last === undefined) return [];
  const begins = plain.test(last)
    ? begunWord(last)
    : { terms: [last], match: quoted(`${last}*`), stems: [], prefix: stemOf(last) };
  return [...askedWords(terms.slice(0, -1)), begins];
}

function begunWord(begun: string): AskedWord {
  const shorter = Array.from({ length: longestEnding }, (_, at) => begun.slice(0, -at - 1));
  const ends = shorter.filter((stem) => stem.length >= shortestStem);
  const asked = [begun, ...ends.flatMap((stem) => withEnding(stem) ?? [])].map(quoted);
  return {
    terms: [begun],
    match: [quoted(`${withEnding(begun) ?? begun}*`), ...asked].join(" OR "),
    stems: [stemOf(begun), ...ends],
    prefix: begun,
  };
}

/** A word whose stem is just this; undefined: none is known. */
function withEnding(stem: string): string | undefined {
  const ending = endings.find((one) => stemOf(stem + one) === stem);
  return ending === undefined ? undefined : stem + ending;
}
