import type { WordMarks } from "../../src/ports/store.ts";
import { rarityOf, stemOf } from "../../src/storage/sqlite/words/word-marks.ts";
import { indexedWords, queryTerms } from "../../src/storage/sqlite/words/words.ts";

export interface CountedText {
  /** How often each word stands in it, by its stem. */
  counts: ReadonlyMap<string, number>;
  length: number;
}

/** A text as its counted words, and search among such texts: BM25 by the book. Counted when first asked for. */
export class CountedWords implements CountedText {
  readonly #text: string;
  #counted: CountedText | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  get counts(): ReadonlyMap<string, number> {
    return this.#count().counts;
  }

  get length(): number {
    return this.#count().length;
  }

  #count(): CountedText {
    if (this.#counted !== undefined) return this.#counted;
    const words = indexedWords(this.#text).split(" ");
    const counts = new Map<string, number>();
    for (const word of words) counts.set(stemOf(word), (counts.get(stemOf(word)) ?? 0) + 1);
    counts.delete("");
    this.#counted = { counts, length: words.length };
    return this.#counted;
  }

  /** Of those whose texts have a word of the query. */
  static scores<One extends { words: CountedText }>(
    query: string,
    all: readonly One[],
  ): Map<One, number> {
    const mean = all.reduce((sum, { words }) => sum + words.length, 0) / Math.max(1, all.length);
    const scores = new Map<One, number>();
    for (const term of queryTerms(query)) {
      const having = all.filter(({ words }) => countOf(words, term) > 0);
      const rarity = rarityOf(having.length, all.length);
      for (const one of having) {
        const count = countOf(one.words, term);
        const part = (count * 2.2) / (count + 1.2 * (0.25 + (0.75 * one.words.length) / mean));
        scores.set(one, (scores.get(one) ?? 0) + rarity * part);
      }
    }
    return scores;
  }

  /** @param asked undefined: there is no such text */
  static marks(
    query: string,
    asked: readonly (CountedText | undefined)[],
    all: readonly CountedText[],
  ): WordMarks {
    const terms = queryTerms(query);
    const holders = (term: string): number => all.filter((text) => countOf(text, term) > 0).length;
    return {
      marks: asked.map((text) =>
        Uint8Array.from(terms, (term) => (text !== undefined && countOf(text, term) > 0 ? 1 : 0)),
      ),
      weights: Float64Array.from(terms, (term) => rarityOf(holders(term), all.length)),
      texts: all.length,
    };
  }
}

/** A term that ends in "*" stands for all that begin so. */
function countOf({ counts }: CountedText, term: string): number {
  if (!term.endsWith("*")) return counts.get(stemOf(term)) ?? 0;
  const beginning = term.slice(0, -1);
  return [...counts].reduce((sum, [word, n]) => sum + (word.startsWith(beginning) ? n : 0), 0);
}
