/**
 * Words of code and prose, as the word indexes hold them. An identifier is kept whole and also
 * split where its writing shows parts: parseHTTPResponse2 gives "parsehttpresponse2", "parse",
 * "http", "response"; max_file_size gives "max_file_size", "max", "file", "size". Scripts written
 * without spaces give pairs of neighbours. Queries go through the same split, so the two agree.
 */

/** Longer words (encoded data, mostly) are cut to this many characters and not split. */
const longestWord = 64;

/** Most distinct terms of one query; the rarest stay. */
export const mostQueryTerms = 64;

/** Distinct terms of a query that are looked at, in order, to choose those. */
export const mostTermsWeighed = 1_024;

/** Characters of a query that are looked at. */
const longestQuery = 200_000;

const ofWords = "[\\p{L}\\p{N}\\p{M}_]";
const scripts = "[\\p{sc=Han}\\p{sc=Hira}\\p{sc=Kana}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmr}ー]";
const word = new RegExp(`[${scripts}&&${ofWords}]+|[${ofWords}--${scripts}]+`, "gv");
const unspaced = new RegExp(`^${scripts}`, "v");
const beyondAscii = /[\u0080-\uffff]/;
const letterOrDigit = /[\p{L}\p{N}]/u;

/** A run of capitals up to the next word, a word, or a number. */
const part = /\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{M}]+|[\p{Lo}\p{Lm}\p{Lt}\p{M}]+|\p{N}+/gu;
const asciiPart = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+/g;
/** Words without any of these have one part: themselves. */
const hasParts = /[\p{Ll}\p{N}]\p{Lu}|\p{Lu}\p{Lu}\p{Ll}|\p{L}\p{N}|\p{N}\p{L}|_/u;
const asciiHasParts = /[a-z0-9][A-Z]|[A-Z]{2}[a-z]|[A-Za-z][0-9]|[0-9][A-Za-z]|_/;

/** Every term of a text in order, lower-case, parts after their word. */
export function splitWords(text: string): string[] {
  const terms: string[] = [];
  const ascii = !beyondAscii.test(text);
  const words = ascii ? text.match(/\w+/g) : text.normalize("NFKC").match(word);
  for (const found of words ?? []) addWord(found, ascii, terms);
  return terms;
}

/** The text that goes into a word index: its terms, one space between them. */
export function indexedWords(text: string): string {
  return splitWords(text).join(" ");
}

/**
 * The distinct terms of a query in order, at most `mostTermsWeighed`. Common English words go,
 * unless nothing else is left.
 */
export function queryTerms(query: string): string[] {
  const seen = new Set<string>();
  for (const term of splitWords(query.slice(0, longestQuery))) {
    seen.add(term);
    if (seen.size === mostTermsWeighed) break;
  }
  const all = [...seen];
  const telling = all.filter((term) => !commonWords.has(term));
  return telling.length > 0 ? telling : all;
}

function addWord(found: string, ascii: boolean, terms: string[]): void {
  if (!ascii && unspaced.test(found)) {
    addPairs(found, terms);
    return;
  }
  const whole = found.slice(0, longestWord).toLowerCase();
  if (found.length > longestWord) {
    terms.push(whole);
    return;
  }
  if (!(ascii ? asciiHasParts : hasParts).test(found)) {
    if (ascii || letterOrDigit.test(found)) terms.push(whole);
    return;
  }
  const parts = found.match(ascii ? asciiPart : part) ?? [];
  if (parts.length === 0) return;
  terms.push(whole);
  // One letter alone says nothing, and would be the most common word of all.
  for (const piece of parts) if (piece.length > 1) terms.push(piece.toLowerCase());
}

function addPairs(run: string, terms: string[]): void {
  const letters = Array.from(run);
  if (letters.length === 1) terms.push(run);
  for (let i = 1; i < letters.length; i++) terms.push(`${letters[i - 1]}${letters[i]}`);
}

/** Words that carry no meaning of their own in a question; none is a common identifier. */
const commonWords: ReadonlySet<string> = new Set(
  `a about am an and any are as at be been but by can could did do does for from had has have how i
  in into is it its me my of on or our shall should so some such than that the their them then there
  these they this those to us was we were what when where which who whom whose why will with would
  you your`.split(/\s+/),
);
