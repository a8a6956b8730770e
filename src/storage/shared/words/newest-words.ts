/* Words of the parts that were written last, by their stems: read from the texts, once each. */
import { stemOf } from "../../sqlite/words/word-marks.ts";
import type { AskedWord } from "./asked-words.ts";

const bytesEach = 16;

export class NewestWords {
  readonly #wordsOf: (partIds: readonly number[]) => string[];
  readonly #places = new Map<string, number[]>();
  #count = 0;
  #upTo = 0;
  /** Place of the first part that is in here. */
  from = 0;

  constructor(wordsOf: (partIds: readonly number[]) => string[]) {
    this.#wordsOf = wordsOf;
  }

  /** About. */
  get bytes(): number {
    return this.#count * bytesEach;
  }

  /** Forgets all; parts from this place on come with follow(). */
  restart(from: number): void {
    this.#places.clear();
    this.#count = 0;
    this.from = from;
    this.#upTo = from;
  }

  follow(partIds: Uint32Array, count: number): void {
    if (this.#upTo >= count) return;
    const texts = this.#wordsOf([...partIds.subarray(this.#upTo, count)]);
    for (const [at, words] of texts.entries()) {
      const place = this.#upTo + at;
      for (const stem of new Set(words.split(" ").map(stemOf))) {
        const known = this.#places.get(stem);
        if (known === undefined) this.#places.set(stem, [place]);
        else known.push(place);
        this.#count += 1;
      }
    }
    this.#upTo = count;
  }

  placesOf({ stems, prefix }: AskedWord): Uint32Array {
    const lists: number[][] = [];
    for (const stem of stems) {
      const list = this.#places.get(stem);
      if (list !== undefined) lists.push(list);
    }
    if (prefix !== undefined) {
      for (const [stem, list] of this.#places) if (stem.startsWith(prefix)) lists.push(list);
    }
    if (lists.length === 1) return Uint32Array.from(lists[0] as number[]);
    return Uint32Array.from([...new Set(lists.flat())].sort((a, b) => a - b));
  }
}
