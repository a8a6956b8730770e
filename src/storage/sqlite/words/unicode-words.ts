/*
 * Words and signs of text beyond ASCII, in its compatibility form (NFKC). What is written in two ways gives one term:
 * accents, points and tones of Latin, Greek, Arabic and Hebrew letters go, as do those that nobody can type; digits of
 * all scripts are ASCII digits. Scripts written without spaces, and Hangul, whose words carry their endings, give pairs
 * of neighbours; of a run its last letter too, so that every letter begins a term and is found as the begin of one.
 */
import { addAsciiWord, leastPerPart, longestOfData, longestSplit } from "./ascii-words.ts";
import { signTerm } from "./sign-terms.ts";

const unspacedScripts = [
  ..."Han Hira Kana Hang Bopo Yiii Thai Lao Khmr Mymr Tale Talu Lana Tavt Java Bali".split(" "),
].map((name) => `\\p{sc=${name}}`);
const letters = "[\\p{L}\\p{N}\\p{M}]";
const unspacedLetters = `[[${unspacedScripts.join("")}ー\\u3099\\u309a]--\\p{Nd}]`;
const noJoiner = "\u200c";
const run = `[${unspacedLetters}&&${letters}]+`;
const word = new RegExp(`${run}|[[${letters}_${noJoiner}]--${unspacedLetters}]+`, "gv");
const unspaced = new RegExp(`^${unspacedLetters}`, "v");
/** A letter with its marks; no word has more of them. */
const letterWithMarks = /\P{M}\p{M}{0,7}|\p{M}{1,8}/gu;
const mark = /\p{M}/u;

/** Not seen, and of no meaning to a word. */
const invisible = /[\p{DI}--[\u200b\u200c]]/gv;
const takenApart = /[\p{sc=Latn}\p{sc=Grek}\p{sc=Arab}\p{sc=Hebr}]+/gu;
const droppedMarks =
  /[\p{M}&&[\p{sc=Zinh}\p{sc=Latn}\p{sc=Grek}\p{sc=Cyrl}\p{sc=Arab}\p{sc=Hebr}\p{sc=Syrc}]]/gv;
/** Letters that have no parts, and what people write for them; letters that look the same. */
const otherSpelling: Readonly<Record<string, string>> = {
  ...{ ß: "ss", ẞ: "SS", æ: "ae", Æ: "AE", œ: "oe", Œ: "OE", ø: "o", Ø: "O", ł: "l", Ł: "L" },
  ...{ đ: "d", Đ: "D", ð: "d", Ð: "D", þ: "th", Þ: "Th", ħ: "h", Ħ: "H", ŧ: "t", Ŧ: "T" },
  ...{ ı: "i", ё: "е", Ё: "Е", ی: "ي", ى: "ي", ک: "ك", ـ: "" },
};
const respelt = new RegExp(`[${Object.keys(otherSpelling).join("")}]`, "gu");
const otherDigit = /(?![0-9])\p{Nd}/gu;
const beyondAscii = /[\u0080-\uffff]/;
const letterOrDigit = /[\p{L}\p{N}]/u;

/** A run of capitals up to the next word, a word, or a number. */
const part = /\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{M}]+|[\p{Lo}\p{Lm}\p{Lt}\p{M}]+|\p{N}+/gu;
const hasParts =
  /[\p{Ll}\p{N}]\p{Lu}|\p{Lu}\p{Lu}\p{Ll}|[\p{L}\p{M}]\p{N}|\p{N}[\p{L}\p{M}]|_|\p{sc=Latn}\p{M}*[\p{L}--\p{sc=Latn}]|[\p{L}--\p{sc=Latn}]\p{M}*\p{sc=Latn}/v;
/** "APIключ" is of two scripts. */
const ofOneScript = /[\p{sc=Latn}\p{N}_]+|[^\p{sc=Latn}\p{N}_]+/gu;
/** What the tokenizer of the index takes for a gap, although it stands in words; the numbers are New Tai Lue. */
const gap = /[^\p{L}\p{N}_]|[\u19b0-\u19c0\u19c8\u19c9\u1cf2\u1cf3]/gu;

/** "The", alone or behind "and", "so", "with", "like", "to", is written together with its word. */
const arabicArticle = /^(?:[وفبك]?ال|لل)(?=\p{L}{3})/u;

const pictograph = "\\p{ExtPict}[\\ufe0e\\ufe0f]*\\p{EMod}?\\ufe0f?[\\u{e0020}-\\u{e007f}]{0,8}";
const emoji = new RegExp(
  `[0-9#*]\\ufe0f?\\u20e3|\\p{RI}\\p{RI}|${pictograph}(?:\\u200d${pictograph}){0,8}`,
  "gu",
);
const mayHaveEmoji = /\p{ExtPict}|\p{RI}|\u20e3/u;
/** Signs of mathematics and currencies, arrows, drawn ones, icons of fonts; U+FFFD stands for what could not be read. */
const symbol = /[[\p{S}\p{Co}§¶†‡‰]--[\p{ASCII}\ufffd]]/gv;

/** Words of a text in NFKC, and its signs. `rest` is the text without emoji. */
export function readUnicode(
  text: string,
  isAsked: boolean,
): { words: string[]; signs: Set<string>; rest: string } {
  const signs = new Set<string>();
  let rest = text;
  if (mayHaveEmoji.test(text)) {
    rest = text.replace(emoji, (sequence) => {
      addEmoji(sequence, isAsked, signs);
      return " ";
    });
  }
  rest = rest.replace(invisible, "");
  for (const sign of rest.match(symbol) ?? []) signs.add(signTerm(sign));
  const words: string[] = [];
  for (const found of rest.match(word) ?? []) {
    if (unspaced.test(found)) addPairs(found, isAsked, words);
    else if (beyondAscii.test(found)) addWord(folded(found), words);
    else addAsciiWord(found, words);
  }
  return { words, signs, rest };
}

/** As it was written, without its skin tones, and what it is joined of: who asks for a woman finds the astronaut. */
function addEmoji(sequence: string, isAsked: boolean, signs: Set<string>): void {
  const exact = sequence.replace(/[\ufe0e\ufe0f]/g, "");
  signs.add(signTerm(exact));
  signs.add(signTerm(exact.replace(/(?<=.)\p{EMod}/gu, "")));
  if (isAsked) return;
  for (const one of exact.match(/\p{ExtPict}/gu) ?? []) signs.add(signTerm(one));
}

/** Without what is not typed, or typed in two ways; capitals stay, for the parts. */
function folded(found: string): string {
  return found
    .replace(takenApart, (letters) => letters.normalize("NFD"))
    .replace(droppedMarks, "")
    .replace(respelt, (letter) => otherSpelling[letter] as string)
    .replace(otherDigit, digitOf);
}

/** Digits stand ten in a row, from a code on that ends in 0 or in 6. */
function digitOf(digit: string): string {
  const code = digit.codePointAt(0) as number;
  const row = code & ~15;
  const zero = /\p{Nd}/u.test(String.fromCodePoint(row)) ? row : row + 6;
  return String(code - zero);
}

function addWord(found: string, terms: string[]): void {
  if (!letterOrDigit.test(found)) return;
  if (found.includes(noJoiner)) {
    // Persian: written together, apart or with it.
    addWord(found.replaceAll(noJoiner, ""), terms);
    for (const piece of found.split(noJoiner)) if (piece.length > 1) addWord(piece, terms);
    return;
  }
  if (!beyondAscii.test(found)) {
    addAsciiWord(found, terms);
    return;
  }
  if (found.length > longestSplit) {
    terms.push(termOf(beginOf(found)));
    return;
  }
  if (!hasParts.test(found)) {
    terms.push(termOf(found));
    const bare = found.replace(arabicArticle, "");
    if (bare !== found) terms.push(bare);
    return;
  }
  const parts = (found.match(ofOneScript) ?? []).flatMap((text) => text.match(part) ?? []);
  if (found.length > longestOfData && parts.length * leastPerPart > found.length) {
    terms.push(termOf(beginOf(found)));
    return;
  }
  terms.push(termOf(found));
  for (const piece of parts) if (piece.length > 1) terms.push(termOf(piece));
}

/** Never half of a pair of units. */
function beginOf(found: string): string {
  const isPairCut = (found.charCodeAt(longestOfData - 1) & 0xfc00) === 0xd800;
  return found.slice(0, isPairCut ? longestOfData - 1 : longestOfData);
}

/** Lower case, with what the tokenizer would cut at as private letters. */
function termOf(text: string): string {
  return text.toLowerCase().replaceAll("ς", "σ").replace(gap, asPrivateLetters);
}

function asPrivateLetters(sign: string): string {
  let term = "";
  for (let at = 0; at < sign.length; at += 1) {
    term += String.fromCodePoint(0xf0000 + sign.charCodeAt(at));
  }
  return term;
}

function addPairs(found: string, isAsked: boolean, terms: string[]): void {
  const isPlain = !mark.test(found);
  const all = isPlain ? Array.from(found) : (found.match(letterWithMarks) ?? []);
  const term = isPlain ? (text: string): string => text : termOf;
  for (let at = 1; at < all.length; at += 1) terms.push(term(`${all[at - 1]}${all[at]}`));
  const last = term(all.at(-1) as string);
  if (!isAsked) terms.push(last);
  else if (all.length === 1) terms.push(`${last}*`);
}
