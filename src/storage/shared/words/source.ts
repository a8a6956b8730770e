import type { AskedWord } from "./asked-words.ts";

/** A word whose parts are wanted, and after which one. */
export interface WantedParts {
  word: AskedWord;
  after: number;
}

/** What questions by words read of a database. */
export interface WordSource {
  /** Some parts are in the index by the words of an older Haypile. */
  readonly haveOlder: boolean;
  /** For each word the ids of parts that have it, in order, up to one. */
  partsWith(wanted: readonly WantedParts[], until: number): ArrayLike<number>[];
  /** About how many of `all` parts have a term. */
  countOf(term: string, all: number): number;
  /** What rowsWithTags() is asked right after partsWith(): a source that is asked over a network may read it with that. */
  expectTags?(tags: readonly string[], limit: number): void;
  /** For each tag, as it is compared (tagKey), rows that have it, newest first, at most so many. */
  rowsWithTags(tags: readonly string[], limit: number): number[][];
}
