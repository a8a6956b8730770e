/*
 * Words that are said of a memory and need not stand in its text: its tags of one word, and its kind where that is a word
 * people ask by ("what did we decide", "a preference"). Each part of the memory has them, once.
 */
import { tagKey } from "../../../../base/text/tags.ts";
import type { Database, Statement } from "../../file/driver.ts";
import { stemOf } from "../../words/word-marks.ts";
import { kinds } from "../file/kinds.ts";
import type { ResidentRows } from "../filter/resident.ts";
import type { AskedWord } from "./asked-words.ts";

/** Rows of one tag that are looked at, from the newest: what more have says little. */
const mostTagged = 5_000;
const askedKinds = (["decision", "preference", "event"] as const).map((kind) => ({
  kind: kinds.indexOf(kind),
  stem: stemOf(kind),
}));

export class FieldWords {
  readonly #resident: ResidentRows;
  readonly #tagged: Statement;

  constructor(db: Database, resident: ResidentRows) {
    this.#resident = resident;
    this.#tagged = db
      .prepare(
        `SELECT row_id FROM memory_tags WHERE tag_id = (SELECT id FROM tags WHERE name = ?)
         ORDER BY row_id DESC LIMIT ${mostTagged}`,
      )
      .pluck();
  }

  /** Parts of the memories that have a word by tag or kind, by their places, in order. */
  placesOf({ terms, stems }: AskedWord): Uint32Array {
    const slots = new Set<number>();
    for (const term of terms) {
      for (const rowId of this.#tagged.all(tagKey(term)) as number[]) {
        const slot = this.#resident.slot(rowId);
        if (slot !== -1) slots.add(slot);
      }
    }
    const kind = askedKinds.find(({ stem }) => stems.includes(stem))?.kind;
    if (slots.size === 0 && kind === undefined) return new Uint32Array(0);
    const { partCount, partSlots, kinds: ofRows } = this.#resident;
    const places: number[] = [];
    for (let place = 0; place < partCount; place += 1) {
      const slot = partSlots[place] as number;
      if (slots.has(slot) || (kind !== undefined && ofRows[slot] === kind)) places.push(place);
    }
    return Uint32Array.from(places);
  }
}
