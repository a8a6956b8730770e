/*
 * Lines too long for a person to have written. A file of such lines is minified and left out; one such line in an
 * ordinary file is an image, a table or a long string, and only that is left out.
 */
import { isProse } from "../../base/text/prose.ts";

/** Mean length of filled lines above which code was not written by a person, characters. */
const longCodeLine = 300;
/** The same for prose, where a line may be a paragraph. */
const longProseLine = 5000;
/** Short texts are taken whatever their lines are, characters. */
const smallTextChars = 8192;

/** Strings from this length on are contents, whatever the code around them is, characters. */
const longString = 200;
/** A run without white space that no word is, characters. */
const longRun = 200;
/** Of a line, and of a piece of one, so many characters stand for all. */
const mostLooked = 100_000;
const mostTold = 4_096;
/** Share of semicolons, brackets and equals signs that no contents have; minified code has a quarter. */
const codeSigns = 0.1;
/** Ordinary lines that make an ordinary file beside its long ones. */
const fewestOrdinary = 3;
/** Their share of the filled lines, and of the characters. */
const leastLines = 0.5;
const leastChars = 0.05;
/** Long lines that such a file has, and their share of the filled lines: minified code with texts in it has more. */
const mostLong = 2;
const mostLongShare = 0.05;

/** Data in lines: long ones are the file. */
const dataLanguages: ReadonlySet<string> = new Set(["csv", "xml"]);

/** True for a text whose lines a tool wrote, or whose few lines are paragraphs without end. */
export function hasLongLines(lines: readonly string[], language: string): boolean {
  let chars = 0;
  let filled = 0;
  for (const line of lines) {
    if (line.length === 0) continue;
    chars += line.length;
    filled += 1;
  }
  if (chars <= smallTextChars) return false;
  if (isProse(language)) return chars / filled > longProseLine;
  if (chars / filled <= longCodeLine) return false;
  let ordinary = 0;
  let ordinaryChars = 0;
  let comments = 0;
  let long = 0;
  let rest = 0;
  for (const line of lines) {
    if (line.length > longCodeLine) {
      long += 1;
      rest += dataLanguages.has(language) ? line.length : readableChars(line);
      continue;
    }
    rest += line.length;
    if (line.trim() === "") continue;
    if (/^\s*(?:\/\/|\/?\*|#|--|<!--)/u.test(line)) {
      comments += 1;
      continue;
    }
    ordinary += 1;
    ordinaryChars += line.length;
  }
  if (rest / filled <= longCodeLine) return false;
  const isOrdinary =
    long <= Math.max(mostLong, mostLongShare * filled) &&
    ordinary >= fewestOrdinary &&
    ordinary >= leastLines * (filled - comments) &&
    ordinaryChars >= leastChars * chars;
  return !isOrdinary;
}

/** Characters of a line that are neither in a long string nor data. */
function readableChars(line: string): number {
  const looked = line.slice(0, mostLooked);
  let count = 0;
  for (const piece of withoutStrings(looked)) {
    count += piece.length;
    for (const [run] of piece.matchAll(/\S+/gu)) {
      if (run.length >= longRun && isData(run)) count -= run.length;
    }
  }
  return count * (line.length / looked.length);
}

/** What stands between the long strings of a line. */
function* withoutStrings(line: string): Generator<string> {
  const quotes = new Set(['"', "'", "`"]);
  let from = 0;
  let at = 0;
  while (at < line.length) {
    const letter = line[at] as string;
    const end = quotes.has(letter) ? endOfString(line, at) : undefined;
    if (end === undefined) {
      // One that does not end is a letter, and so is any other of its kind.
      quotes.delete(letter);
      at += 1;
      continue;
    }
    if (end - at >= longString && !isCode(line.slice(at + 1, end))) {
      yield line.slice(from, at + 1);
      from = end;
    }
    at = end + 1;
  }
  yield line.slice(from);
}

/** What stands between the end of one string of many lines and the beginning of the next looks like a string. */
function isCode(text: string): boolean {
  const signs = text.match(/[;(){}=]/gu)?.length ?? 0;
  return signs > codeSigns * text.length;
}

function endOfString(line: string, at: number): number | undefined {
  const quote = line[at] as string;
  for (let next = line.indexOf(quote, at + 1); next >= 0; next = line.indexOf(quote, next + 1)) {
    let slashes = 0;
    while (line[next - 1 - slashes] === "\\" && next - 1 - slashes > at) slashes += 1;
    if (slashes % 2 === 0) return next;
  }
  return undefined;
}

/**
 * True for a piece of text that is data and no words: encoded bytes, one letter over and over, rows of numbers,
 * the outline of a drawing.
 */
export function isData(whole: string): boolean {
  if (whole.length < longRun) return false;
  const text = whole.slice(0, mostTold);
  const words = text.match(/[\p{L}]{3,}/gu) ?? [];
  const letters = words.reduce((sum, word) => sum + (word.length <= 24 ? word.length : 0), 0);
  const spaces = text.match(/\s/gu)?.length ?? 0;
  const digits = text.match(/\p{N}/gu)?.length ?? 0;
  if (digits >= 0.4 * (text.length - spaces) && letters <= 0.15 * text.length) return true;
  // Encoded text has no spaces and few signs. Texts of scripts without spaces have letters of their own.
  const longest = longestRun(text);
  if ((longest.match(/[^\x21-\x7e]/gu)?.length ?? 0) > 0.05 * longest.length) return false;
  if (longest.length < 0.8 * text.length || longest.length < longRun) return false;
  const signs = longest.match(/[^\p{L}\p{N}]/gu)?.length ?? 0;
  return signs <= 0.1 * longest.length || new Set(longest).size <= 2;
}

function longestRun(text: string): string {
  let longest = "";
  for (const [run] of text.matchAll(/\S+/gu)) if (run.length > longest.length) longest = run;
  return longest;
}
