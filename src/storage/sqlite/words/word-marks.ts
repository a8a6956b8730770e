/*
 * Which words of a question stand in texts, and what each word is worth: the rarer, the more. Words meet as in the word
 * index, by their stems and without accents, and are looked for in the texts themselves: asking the index for each
 * word would read the whole list of a common one.
 */
import { stemmer } from "stemmer";

/** A word of a question, as it is looked for, and what it is worth. */
export interface WeighedTerm {
  term: string;
  weight: number;
}

/**
 * As BM25 counts rarity, but never below 0: a word that all texts have is worth next to nothing.
 * @param holders texts that have the word, of `all`
 */
export function rarityOf(holders: number, all: number): number {
  const others = Math.max(0, all - holders);
  return Math.log(1 + (others + 0.5) / (holders + 0.5));
}

const mark = /\p{M}/gu;
const beyondAscii = /[\u0080-\uffff]/;

/** A term as the index's tokeniser leaves it: without accents, its ending taken off. */
export function stemOf(term: string): string {
  return stemmer(stripMarks(term));
}

function stripMarks(term: string): string {
  return beyondAscii.test(term) ? term.normalize("NFD").replace(mark, "") : term;
}

/** So many first letters no ending touches: words of other beginnings need no stem. */
const beginning = 2;

export class TextMarker {
  readonly #places = new Map<string, number[]>();
  readonly #beginnings = new Set<string>();
  /** Of words met in a text, as texts have most of theirs in common; undefined: none of the question's. */
  readonly #known = new Map<string, readonly number[] | undefined>();
  /** Of terms that stand for all that begin so. */
  readonly #prefixes: { prefix: string; at: number }[] = [];
  readonly weights: Float64Array;
  /** How words begin that of() looks at, as a WordSplitter takes it; undefined: words of any beginning. */
  readonly beginnings: string | undefined;

  constructor(terms: readonly WeighedTerm[]) {
    this.weights = Float64Array.from(terms, ({ weight }) => weight);
    for (const [at, { term }] of terms.entries()) {
      if (term.endsWith("*")) {
        this.#prefixes.push({ prefix: stripMarks(term.slice(0, -1)), at });
        continue;
      }
      const stem = stemOf(term);
      this.#places.set(stem, [...(this.#places.get(stem) ?? []), at]);
      this.#beginnings.add(stem.slice(0, beginning)).add(term.slice(0, beginning));
    }
    const ascii = [...this.#beginnings].filter((one) => one !== "" && !beyondAscii.test(one));
    this.beginnings = this.#prefixes.length > 0 ? undefined : ascii.join(" ");
  }

  /**
   * 1 at the place of each word of the question that is there.
   * @param words of a text, with a space between them, as indexedWords() gives them
   */
  of(words: string): Uint8Array {
    const marks = new Uint8Array(this.weights.length);
    for (const word of words.split(" ")) {
      for (const { prefix, at } of this.#prefixes) {
        if (marks[at] === 0 && stripMarks(word).startsWith(prefix)) marks[at] = 1;
      }
      if (!this.#beginnings.has(word.slice(0, beginning)) && !beyondAscii.test(word)) continue;
      for (const at of this.#placesOf(word) ?? []) marks[at] = 1;
    }
    return marks;
  }

  #placesOf(word: string): readonly number[] | undefined {
    if (!this.#known.has(word)) this.#known.set(word, this.#places.get(stemOf(word)));
    return this.#known.get(word);
  }
}
