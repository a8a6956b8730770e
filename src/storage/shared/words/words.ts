/*
 * Questions by the words of parts. Everything is counted over the parts that a filter
 * allows, so that other namespaces change nothing: which words are rare, how long texts mostly are. Candidates come from the lists
 * of the words (term-lists.ts), as if each had its words once; the best are then scored by BM25 over their texts.
 */
import type { AllowedRows, MemoryMarks, PartHit } from "../../../ports/memory-rows.ts";
import { rarityOf } from "../../sqlite/words/word-marks.ts";
import { indexedWords, mostQueryTerms, queryTerms } from "../../sqlite/words/words.ts";
import type { ResidentRows } from "../rows/resident.ts";
import { slotOf } from "../rows/sorted.ts";
import { AllowedParts } from "./allowed-parts.ts";
import { type AskedWord, askedWords, type WordCounts, WordReader } from "./asked-words.ts";
import { bestPlaces } from "./best-places.ts";
import { saturated } from "./bm25.ts";
import { FieldWords } from "./field-words.ts";
import { addAt, type Places, unpackedPlaces } from "./places.ts";
import type { WordSource } from "./source.ts";
import { TermLists } from "./term-lists.ts";
import { typedWords } from "./typed-words.ts";

/** Words of a long question whose rarity is asked; the rarest `mostQueryTerms` stay. */
const mostLookedAt = 128;
/** Beyond those asked for, so many are read: one that has a word often comes up by its text. */
const readBeyond = 60;

/** A question, asked of some allowed rows. */
interface Asked {
  query: string;
  allowed: AllowedRows;
  partCount: number;
  parts: AllowedParts;
  words: AskedWord[];
  /** Places of each word; undefined: not read. */
  lists: (readonly Places[] | undefined)[];
  /** Places of parts that have each word by tag or kind. */
  fields: readonly Uint32Array[];
  weights: Float64Array;
  reader: WordReader;
  /** Of parts that were read. */
  counts: Map<number, WordCounts>;
}

export class MemoryWords {
  readonly #resident: ResidentRows;
  readonly #wordsOf: (text: string) => string;
  readonly #partTexts: (partIds: readonly number[]) => { partId: number; text: string }[];
  readonly #source: WordSource;
  readonly #lists: TermLists;
  readonly #fields: FieldWords;
  readonly #partsOf = new WeakMap<AllowedRows, AllowedParts>();
  /** Of a question that is asked, for each place; kept to be used again. */
  #sums = new Float32Array(0);
  /** The last question: its words are asked for again, with other parts. */
  #asked: Asked | undefined;

  /**
   * @param partTexts of parts that are there; asked for nothing when there are none
   * @param mostListBytes memory of the lists of words that are kept
   */
  constructor(
    source: WordSource,
    resident: ResidentRows,
    partTexts: (partIds: readonly number[]) => { partId: number; text: string }[],
    wordsOf: (text: string) => string = indexedWords,
    mostListBytes?: number,
  ) {
    this.#resident = resident;
    this.#partTexts = partTexts;
    this.#wordsOf = wordsOf;
    this.#source = source;
    this.#fields = new FieldWords(source, resident);
    const textWords = (partIds: readonly number[]): string[] => this.#textWords(partIds);
    this.#lists = new TermLists(source, resident, textWords, mostListBytes);
  }

  /** Memory of what is kept for the next question, bytes. */
  get bytes(): number {
    return this.#lists.bytes + this.#sums.byteLength;
  }

  /** Frees it. */
  drop(): void {
    this.#asked = undefined;
    this.#sums = new Float32Array(0);
    this.#lists.drop();
  }

  /** Best parts by BM25, best first; of equal ones the newer first. */
  search(query: string, limit: number, allowed: AllowedRows): PartHit[] {
    if (limit < 1 || allowed.count === 0) return [];
    const asked = this.#ask(query, allowed);
    if (asked.words.length === 0) return [];
    const { partIds } = this.#resident;
    const found = this.#candidates(asked, limit + readBeyond).map((at) => partIds[at] as number);
    this.#read(asked, found);
    const scored = found.map((partId) => ({ partId, score: this.#scoreOf(asked, partId) }));
    return scored
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score || b.partId - a.partId)
      .slice(0, limit)
      .map(({ partId, score }) => {
        const slot = this.#resident.slotOfPart(partId);
        return { partId, score, rowId: this.#resident.rowIds[slot] as number };
      });
  }

  marks(query: string, partIds: readonly number[], allowed: AllowedRows): MemoryMarks {
    const asked = this.#ask(query, allowed);
    this.#read(asked, partIds);
    const none = new Uint8Array(asked.words.length);
    const of = (partId: number): WordCounts =>
      asked.counts.get(partId) ?? { counts: none, besides: none };
    return {
      marks: partIds.map((partId) => of(partId).counts.map((count) => Math.min(1, count))),
      besides: partIds.map((partId) => of(partId).besides),
      scores: Float64Array.from(partIds, (partId) => this.#scoreOf(asked, partId)),
      weights: asked.weights,
    };
  }

  /** For each word of a text the rows that have it, in their text, by a tag or by their kind; the last may be only begun. */
  slotsWith(text: string): Uint8Array[] {
    const { haveOlder } = this.#source;
    if (haveOlder) this.#lists.dropLists();
    const { count, partSlots } = this.#resident;
    const words = typedWords(text, haveOlder);
    const lists = this.#lists.of(words);
    const fields = this.#fields.placesOf(words);
    return words.flatMap((_, at) => {
      const list = withFields(lists[at], fields[at] as Uint32Array);
      // Too common to be read now: it tells nothing.
      if (list === undefined) return [];
      const slots = new Uint8Array(count);
      for (const places of list) {
        for (const place of unpackedPlaces(places)) slots[partSlots[place] as number] = 1;
      }
      return [slots];
    });
  }

  #ask(query: string, allowed: AllowedRows): Asked {
    const { partCount } = this.#resident;
    const last = this.#asked;
    if (last?.query === query && last.allowed === allowed && last.partCount === partCount) {
      return last;
    }
    const parts = this.#allowedParts(allowed);
    // What is in the index by older rules changes from step to step.
    const { haveOlder } = this.#source;
    if (haveOlder) this.#lists.dropLists();
    const all = askedWords(queryTerms(query, haveOlder).slice(0, mostLookedAt));
    this.#fields.expect(all);
    const lists = this.#lists.of(all);
    const share = parts.count / Math.max(1, partCount);
    const allFields = this.#fields.placesOf(all);
    const weighed = all.map((word, at) => {
      const fields = allFields[at] as Uint32Array;
      const list = withFields(lists[at], fields);
      const holders =
        list === undefined
          ? Math.round(this.#lists.count(word) * share)
          : list.reduce((sum, places) => sum + parts.countOf(places), 0);
      return { word, list, fields, weight: rarityOf(holders, parts.count) };
    });
    const kept = rarest(weighed);
    const words = kept.map(({ word }) => word);
    const asked: Asked = {
      ...{ query, allowed, partCount, parts, words },
      lists: kept.map(({ list }) => list),
      fields: kept.map(({ fields }) => fields),
      weights: Float64Array.from(kept, ({ weight }) => weight),
      reader: new WordReader(words),
      counts: new Map(),
    };
    this.#asked = asked;
    return asked;
  }

  #allowedParts(allowed: AllowedRows): AllowedParts {
    const known = this.#partsOf.get(allowed);
    if (known?.generation === this.#resident.generation) return known;
    const made = new AllowedParts(this.#resident, allowed);
    this.#partsOf.set(allowed, made);
    return made;
  }

  /** Places of the best parts, as if each had its words once. */
  #candidates({ parts, lists, weights }: Asked, limit: number): number[] {
    const { partLengths, partCount } = this.#resident;
    if (this.#sums.length < partCount) this.#sums = new Float32Array(partLengths.length);
    const sums = this.#sums.fill(0, 0, partCount);
    for (const [at, list] of lists.entries()) {
      const weight = weights[at] as number;
      for (const places of list ?? []) addAt(places, sums, weight);
    }
    return bestPlaces(sums, partLengths, parts, limit);
  }

  #scoreOf({ counts, weights, parts }: Asked, partId: number): number {
    const own = counts.get(partId);
    if (own === undefined) return 0;
    const length = (this.#resident.lengthOfPart(partId) ?? parts.usualLength) / parts.usualLength;
    let score = 0;
    for (const [at, weight] of weights.entries()) {
      const count = own.counts[at] as number;
      if (count > 0) score += weight * saturated(count, length);
    }
    return score;
  }

  #read({ reader, counts, fields }: Asked, partIds: readonly number[]): void {
    const missing = partIds.filter((partId) => !counts.has(partId));
    if (missing.length === 0) return;
    const words = this.#textWords(missing);
    const hasFields = fields.some(({ length }) => length > 0);
    for (const [at, partId] of missing.entries()) {
      const own = reader.of(words[at] as string);
      counts.set(partId, own);
      if (!hasFields) continue;
      const place = this.#resident.placeOfPart(partId);
      for (const [word, places] of fields.entries()) {
        if (own.counts[word] === 0 && slotOf(places, places.length, place) !== -1) {
          own.counts[word] = 1;
        }
      }
    }
  }

  #textWords(partIds: readonly number[]): string[] {
    const texts = new Map(this.#partTexts(partIds).map(({ partId, text }) => [partId, text]));
    return partIds.map((id) => this.#wordsOf(texts.get(id) ?? ""));
  }
}

/** Those of a word in texts, and those that have it by tag or kind alone. */
function withFields(
  list: readonly Places[] | undefined,
  fields: Uint32Array,
): readonly Places[] | undefined {
  if (list === undefined || fields.length === 0) return list;
  return [...list, list.map(unpackedPlaces).reduce(without, fields)];
}

/** Both are in order. */
function without(places: Uint32Array, others: Uint32Array): Uint32Array {
  let at = 0;
  return places.filter((place) => {
    while (at < others.length && (others[at] as number) < place) at += 1;
    return others[at] !== place;
  });
}

/** The rarest, in the order of the question. */
function rarest<Weighed extends { weight: number }>(all: Weighed[]): Weighed[] {
  if (all.length <= mostQueryTerms) return all;
  const kept = new Set([...all].sort((a, b) => b.weight - a.weight).slice(0, mostQueryTerms));
  return all.filter((one) => kept.has(one));
}
