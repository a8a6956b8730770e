/** One identifier or word of a text with its parts, all in lower case. */
export interface Word {
  /** As written. */
  raw: string;
  /** "getUserById" gives get, user, by, id. One part for a plain word. */
  parts: string[];
}

const rawWord = /[\p{L}\p{N}_$]+/gu;
const part = /\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{L}+|\p{N}+/gu;

/** Splits at signs, and identifiers at underscores and changes of case. */
export function findWords(text: string): Word[] {
  const words: Word[] = [];
  for (const [raw] of text.matchAll(rawWord)) {
    const parts = (raw.match(part) ?? []).map((one) => one.toLowerCase());
    if (parts.length > 0) words.push({ raw, parts });
  }
  return words;
}

const unspaced =
  /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmr}\p{sc=Mymr}ー]+/gu;
const signsAlone = /(?<=^|\s)[^\p{L}\p{N}\s]+(?=$|\s)/gu;

/** What is looked for in a line letter by letter: pairs of scripts without spaces, operators, emoji. */
export function findLiterals(query: string): string[] {
  const literals = new Set(query.match(signsAlone));
  for (const [run] of query.matchAll(unspaced)) {
    const letters = Array.from(run);
    if (letters.length === 1) literals.add(run);
    for (let at = 1; at < letters.length; at += 1) literals.add(`${letters[at - 1]}${letters[at]}`);
  }
  return [...literals];
}

/** Takes the commonest English endings off, so that "indexes" meets "indexing". */
export function stem(word: string): string {
  if (word.length < 4) return word;
  const bare = word.replace(/(ations?|ings?|ies|ed|ers?|es|s|e|y)$/u, "");
  return bare.length >= 3 ? bare : word;
}

/** Words too common to say what is looked for. */
export const stopWords: ReadonlySet<string> = new Set(
  (
    "a about all an and any are as at be been but by can could did do does for from had has have how i if in into is it " +
    "its me my no not of on or our should so than that the their them then there these they this to was we were what " +
    "when where which who whom why will with would you your"
  ).split(" "),
);

/** Replaces halves of surrogate pairs that stand alone, which no other system takes. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\uFFFD");
}
