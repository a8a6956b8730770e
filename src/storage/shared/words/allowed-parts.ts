import type { AllowedRows } from "../../../ports/memory-rows.ts";
import { Allowed } from "../rows/filter.ts";
import type { ResidentRows } from "../rows/resident.ts";

/** Which parts a filter allows, by their places, and how long these are. */
export class AllowedParts {
  /** 1 where it is allowed; a part that came later is not. */
  readonly flags: Uint8Array;
  readonly count: number;
  /** Mean, UTF-16 units; at least 1. */
  readonly usualLength: number;
  /** Of the places: see ResidentRows. */
  readonly generation: number;

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
    for (let place = 0; place < partCount; place += 1) {
      if (!isAllowed(partSlots[place] as number)) continue;
      flags[place] = 1;
      count += 1;
      length += partLengths[place] as number;
    }
    this.flags = flags;
    this.count = count;
    this.usualLength = Math.max(1, length / Math.max(1, count));
    this.generation = generation;
  }

  countOf(places: Uint32Array): number {
    const { flags } = this;
    let count = 0;
    for (let at = 0; at < places.length; at += 1) {
      if (flags[places[at] as number] === 1) count += 1;
    }
    return count;
  }
}
