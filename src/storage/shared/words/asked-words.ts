/*
 * The words of a question as memories are asked for them: forms of one word are one ("went" and "go", "deploys" and
 * "deployed"), so that none is counted twice, and each is found by any of its forms. Read in texts: which of them a text
 * has and how often, and which stand side by side as they do in the question.
 */
import { stemOf } from "../../sqlite/words/word-marks.ts";
import { quoted } from "../../sqlite/words/words.ts";
import { formsOf } from "./word-forms.ts";

/** A word of a question. */
export interface AskedWord {
  /** As they are looked for in the word index: one, or all forms of it. */
  terms: readonly string[];
  /** As FTS5 reads them. */
  match: string;
  stems: readonly string[];
  /** Set where it stands for all that begin so; without accents. */
  prefix: string | undefined;
}

/** In the order of the question, each once. @param terms of queryTerms() */
export function askedWords(terms: readonly string[]): AskedWord[] {
  const words = new Map<string, string[]>();
  for (const term of terms) {
    const forms = formsOf(term);
    const key = term.endsWith("*") ? term : stemOf(forms[0] ?? term);
    const known = words.get(key);
    if (known === undefined) words.set(key, [...new Set([term, ...forms])]);
    else if (!known.includes(term)) known.push(term);
  }
  return [...words.values()].map((all): AskedWord => {
    const [first = ""] = all;
    const isBegin = first.endsWith("*");
    return {
      terms: all,
      match: [...all].sort().map(quoted).join(" OR "),
      stems: isBegin ? [] : [...new Set(all.map(stemOf))],
      prefix: isBegin ? stemOfBegin(first.slice(0, -1)) : undefined,
    };
  });
}

const mark = /\p{M}/gu;

function stemOfBegin(begin: string): string {
  return begin.normalize("NFD").replace(mark, "");
}

/** What a text has of the words asked for. */
export interface WordCounts {
  /** How often it has each. */
  counts: Uint8Array;
  /** 1 at the place of a word that stands next to the one before it in the question. */
  besides: Uint8Array;
}

/** So many first letters no ending touches, of long stems one more: words of other beginnings need no stem. */
const beginning = 2;
const longStem = 4;
/** Two words are side by side with at most two others between them. */
const nearBy = 3;
const beyondAscii = /[\u0080-\uffff]/;
const asciiCodes = 128;
const mostStems = 20_000;

/** Stems of words seen in texts: they come again. */
const stems = new Map<string, string>();

function stemOfSeen(word: string): string {
  const known = stems.get(word);
  if (known !== undefined) return known;
  if (stems.size >= mostStems) stems.clear();
  const made = stemOf(word);
  stems.set(word, made);
  return made;
}

function beginOf(word: string, stem: string): string {
  return word.slice(0, stem.length >= longStem ? beginning + 1 : beginning);
}

export class WordReader {
  readonly #places = new Map<string, number>();
  readonly #beginnings = new Set<string>();
  readonly #prefixes: { prefix: string; at: number }[] = [];
  readonly #known = new Map<string, number>();
  /** 1 where a beginning has these two first letters. */
  readonly #firsts = new Uint8Array(asciiCodes * asciiCodes);
  readonly #size: number;

  constructor(words: readonly AskedWord[]) {
    this.#size = words.length;
    for (const [at, { terms, stems: own, prefix }] of words.entries()) {
      if (prefix !== undefined) {
        this.#prefixes.push({ prefix, at });
        continue;
      }
      for (const stem of own) {
        this.#places.set(stem, at);
        this.#beginnings.add(beginOf(stem, stem));
      }
      for (const term of terms) this.#beginnings.add(beginOf(term, stemOf(term)));
    }
    for (const begin of this.#beginnings) {
      const [first, second] = [begin.charCodeAt(0), begin.length > 1 ? begin.charCodeAt(1) : 0];
      if (first < asciiCodes && second < asciiCodes) this.#firsts[first * asciiCodes + second] = 1;
    }
  }

  /** @param words of a text, with a space between them, as indexedWords() gives them */
  of(words: string): WordCounts {
    const counts = new Uint8Array(this.#size);
    const besides = new Uint8Array(this.#size);
    const last = new Int32Array(this.#size).fill(-nearBy - 1);
    // Few words of a text may be meant: these alone are cut out of it.
    const areLooked = this.#prefixes.length > 0 || beyondAscii.test(words);
    let position = 0;
    for (let start = 0, end = 0; end < words.length; start = end + 1) {
      end = words.indexOf(" ", start);
      if (end === -1) end = words.length;
      position += 1;
      if (!areLooked && !this.#mayBegin(words, start, end)) continue;
      const at = this.#knownPlaceOf(words.slice(start, end));
      if (at === undefined) continue;
      if (counts[at] !== 255) counts[at] = (counts[at] as number) + 1;
      last[at] = position;
      if (at > 0 && position - (last[at - 1] as number) <= nearBy) besides[at] = 1;
      if (at + 1 < this.#size && position - (last[at + 1] as number) <= nearBy) besides[at + 1] = 1;
    }
    return { counts, besides };
  }

  /** Of plain words: none of the others is meant. */
  #mayBegin(words: string, start: number, end: number): boolean {
    if (end === start) return false;
    const second = end - start > 1 ? words.charCodeAt(start + 1) : 0;
    return this.#firsts[words.charCodeAt(start) * asciiCodes + second] === 1;
  }

  /** Texts that are read for one question have the same words again and again. */
  #knownPlaceOf(word: string): number | undefined {
    const known = this.#known.get(word);
    if (known !== undefined) return known === -1 ? undefined : known;
    const at = this.#placeOf(word);
    this.#known.set(word, at ?? -1);
    return at;
  }

  #placeOf(word: string): number | undefined {
    for (const { prefix, at } of this.#prefixes) {
      if ((beyondAscii.test(word) ? stemOfBegin(word) : word).startsWith(prefix)) return at;
    }
    const mayBe =
      this.#beginnings.has(word.slice(0, beginning + 1)) ||
      this.#beginnings.has(word.slice(0, beginning)) ||
      beyondAscii.test(word);
    if (!mayBe) return undefined;
    return this.#places.get(stemOfSeen(word));
  }
}
