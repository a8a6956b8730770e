/*
 * Words that are said of a memory and need not stand in its text: its tags of one word, and its kind where that is a word
 * people ask by ("what did we decide", "a preference"). Each part of the memory has them, once.
 */
import { tagKey } from "../../../base/text/tags.ts";
import { stemOf } from "../../sqlite/words/word-marks.ts";
import { kinds } from "../rows/kinds.ts";
import type { ResidentRows } from "../rows/resident.ts";
import type { AskedWord } from "./asked-words.ts";
import type { WordSource } from "./source.ts";

/** Rows of one tag that are looked at, from the newest: what more have says little. */
const mostTagged = 5_000;
const askedKinds = (["decision", "preference", "event"] as const).map((kind) => ({
  kind: kinds.indexOf(kind),
  stem: stemOf(kind),
}));

export class FieldWords {
  readonly #resident: ResidentRows;
  readonly #source: WordSource;

  constructor(source: WordSource, resident: ResidentRows) {
    this.#source = source;
    this.#resident = resident;
  }

  /** placesOf() is asked for these next. */
  expect(words: readonly AskedWord[]): void {
    this.#source.expectTags?.(tagsOf(words), mostTagged);
  }

  /** For each word the parts of memories that have it by tag or kind, by their places, in order. */
  placesOf(words: readonly AskedWord[]): Uint32Array[] {
    const rows = this.#source.rowsWithTags(tagsOf(words), mostTagged);
    let from = 0;
    return words.map((word) => {
      const own = rows.slice(from, from + word.terms.length);
      from += word.terms.length;
      return this.#placesOf(word, own.flat());
    });
  }

  #placesOf({ stems }: AskedWord, rowIds: readonly number[]): Uint32Array {
    const { partCount, partSlots, kinds: ofRows, count } = this.#resident;
    const kind = askedKinds.find(({ stem }) => stems.includes(stem))?.kind;
    const tagged = rowIds.map((id) => this.#resident.slot(id)).filter((slot) => slot !== -1);
    if (tagged.length === 0 && kind === undefined) return new Uint32Array(0);
    const has = new Uint8Array(count);
    for (const slot of tagged) has[slot] = 1;
    const places: number[] = [];
    for (let place = 0; place < partCount; place += 1) {
      const slot = partSlots[place] as number;
      if (has[slot] === 1 || ofRows[slot] === kind) places.push(place);
    }
    return Uint32Array.from(places);
  }
}

function tagsOf(words: readonly AskedWord[]): string[] {
  return words.flatMap(({ terms }) => terms.map(tagKey));
}
