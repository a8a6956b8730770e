import type { AllowedRows } from "../../../ports/memory-rows.ts";
import { Allowed } from "../rows/filter.ts";
import type { ResidentRows } from "../rows/resident.ts";
import { saturated } from "./bm25.ts";
import { countFlagged, type Places } from "./places.ts";

/** Which parts a filter allows, by their places, and how long these are. */
export class AllowedParts {
  /** 1 where it is allowed; a part that came later is not. */
  readonly flags: Uint8Array;
  readonly count: number;
  /** Mean, UTF-16 units; at least 1. */
  readonly usualLength: number;
  /** For each length of a part that is allowed, what a word counts there that it has once. */
  readonly factors: Float64Array;
  /** The highest of them. */
  readonly mostFactor = saturated(1, 0);
  /** Of the places: see ResidentRows. */
  readonly generation: number;
  readonly #counts = new WeakMap<Places, number>();

  constructor(resident: ResidentRows, allowed: AllowedRows) {
    const { partCount, partSlots, partLengths, rowIds, generation } = resident;
    const flags = new Uint8Array(partCount);
    const isAllowed = (slot: number): boolean => {
      const rowId = rowIds[slot] as number;
      // Its own places are those of when it was made.
      if (allowed instanceof Allowed && allowed.rowIds[slot] === rowId) {
        return allowed.mask[slot] === 1;
      }
      return allowed.has(rowId);
    };
    let count = 0;
    let length = 0;
    let longest = 0;
    for (let place = 0; place < partCount; place += 1) {
      if (!isAllowed(partSlots[place] as number)) continue;
      flags[place] = 1;
      count += 1;
      const own = partLengths[place] as number;
      length += own;
      if (own > longest) longest = own;
    }
    this.flags = flags;
    this.count = count;
    this.usualLength = Math.max(1, length / Math.max(1, count));
    this.factors = Float64Array.from({ length: longest + 1 }, (_, own) =>
      saturated(1, own / this.usualLength),
    );
    this.generation = generation;
  }

  /** How many of some are allowed. @param places a list that stays as it is */
  countOf(places: Places): number {
    const known = this.#counts.get(places);
    if (known !== undefined) return known;
    const count = countFlagged(places, this.flags);
    this.#counts.set(places, count);
    return count;
  }
}
