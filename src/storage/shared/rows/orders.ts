/*
 * Pages of allowed rows in an order, from what is held of all rows: one look over them and a choice (choose.ts). Counts
 * of use are in no row; they are read when that order is asked for, and again when one has changed.
 */
import { yieldToEventLoop } from "../../../base/yield.ts";
import type { MemoryOrder } from "../../../ports/memories.ts";
import type { PageRequest, RowPlace } from "../../../ports/memory-rows.ts";
import { chooseFrom, type Ranked } from "./choose.ts";
import type { Allowed } from "./filter.ts";
import type { ResidentRows } from "./resident.ts";
import type { UseSource } from "./sources.ts";

/** Counts of use read between two turns of the event loop. */
const usesPerStep = 5_000;

type RankOf = (slot: number) => number;

export class RowOrders {
  readonly #resident: ResidentRows;
  readonly #source: UseSource;
  #uses: { stamp: string; ofRows: ReadonlyMap<number, number> } | undefined;

  constructor(source: UseSource, resident: ResidentRows) {
    this.#source = source;
    this.#resident = resident;
  }

  async page(
    allowed: Allowed,
    { order, limit, after, skip = 0 }: PageRequest,
  ): Promise<RowPlace[]> {
    const uses = order === "most used" ? await this.#usesOfRows() : undefined;
    const ranked = this.#ranked(allowed, order, this.#rankOf(allowed, order, uses), after);
    return chooseFrom(ranked, skip, limit).map((at) => ({
      rank: ranked.ranks[at] as number,
      rowId: ranked.rowIds[at] as number,
    }));
  }

  drop(): void {
    this.#uses = undefined;
  }

  /** What is allowed and stands after a place. */
  #ranked(
    { mask, rowIds: all, count }: Allowed,
    order: MemoryOrder,
    rankOf: RankOf,
    after: RowPlace | undefined,
  ): Ranked {
    const isOlderFirst = order === "oldest";
    const ranks = new Float64Array(count);
    const rowIds = new Uint32Array(count);
    let found = 0;
    for (let slot = 0; slot < mask.length; slot += 1) {
      if (mask[slot] !== 1) continue;
      const rank = rankOf(slot);
      const rowId = all[slot] as number;
      if (after !== undefined) {
        if (rank < after.rank) continue;
        const isLater = isOlderFirst ? rowId > after.rowId : rowId < after.rowId;
        if (rank === after.rank && !isLater) continue;
      }
      ranks[found] = rank;
      rowIds[found] = rowId;
      found += 1;
    }
    return { ranks: ranks.subarray(0, found), rowIds: rowIds.subarray(0, found), isOlderFirst };
  }

  #rankOf(
    { created, special, rowIds, mask }: Allowed,
    order: MemoryOrder,
    uses: ReadonlyMap<number, number> | undefined,
  ): RankOf {
    switch (order) {
      case "newest":
        return (slot) => -(created[slot] as number);
      case "oldest":
        return (slot) => created[slot] as number;
      case "updated":
        return (slot) => -(special.get(slot)?.since ?? (created[slot] as number));
      case "expires":
        return (slot) => special.get(slot)?.expires ?? Number.POSITIVE_INFINITY;
      case "most used":
        return (slot) => 0 - (uses?.get(rowIds[slot] as number) ?? 0);
      case "largest": {
        const lengths = this.#lengths(mask.length);
        return (slot) => 0 - (lengths[slot] as number);
      }
    }
  }

  /** Parts follow each other without gaps. */
  #lengths(count: number): Float64Array {
    const { partCount, partSlots, partLengths } = this.#resident;
    const lengths = new Float64Array(count);
    for (let part = 0; part < partCount; part += 1) {
      const slot = partSlots[part] as number;
      if (slot < count) lengths[slot] = (lengths[slot] as number) + (partLengths[part] as number);
    }
    return lengths;
  }

  async #usesOfRows(): Promise<ReadonlyMap<number, number>> {
    const stamp = `${this.#source.usesStamp()} ${this.#resident.version}`;
    if (this.#uses?.stamp === stamp) return this.#uses.ofRows;
    const ofRows = new Map<number, number>();
    for (let last = ""; ; ) {
      const found = this.#source.usesAfter(last, usesPerStep);
      for (const [, count, rowId] of found) if (rowId !== null) ofRows.set(rowId, count);
      if (found.length < usesPerStep) break;
      last = found.at(-1)?.[0] ?? last;
      await yieldToEventLoop();
    }
    this.#uses = { stamp, ofRows };
    return ofRows;
  }
}
