/*
 * By which rules the words of each part were made (words.ts), and a step that makes older ones anew. `meta` has it:
 * {"rules":2} once all are of these rules; before that {"rules":2,"after":7,"until":90}: parts 8 to 90 are of the
 * rules before; nothing before the first write of a Haypile that has these rules. The word index takes a part out by
 * the words it was put in with, so nothing may be guessed here.
 */

import type { Database, Statement } from "../../file/driver.ts";
import { splitOlderWords } from "../../words/older-words.ts";
import { wordRules } from "../../words/words.ts";

/** Parts of one step: taking words out at once, not at some later merge, costs milliseconds. */
const partsPerStep = 4;

interface Place {
  after: number;
  /** -1: there are no older ones. */
  until: number;
}

export interface PartWords {
  add(partId: number, words: string): void;
  remove(partId: number, words: string): void;
}

interface Part {
  partId: number;
  rowId: number;
  start: number;
  end: number;
}

export class MemoryWordRules {
  readonly #db: Database;
  readonly #get: Statement;
  readonly #set: Statement;
  readonly #newestPart: Statement;
  readonly #parts: Statement;
  readonly #text: Statement;
  #isCurrent = false;
  #lastText: { rowId: number; text: string } | undefined;

  constructor(db: Database) {
    this.#db = db;
    this.#get = db.prepare("SELECT value FROM meta WHERE name = 'words'").pluck();
    this.#set = db.prepare("INSERT OR REPLACE INTO meta(name, value) VALUES ('words', ?)");
    this.#newestPart = db.prepare("SELECT coalesce(max(id), 0) FROM parts WHERE id < ?").pluck();
    this.#parts = db.prepare(
      `SELECT id AS partId, row_id AS rowId, start, end FROM parts
       WHERE id > ? AND id <= ? ORDER BY id LIMIT ${partsPerStep}`,
    );
    this.#text = db.prepare("SELECT text FROM memories WHERE id = ?").pluck();
  }

  /** True when all words are of these rules. */
  get areCurrent(): boolean {
    if (this.#isCurrent) return true;
    const place = this.#read();
    const areCurrent = place !== undefined && place.until < 0;
    // What a transaction has written it may take back.
    if (areCurrent && !this.#db.inTransaction) this.#isCurrent = true;
    return areCurrent;
  }

  /** Before the words of a new part are put in, in the same transaction. */
  begin(partId = Number.MAX_SAFE_INTEGER): void {
    if (this.#isCurrent || this.#read() !== undefined) return;
    this.#write({ after: 0, until: this.#newestPart.get(partId) as number });
  }

  /** Whether the words of a part are in the index by the rules before. */
  isOlder(partId: number): boolean {
    if (this.#isCurrent) return false;
    const place = this.#read();
    return place === undefined || (partId > place.after && partId <= place.until);
  }

  /**
   * In a transaction: makes the words of some parts anew. True while there are more.
   *
   * @param index takes words as they stand in it
   * @param wordsOf gives them by these rules
   */
  step(index: PartWords, wordsOf: (text: string) => string): boolean {
    // An empty file is left as it is: its first text notes the rules.
    if (this.#newestPart.get(Number.MAX_SAFE_INTEGER) === 0) return false;
    this.begin();
    const { after, until } = this.#read() as Place;
    if (until < 0) return false;
    const parts = this.#parts.all(after, until) as Part[];
    for (const { partId, rowId, start, end } of parts) {
      const own = this.#textOf(rowId).slice(start, end);
      const older = olderWords(own);
      const words = wordsOf(own);
      if (older === words) continue;
      index.remove(partId, older);
      index.add(partId, words);
    }
    const last = parts.length < partsPerStep ? until : (parts.at(-1) as Part).partId;
    const more = last < until;
    if (!more) this.#lastText = undefined;
    this.#write({ after: last, until: more ? until : -1 });
    return more;
  }

  /** Parts of one text stand together: it is read once for all of them. A text never changes. */
  #textOf(rowId: number): string {
    if (this.#lastText?.rowId !== rowId) {
      this.#lastText = { rowId, text: (this.#text.get(rowId) as string | undefined) ?? "" };
    }
    return this.#lastText.text;
  }

  #read(): Place | undefined {
    const text = this.#get.get() as string | undefined;
    if (text === undefined) return undefined;
    try {
      const { after = 0, until = -1 } = JSON.parse(text) as Partial<Place>;
      return { after, until };
    } catch {
      // Damaged: which are older is not known any more.
      return undefined;
    }
  }

  #write({ after, until }: Place): void {
    const place = { rules: wordRules, ...(until > 0 && { after, until }) };
    this.#set.run(JSON.stringify(place));
  }
}

/** The words of a part as the rules before gave them. */
export function olderWords(text: string): string {
  return splitOlderWords(text).join(" ");
}
