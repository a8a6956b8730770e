/*
 * Which names of definitions fit a query: as written, in another case, by its words, as the beginning, by some of its
 * words, with one letter wrong. What is asked of the tables is the same over every one of them.
 */
import { deletions, foldName, hash32, isOneLetterApart } from "../../../base/text/names.ts";
import type { NameCandidate, NameMatch } from "../../../ports/symbols.ts";
import { askedTerms } from "../../sqlite/words/words.ts";

export interface NameRow {
  nameId: number;
  name: string;
  folded: string;
}

/** What is asked of names of definitions; "begin": whose folded form begins so, in its order; all others by id. */
export type NameQuestion =
  | { by: "name"; name: string }
  | { by: "folded"; folded: readonly string[]; limit: number }
  | { by: "begin"; begin: string; limit: number }
  /** By their words, of which one that ends in "*" is the beginning of any. */
  | { by: "all words" | "any word"; words: readonly string[]; limit: number };

export interface NameSource {
  /** One answer for each, in the order asked. */
  ask(questions: readonly NameQuestion[]): NameRow[][];
}

/** Longer queries are no names. */
const longestName = 300;
/** Words of a query that a name must have. */
const mostNameWords = 8;
/** Letters from which on a name is long enough to be found by half of it. */
const leastLong = 47;
/** Words by which it is found when one is wrong. */
const leastOtherWords = 2;
/** Letters of a beginning. */
const leastBegin = 3;
/** Where the parts of a name meet. */
const seam =
  /_|(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})|(?<=\p{L})(?=\p{N})|(?<=\p{N})(?=\p{L})/gu;

export function findNames(source: NameSource, query: string, limit: number): NameCandidate[] {
  const asked = query.trim().slice(0, longestName);
  const folded = foldName(asked);
  const found = new Map<number, NameCandidate>();
  const add = (rows: readonly NameRow[], match: (row: NameRow) => NameMatch | undefined): void => {
    for (const row of rows) {
      const how = match(row);
      if (how === undefined || found.has(row.nameId) || found.size >= limit) continue;
      found.set(row.nameId, { nameId: row.nameId, name: row.name, match: how });
    }
  };
  const whole: NameQuestion[] = [{ by: "name", name: asked }];
  if (folded !== "") whole.push({ by: "folded", folded: [folded], limit });
  const [written = [], spelt = []] = source.ask(whole);
  add(written, () => "exact");
  const lower = asked.toLowerCase();
  add(spelt, ({ name }) => (name.toLowerCase() === lower ? "case" : "words"));
  // Anything less than the whole name is looked for only when that is not there.
  if (found.size > 0) return [...found.values()];
  const typos = folded === "" ? [] : oneLetterApart(asked, folded, limit);
  const begins: NameQuestion[] =
    folded.length < leastBegin ? [] : [{ by: "begin", begin: folded, limit }];
  const words = nameWords(asked);
  const parts: NameQuestion[] = words.length === 0 ? [] : [{ by: "all words", words, limit }];
  const all = [...typos, ...begins, ...parts];
  const answers = all.length === 0 ? [] : source.ask(all);
  const near = answers.slice(0, typos.length).flat();
  add(
    near.filter((row) => isOneLetterApart(row.folded, folded)),
    () => "typo",
  );
  add(answers.slice(typos.length, typos.length + begins.length).flat(), () => "prefix");
  add(answers.slice(typos.length + begins.length).flat(), () => "part");
  return [...found.values()];
}

/** How a name with a letter left out stands among the words of a name; no word of a name looks like it. */
export function deletionWord(text: string): string {
  return `_${hash32(text).toString(36)}_`;
}

/** The words by which a defined name is found, one space between them. */
export function wordsOfName(
  name: string,
  folded: string,
  wordsOf: (text: string) => string,
): string {
  let words = wordsOf(name);
  for (const one of deletions(folded)) words += ` ${deletionWord(one)}`;
  return words;
}

/** Either lacks a letter the other has, or both lack one at the same place. */
function oneLetterApart(asked: string, folded: string, limit: number): NameQuestion[] {
  const shorter = deletions(folded);
  return [
    {
      by: "any word",
      words: [folded, ...shorter].map((text) => deletionWord(text)),
      limit: limit * 4,
    },
    { by: "folded", folded: shorter, limit },
    ...longOneLetterApart(asked, folded, limit),
  ];
}

/** Of names too long for a list of their shorter forms: the slip is in one half of it, or in one of its words. */
function longOneLetterApart(asked: string, folded: string, limit: number): NameQuestion[] {
  if (folded.length < leastLong) return [];
  const half = folded.slice(0, (folded.length >> 1) - 1);
  const questions: NameQuestion[] = [{ by: "begin", begin: half, limit: limit * 4 }];
  const words = nameWords(asked);
  for (const left of words) {
    const others = words.filter((word) => word !== left);
    if (others.length < leastOtherWords) break;
    questions.push({ by: "all words", words: others, limit });
  }
  return questions;
}

/** What a name that is asked for by a part of it must have: the parts, not how they are put together. */
function nameWords(asked: string): string[] {
  for (const text of [asked.replace(seam, " "), asked]) {
    const words = askedTerms(text).filter((word) => word.length > 1);
    if (words.length > 0) return words.slice(0, mostNameWords);
  }
  return [];
}
