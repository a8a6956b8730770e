/* Words and version numbers of ASCII text. native/core/word_splitter.cc does the same, faster; a test compares the two. */

/** Words of more characters are encoded data: the begin of it stands for it. */
export const longestSplit = 256;
export const longestOfData = 64;
/** Above that length a word is an identifier when its parts have at least so many characters each, on average. */
export const leastPerPart = 3;

const part = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+/g;
/** Words without any of these have one part: themselves. */
const hasParts = /[a-z0-9][A-Z]|[A-Z]{2}[a-z]|[A-Za-z][0-9]|[0-9][A-Za-z]|_/;

/** Three numbers or more with a dot between them: of four versions with the same numbers, one is meant. */
const version = /\b[vV]?(\d+(?:\.\d+){2,})\b/g;
const longestVersion = 64;

export function addAsciiWords(text: string, terms: string[]): void {
  for (const word of text.match(/\w+/g) ?? []) addAsciiWord(word, terms);
}

/** The word, and its parts where its writing shows them. */
export function addAsciiWord(word: string, terms: string[]): void {
  if (word.length > longestSplit) {
    terms.push(word.slice(0, longestOfData).toLowerCase());
    return;
  }
  if (!hasParts.test(word)) {
    terms.push(word.toLowerCase());
    return;
  }
  addParts(word, word.match(part) ?? [], terms);
}

export function addParts(word: string, parts: readonly string[], terms: string[]): void {
  // Signs alone are no word.
  if (parts.length === 0) return;
  if (word.length > longestOfData && parts.length * leastPerPart > word.length) {
    terms.push(word.slice(0, longestOfData).toLowerCase());
    return;
  }
  terms.push(word.toLowerCase());
  // One letter alone says nothing, and would be the most common word of all.
  for (const piece of parts) if (piece.length > 1) terms.push(piece.toLowerCase());
}

/** "v2.3.1" has 2_3_1 besides its words. */
export function addVersions(text: string, terms: string[]): void {
  for (const [, numbers = ""] of text.matchAll(version)) {
    if (numbers.length <= longestVersion) terms.push(numbers.replaceAll(".", "_"));
  }
}
