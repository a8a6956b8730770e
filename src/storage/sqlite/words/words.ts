/**
 * Words and signs of code and prose, as the word indexes hold them. An identifier is kept whole and also
 * split where its writing shows parts: parseHTTPResponse2 gives "parsehttpresponse2", "parse",
 * "http", "response"; max_file_size gives "max_file_size", "max", "file", "size". Queries go through the
 * same split, so the two agree.
 */
import type { WordSplitter } from "../../../ports/word-splitter.ts";
import { addAsciiWords, addVersions } from "./ascii-words.ts";
import { splitOlderWords } from "./older-words.ts";
import { askedOperators, operatorsOf } from "./sign-terms.ts";
import { readUnicode } from "./unicode-words.ts";

/** Counts up with every change of what a text gives, in this folder or in the core: indexes then redo their words. */
export const wordRules = 2;

/** Most distinct terms of one query; the rarest stay. */
export const mostQueryTerms = 64;

/** Distinct terms of a query that are looked at, in order, to choose those. */
export const mostTermsWeighed = 1_024;

/** Characters of a query that are looked at. */
const longestQuery = 200_000;

/** Every term of a text, lower-case, parts after their word, each sign once and last. */
export function splitWords(text: string): string[] {
  const { ascii, other } = apart(text);
  const terms = asciiTerms(ascii);
  if (other !== "") for (const term of otherTerms(other)) terms.push(term);
  return terms;
}

/**
 * What goes into a word index for a text.
 * @param beginnings see WordSplitter: of ASCII words only these are wanted
 */
export type WordsOf = (text: string, beginnings?: string) => string;

/** The text that goes into a word index: its terms, one space between them. */
export function indexedWords(text: string): string {
  return wordsWith(undefined)(text);
}

/** The same, with what is ASCII split by `splitter`, which gives what this module gives. */
export function wordsWith(splitter: WordSplitter | undefined): WordsOf {
  return (text, beginnings) => {
    const { ascii, other } = apart(text);
    const words = splitter?.(ascii, beginnings) ?? asciiTerms(ascii).join(" ");
    if (other === "") return words;
    const others = otherTerms(other).join(" ");
    return words === "" || others === "" ? words + others : `${words} ${others}`;
  };
}

/**
 * The distinct terms of a query in order, at most `mostTermsWeighed`; one that ends in "*" stands for all
 * terms that begin so. Common English words go, unless nothing else is left.
 *
 * @param isOlder the index holds words by the rules before these as well: they are asked for too
 */
export function queryTerms(query: string, isOlder = false): string[] {
  const all = askedTerms(query, isOlder);
  const telling = all.filter((term) => !commonWords.has(term));
  return telling.length > 0 ? telling : all;
}

/** As queryTerms(), the common words among them. */
export function askedTerms(query: string, isOlder = false): string[] {
  const seen = new Set<string>();
  for (const term of readQuery(query.slice(0, longestQuery), isOlder)) {
    seen.add(term);
    if (seen.size === mostTermsWeighed) break;
  }
  return [...seen];
}

/** A term of a query as FTS5 reads it. */
export function quoted(term: string): string {
  return term.endsWith("*") ? `"${term.slice(0, -1)}"*` : `"${term}"`;
}

function* readQuery(query: string, isOlder: boolean): Iterable<string> {
  const { ascii, other } = apart(query);
  const words: string[] = [];
  addAsciiWords(ascii, words);
  addVersions(ascii, words);
  const { words: otherWords, signs, rest } = readUnicode(other.normalize("NFKC"), true);
  for (const word of otherWords) words.push(word);
  addVersions(rest, words);
  yield* words;
  yield* signs;
  for (const text of [ascii, rest]) yield* askedOperators(text, words.length + signs.size > 0);
  if (isOlder) yield* splitOlderWords(query);
}

function asciiTerms(text: string): string[] {
  const terms: string[] = [];
  addAsciiWords(text, terms);
  addVersions(text, terms);
  for (const term of operatorsOf(text)) terms.push(term);
  return terms;
}

function otherTerms(text: string): string[] {
  const { words, signs, rest } = readUnicode(text.normalize("NFKC"), false);
  addVersions(rest, words);
  for (const term of operatorsOf(rest)) signs.add(term);
  for (const term of signs) words.push(term);
  return words;
}

const beyondAscii = /[\u0080-\uffff]+/g;

/** The text without what lies between two gaps around a letter beyond ASCII, and that. */
function apart(text: string): { ascii: string; other: string } {
  let ascii = "";
  let other = "";
  let done = 0;
  beyondAscii.lastIndex = 0;
  for (let found = beyondAscii.exec(text); found !== null; found = beyondAscii.exec(text)) {
    let start = found.index;
    while (start > done && text.charCodeAt(start - 1) > space) start -= 1;
    let end = beyondAscii.lastIndex;
    while (end < text.length && text.charCodeAt(end) > space) end += 1;
    ascii += `${text.slice(done, start)} `;
    other += `${text.slice(start, end)} `;
    done = end;
    beyondAscii.lastIndex = end;
  }
  return { ascii: done === 0 ? text : ascii + text.slice(done), other };
}

const space = 32;

/** Words that carry no meaning of their own in a question; none is a common identifier. */
const commonWords: ReadonlySet<string> = new Set(
  `a about am an and any are as at be been but by can could did do does for from had has have how i
  in into is it its me my of on or our shall should so some such than that the their them then there
  these they this those to us was we were what when where which who whom whose why will with would
  you your`.split(/\s+/),
);
