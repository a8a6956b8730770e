/*
 * Which parts have a word, as places among all parts (ResidentRows), in order. The word index counts and scores over the
 * whole file; with the lists in memory a word is counted over what a filter allows, and none is too common to be asked
 * for. A list is read once, whole, and kept; words that are asked for often are the common ones, whose lists cost most. The newest
 * parts are not read from the index again and again: their words are taken from their texts.
 */
import type { ResidentRows } from "../rows/resident.ts";
import type { AskedWord } from "./asked-words.ts";
import { NewestWords } from "./newest-words.ts";
import { bytesOf, joined, type Places } from "./places.ts";
import type { WordSource } from "./source.ts";

/** Memory of all lists together, bytes, where nothing else is said. */
const usuallyKept = 4_000_000;
/** Of a list beside its places: words that no part has are kept as well. */
const bytesEach = 128;
/** Rows of the index that one question reads at most: what is more common waits for the next, and is counted in texts. */
const mostRead = 400_000;
/** Words times parts that may be read without counting first: few words are in all parts. */
const readUncounted = 2_000_000;
/** So many of the newest parts are looked through by their texts. */
const mostNewest = 512;

interface List {
  places: Places;
  /** Parts before this place are in it. */
  upTo: number;
}

export class TermLists {
  readonly #resident: ResidentRows;
  readonly #source: WordSource;
  readonly #newest: NewestWords;
  readonly #lists = new Map<string, List>();
  readonly #mostKept: number;
  #generation = -1;
  #kept = 0;

  /** @param wordsOfParts the words of these parts, by today's rules; "" for what is gone */
  constructor(
    source: WordSource,
    resident: ResidentRows,
    wordsOfParts: (partIds: readonly number[]) => string[],
    mostKept = usuallyKept,
  ) {
    this.#mostKept = mostKept;
    this.#source = source;
    this.#resident = resident;
    this.#newest = new NewestWords(wordsOfParts);
  }

  /** Memory of it, bytes. */
  get bytes(): number {
    return this.#kept + this.#newest.bytes;
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
  of(words: readonly AskedWord[]): (readonly Places[] | undefined)[] {
    const { generation, partCount, partIds } = this.#resident;
    if (generation !== this.#generation) {
      this.drop();
      this.#generation = generation;
    }
    if (partCount - this.#newest.from > mostNewest) this.#newest.restart(partCount);
    this.#newest.follow(partIds, partCount);
    const unread = this.#unread(words);
    const lists = this.#listsOf(words.filter((word) => !unread.has(word)));
    return words.map((word) => {
      const list = lists.get(word);
      return list && [list, this.#newest.placesOf(word)];
    });
  }

  /** About how many parts have a word whose list was not read. */
  count(word: AskedWord): number {
    const { partCount } = this.#resident;
    return Math.min(
      partCount,
      word.terms.reduce((sum, term) => sum + this.#source.countOf(term, partCount), 0),
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

  /** Reads what is missing at once. */
  #listsOf(words: readonly AskedWord[]): Map<AskedWord, Places> {
    const { partIds } = this.#resident;
    const until = this.#newest.from;
    const lists = words.map(({ match }) => {
      const known = this.#lists.get(match) ?? { places: new Uint32Array(0), upTo: 0 };
      if (!this.#lists.delete(match)) this.#kept += bytesEach;
      this.#lists.set(match, known);
      return known;
    });
    const short = [...new Set(lists)].filter(({ upTo }) => upTo < until);
    if (short.length > 0) {
      const wanted = short.map((list) => ({
        word: words[lists.indexOf(list)] as AskedWord,
        after: list.upTo === 0 ? 0 : (partIds[list.upTo - 1] as number),
      }));
      const found = this.#source.partsWith(wanted, partIds[until - 1] as number);
      for (const [at, list] of short.entries()) this.#lengthen(list, found[at] ?? [], until);
    }
    this.#keepFew(words.at(-1)?.match);
    return new Map(words.map((word, at) => [word, (lists[at] as List).places]));
  }

  #lengthen(list: List, found: ArrayLike<number>, until: number): void {
    const places = placesOf(found, this.#resident.partIds, list.upTo, until);
    list.upTo = until;
    this.#kept -= bytesOf(list.places);
    list.places = joined(list.places, places);
    this.#kept += bytesOf(list.places);
  }

  /** The last list that is asked for stays. */
  #keepFew(last: string | undefined): void {
    for (const [match, { places }] of this.#lists) {
      if (this.#kept <= this.#mostKept || match === last) return;
      this.#lists.delete(match);
      this.#kept -= bytesOf(places) + bytesEach;
    }
  }
}

/** Of sorted ids; those that no place has are left out. */
function placesOf(
  ids: ArrayLike<number>,
  partIds: Uint32Array,
  from: number,
  until: number,
): Uint32Array {
  const places = new Uint32Array(ids.length);
  let count = 0;
  let at = from;
  for (let next = 0; next < ids.length; next += 1) {
    const id = ids[next] as number;
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
