/*
 * Which parts have a word, as places among all parts (ResidentRows), in order. The word index counts and scores over the
 * whole file; with the lists in memory a word is counted over what a filter allows, and none is too common to be asked
 * for. A list is read once, whole, and kept; words that are asked for often are the common ones, whose lists cost most. The newest
 * parts are not read from the index again and again: their words are taken from their texts.
 */
import type { Database, Statement } from "../../file/driver.ts";
import { TermCounts } from "../../words/term-counts.ts";
import type { ResidentRows } from "../filter/resident.ts";
import type { AskedWord } from "./asked-words.ts";
import { NewestWords } from "./newest-words.ts";

/** Places kept in all lists together, 4 bytes each. */
const mostKept = 1_000_000;
/** Rows of the index that one question reads at most: what is more common waits for the next, and is counted in texts. */
const mostRead = 400_000;
/** Words times parts that may be read without counting first: few words are in all parts. */
const readUncounted = 2_000_000;
/** So many of the newest parts are looked through by their texts. */
const mostNewest = 512;

interface List {
  places: Uint32Array;
  /** Parts before this place are in it. */
  upTo: number;
}

export class TermLists {
  readonly #resident: ResidentRows;
  readonly #read: Statement;
  readonly #counts: TermCounts;
  readonly #newest: NewestWords;
  readonly #lists = new Map<string, List>();
  #generation = -1;
  #kept = 0;

  /** @param wordsOfParts the words of these parts, by today's rules; "" for what is gone */
  constructor(
    db: Database,
    resident: ResidentRows,
    wordsOfParts: (partIds: readonly number[]) => string[],
  ) {
    this.#resident = resident;
    this.#read = db
      .prepare(
        `SELECT rowid FROM memory_words
         WHERE memory_words MATCH ? AND rowid > ? AND rowid <= ? ORDER BY rowid`,
      )
      .pluck();
    this.#counts = new TermCounts(db, "memory_words");
    this.#newest = new NewestWords(wordsOfParts);
  }

  /** Memory of it, bytes. */
  get bytes(): number {
    return this.#kept * 4 + this.#newest.bytes;
  }

  drop(): void {
    this.dropLists();
    this.#newest.restart(0);
  }

  /** What was read of the index is not what stands in it any more. */
  dropLists(): void {
    this.#lists.clear();
    this.#kept = 0;
  }

  /** Where each word stands; undefined: it is too common to be read now. */
  of(words: readonly AskedWord[]): (readonly Uint32Array[] | undefined)[] {
    const { generation, partCount, partIds } = this.#resident;
    if (generation !== this.#generation) {
      this.drop();
      this.#generation = generation;
    }
    if (partCount - this.#newest.from > mostNewest) this.#newest.restart(partCount);
    this.#newest.follow(partIds, partCount);
    const unread = this.#unread(words);
    return words.map((word) => {
      if (unread.has(word)) return undefined;
      return [this.#listOf(word), this.#newest.placesOf(word)];
    });
  }

  /** About how many parts have a word whose list was not read. */
  count(word: AskedWord): number {
    const { partCount } = this.#resident;
    return Math.min(
      partCount,
      word.terms.reduce((sum, term) => sum + this.#counts.of(term, partCount), 0),
    );
  }

  /** Of words without a list those that are too common, when all together would be too much. */
  #unread(words: readonly AskedWord[]): Set<AskedWord> {
    const missing = words.filter(({ match }) => !this.#lists.has(match));
    if (missing.length * this.#resident.partCount <= readUncounted) return new Set();
    const counted = missing
      .map((word) => ({ word, count: this.count(word) }))
      .sort((a, b) => a.count - b.count);
    let sum = 0;
    const tooMany = counted.filter(({ count }) => {
      sum += count;
      return sum > mostRead;
    });
    return new Set(tooMany.map(({ word }) => word));
  }

  #listOf({ match }: AskedWord): Uint32Array {
    const until = this.#newest.from;
    const known = this.#lists.get(match) ?? { places: new Uint32Array(0), upTo: 0 };
    this.#lists.delete(match);
    this.#lists.set(match, known);
    if (known.upTo < until) {
      const { partIds } = this.#resident;
      const after = known.upTo === 0 ? 0 : (partIds[known.upTo - 1] as number);
      const found = this.#read.all(match, after, partIds[until - 1] as number) as number[];
      const places = placesOf(found, partIds, known.upTo, until);
      if (places.length > 0) {
        const longer = new Uint32Array(known.places.length + places.length);
        longer.set(known.places);
        longer.set(places, known.places.length);
        known.places = longer;
        this.#kept += places.length;
      }
      known.upTo = until;
      this.#keepFew(match);
    }
    return known.places;
  }

  /** The list that is asked for stays. */
  #keepFew(asked: string): void {
    for (const [match, { places }] of this.#lists) {
      if (this.#kept <= mostKept || match === asked) return;
      this.#lists.delete(match);
      this.#kept -= places.length;
    }
  }
}

/** Of sorted ids; those that no place has are left out. */
function placesOf(
  ids: readonly number[],
  partIds: Uint32Array,
  from: number,
  until: number,
): Uint32Array {
  const places = new Uint32Array(ids.length);
  let count = 0;
  let at = from;
  for (const id of ids) {
    // In growing steps: lists are long or short.
    let step = 1;
    while (at + step < until && (partIds[at + step] as number) <= id) {
      at += step;
      step *= 2;
    }
    while (step >= 1) {
      if (at + step < until && (partIds[at + step] as number) <= id) at += step;
      step = Math.floor(step / 2);
    }
    if (partIds[at] !== id) continue;
    places[count] = at;
    count += 1;
  }
  return places.slice(0, count);
}
