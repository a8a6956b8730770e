/*
 * The rules of words of Haypile 0.1 (version 1), unchanged: memories that were indexed by them are taken out of the word
 * index by the words they were put in with, and are found by them until that is done.
 */

const longestWord = 64;

const ofWords = "[\\p{L}\\p{N}\\p{M}_]";
const scripts = "[\\p{sc=Han}\\p{sc=Hira}\\p{sc=Kana}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmr}ー]";
const word = new RegExp(`[${scripts}&&${ofWords}]+|[${ofWords}--${scripts}]+`, "gv");
const unspaced = new RegExp(`^${scripts}`, "v");
const beyondAscii = /[\u0080-\uffff]/;
const letterOrDigit = /[\p{L}\p{N}]/u;

const part = /\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{M}]+|[\p{Lo}\p{Lm}\p{Lt}\p{M}]+|\p{N}+/gu;
const asciiPart = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+/g;
const hasParts = /[\p{Ll}\p{N}]\p{Lu}|\p{Lu}\p{Lu}\p{Ll}|\p{L}\p{N}|\p{N}\p{L}|_/u;
const asciiHasParts = /[a-z0-9][A-Z]|[A-Z]{2}[a-z]|[A-Za-z][0-9]|[0-9][A-Za-z]|_/;

export function splitOlderWords(text: string): string[] {
  const terms: string[] = [];
  const ascii = !beyondAscii.test(text);
  const words = ascii ? text.match(/\w+/g) : text.normalize("NFKC").match(word);
  for (const found of words ?? []) addWord(found, ascii, terms);
  return terms;
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
  for (const piece of parts) if (piece.length > 1) terms.push(piece.toLowerCase());
}

function addPairs(run: string, terms: string[]): void {
  const letters = Array.from(run);
  if (letters.length === 1) terms.push(run);
  for (let i = 1; i < letters.length; i++) terms.push(`${letters[i - 1]}${letters[i]}`);
}
