/*
 * The words of parts (rowid = part id). The index holds no text: a part is taken out by giving its words again, and
 * secure-delete takes them out at once, not at some later merge.
 */
import type { WantedParts, WordSource } from "../../../shared/words/source.ts";
import type { Database, Statement } from "../../file/driver.ts";
import { TermCounts } from "../../words/term-counts.ts";
import { indexedWords } from "../../words/words.ts";
import { MemoryWordRules, olderWords } from "./word-rules.ts";

export class StoredWords implements WordSource {
  readonly #wordsOf: (text: string) => string;
  readonly #rules: MemoryWordRules;
  readonly #counts: TermCounts;
  readonly #add: Statement;
  readonly #remove: Statement;
  readonly #read: Statement;
  readonly #tagged: Statement;

  constructor(db: Database, wordsOf: (text: string) => string = indexedWords) {
    this.#wordsOf = wordsOf;
    this.#rules = new MemoryWordRules(db);
    this.#counts = new TermCounts(db, "memory_words");
    this.#add = db.prepare("INSERT INTO memory_words(rowid, body) VALUES (?, ?)");
    this.#remove = db.prepare(
      "INSERT INTO memory_words(memory_words, rowid, body) VALUES ('delete', ?, ?)",
    );
    this.#read = db
      .prepare(
        `SELECT rowid FROM memory_words
         WHERE memory_words MATCH ? AND rowid > ? AND rowid <= ? ORDER BY rowid`,
      )
      .pluck();
    this.#tagged = db
      .prepare(
        `SELECT row_id FROM memory_tags WHERE tag_id = (SELECT id FROM tags WHERE name = ?)
         ORDER BY row_id DESC LIMIT ?`,
      )
      .pluck();
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

  partsWith(wanted: readonly WantedParts[], until: number): number[][] {
    return wanted.map(({ word, after }) => this.#read.all(word.match, after, until) as number[]);
  }

  countOf(term: string, all: number): number {
    return this.#counts.of(term, all);
  }

  rowsWithTags(tags: readonly string[], limit: number): number[][] {
    return tags.map((tag) => this.#tagged.all(tag, limit) as number[]);
  }
}
