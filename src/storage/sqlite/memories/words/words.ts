/*
 * BM25 over the words of parts (rowid = part id). The index holds no text: a part is taken out by giving its
 * words again, and secure-delete takes them out at once, not at some later merge. A query's common words
 * cost the most and say the least: the rarest are searched, as many as keep the rows to look at few.
 */
import type { AllowedRows, PartHit } from "../../../../ports/memory-rows.ts";
import type { WordMarks } from "../../../../ports/store.ts";
import type { Database, Statement } from "../../file/driver.ts";
import { TermCounts } from "../../words/term-counts.ts";
import { rarityOf, TextMarker } from "../../words/word-marks.ts";
import { indexedWords, mostQueryTerms, queryTerms, quoted } from "../../words/words.ts";
import type { ResidentRows } from "../filter/resident.ts";
import { MemoryWordRules, olderWords } from "./word-rules.ts";

/** Matches of all terms together that are scored, at most. */
const mostMatches = 1_000;
/** What is found by a word that more memories than that have: next to nothing. */
const commonScore = 0.1;
/** Terms of a long query whose frequency is asked. */
const mostLookedAt = 128;

export class MemoryWords {
  readonly #resident: ResidentRows;
  readonly #wordsOf: (text: string) => string;
  readonly #rules: MemoryWordRules;
  readonly #add: Statement;
  readonly #remove: Statement;
  readonly #counts: TermCounts;
  readonly #search: Statement;
  readonly #newest: Statement;
  #allowed: AllowedRows | undefined;

  constructor(
    db: Database,
    resident: ResidentRows,
    wordsOf: (text: string) => string = indexedWords,
  ) {
    this.#resident = resident;
    this.#wordsOf = wordsOf;
    this.#rules = new MemoryWordRules(db);
    this.#add = db.prepare("INSERT INTO memory_words(rowid, body) VALUES (?, ?)");
    this.#remove = db.prepare(
      "INSERT INTO memory_words(memory_words, rowid, body) VALUES ('delete', ?, ?)",
    );
    this.#counts = new TermCounts(db, "memory_words");
    // Asked from the best on until there are enough: it is called for few rows.
    db.function("is_allowed_part", { directOnly: true }, (partId) => {
      const slot = this.#resident.slotOfPart(partId as number);
      if (slot === -1) return 0;
      return this.#allowed?.has(this.#resident.rowIds[slot] as number) === true ? 1 : 0;
    });
    this.#search = db.prepare(
      `SELECT rowid AS partId, -rank AS score FROM memory_words
       WHERE memory_words MATCH ? AND is_allowed_part(rowid) ORDER BY rank LIMIT ?`,
    );
    this.#newest = db.prepare(
      `SELECT rowid AS partId, ${commonScore} AS score FROM memory_words
       WHERE memory_words MATCH ? AND is_allowed_part(rowid) ORDER BY rowid DESC LIMIT ?`,
    );
  }

  add(partId: number, text: string): void {
    this.#rules.begin(partId);
    this.#add.run(partId, this.#wordsOf(text));
  }

  /** @param text as it was added */
  remove(partId: number, text: string): void {
    const isOlder = this.#rules.isOlder(partId);
    this.#remove.run(partId, isOlder ? olderWords(text) : this.#wordsOf(text));
  }

  /** False once all words are of these rules. */
  get haveOlder(): boolean {
    return !this.#rules.areCurrent;
  }

  /** In a transaction: makes older words of some parts anew. True while there are more. */
  refresh(): boolean {
    const index = {
      add: (partId: number, words: string) => this.#add.run(partId, words),
      remove: (partId: number, words: string) => this.#remove.run(partId, words),
    };
    return this.#rules.step(index, this.#wordsOf);
  }

  search(query: string, limit: number, allowed: AllowedRows): PartHit[] {
    const { terms, areCommon } = this.#telling(
      queryTerms(query, this.haveOlder).slice(0, mostLookedAt),
    );
    if (terms.length === 0 || limit < 1 || allowed.count === 0) return [];
    this.#allowed = allowed;
    try {
      const match = terms.map(quoted).join(" OR ");
      const search = areCommon ? this.#newest : this.#search;
      const found = search.all(match, limit) as { partId: number; score: number }[];
      return found.map(({ partId, score }) => {
        const slot = this.#resident.slotOfPart(partId);
        return { partId, score, rowId: this.#resident.rowIds[slot] as number };
      });
    } finally {
      this.#allowed = undefined;
    }
  }

  /**
   * Which words of a query texts have, and what these are worth among all parts there are.
   * @returns one mark a term for each text
   */
  marks(query: string, texts: readonly string[]): WordMarks {
    const terms = queryTerms(query).slice(0, mostQueryTerms);
    const all = this.#resident.partCount;
    const marker = new TextMarker(
      terms.map((term) => ({ term, weight: rarityOf(this.#counts.of(term, all), all) })),
    );
    return {
      marks: texts.map((text) => marker.of(this.#wordsOf(text))),
      weights: marker.weights,
      texts: all,
    };
  }

  /** The rarest terms, while their matches together are not too many; the rarest one when it has too many itself. */
  #telling(terms: readonly string[]): { terms: string[]; areCommon: boolean } {
    if (this.#resident.partCount <= mostMatches) {
      return { terms: terms.slice(0, mostQueryTerms), areCommon: false };
    }
    const counted = terms
      .map((term) => ({ term, count: this.#counts.of(term, this.#resident.partCount) }))
      .filter(({ count }) => count > 0)
      .sort((a, b) => a.count - b.count)
      .slice(0, mostQueryTerms);
    let sum = 0;
    const rare = counted.filter(({ count }) => {
      sum += count;
      return sum <= mostMatches;
    });
    const areCommon = rare.length === 0;
    return { terms: (areCommon ? counted.slice(0, 1) : rare).map(({ term }) => term), areCommon };
  }
}
