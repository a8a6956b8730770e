import { tagKey } from "../../src/base/text/tags.ts";
import type { MemoryKind } from "../../src/ports/memories.ts";
import {
  type AllowedRows,
  type MemoryRow,
  type MemoryScope,
  type RowFilter,
  toldAt,
} from "../../src/ports/memory-rows.ts";
import type { Opened } from "./map-memory-data.ts";

export class MapScope implements MemoryScope {
  readonly #data: Opened;

  constructor(data: Opened) {
    this.#data = data;
  }

  async assertWhole(): Promise<void> {
    this.#data();
  }

  async prepare(): Promise<void> {
    this.#data();
  }

  allowed(filter: RowFilter): AllowedRows {
    return new AllowedMap(
      this.#data()
        .sorted()
        .filter((row) => isAllowed(row, filter)),
    );
  }
}

function isAllowed(row: MemoryRow, filter: RowFilter): boolean {
  const { namespaces, kinds, source, createdFrom, createdBefore, asOf } = filter;
  const keys = new Set(row.tags.map(tagKey));
  const has = (tag: string): boolean => keys.has(tagKey(tag));
  return (
    (namespaces === undefined || namespaces.includes(row.namespace)) &&
    (kinds === undefined || kinds.includes(row.kind)) &&
    (source === undefined || source === row.source) &&
    (createdFrom === undefined || row.created >= createdFrom) &&
    (createdBefore === undefined || row.created < createdBefore) &&
    (asOf === undefined || row.created <= asOf) &&
    (filter.tagsAny === undefined || filter.tagsAny.some(has)) &&
    (filter.tagsAll === undefined || filter.tagsAll.every(has)) &&
    filter.tagsNot?.some(has) !== true &&
    holds(row, filter)
  );
}

function holds(row: MemoryRow, { now, asOf, evenEnded = false }: RowFilter): boolean {
  if (row.deleted !== undefined) return false;
  const { since, until = Number.POSITIVE_INFINITY, expires = Number.POSITIVE_INFINITY } = row;
  const isValid = (at: number): boolean =>
    evenEnded || ((row.validFrom === row.created || row.validFrom <= at) && at < expires);
  if (asOf !== undefined) return since <= asOf && asOf < until && isValid(asOf);
  if (row.until !== undefined) return evenEnded && row.ended === "superseded";
  return isValid(now);
}

class AllowedMap implements AllowedRows {
  readonly #rows: readonly { rowId: number; kind: MemoryKind; namespace: string; told: number }[];

  /** @param rows in the order of their making */
  constructor(rows: readonly MemoryRow[]) {
    this.#rows = rows.map((row) => {
      const { rowId, kind, namespace } = row;
      return { rowId, kind, namespace, told: toldAt(row) };
    });
  }

  get count(): number {
    return this.#rows.length;
  }

  has(rowId: number): boolean {
    return this.#find(rowId) !== undefined;
  }

  newest(limit: number, before = Number.POSITIVE_INFINITY): number[] {
    return this.#ids((id) => id < before)
      .reverse()
      .slice(0, limit);
  }

  oldest(limit: number, after: number): number[] {
    return this.#ids((id) => id > after).slice(0, limit);
  }

  toldBetween(from: number, to: number, limit: number): number[] {
    const found = this.#rows.filter(({ told }) => from <= told && told < to);
    return found
      .map(({ rowId }) => rowId)
      .reverse()
      .slice(0, limit);
  }

  kindOf(rowId: number): MemoryKind | undefined {
    return this.#find(rowId)?.kind;
  }

  around(rowId: number, count: number): { before: number[]; after: number[] } {
    const own = this.#find(rowId)?.namespace;
    const ids = this.#rows.filter(({ namespace }) => namespace === own).map((row) => row.rowId);
    const before = ids.filter((id) => id < rowId);
    const after = ids.filter((id) => id > rowId);
    return { before: count === 0 ? [] : before.slice(-count), after: after.slice(0, count) };
  }

  #find(rowId: number) {
    return this.#rows.find((row) => row.rowId === rowId);
  }

  #ids(fits: (rowId: number) => boolean): number[] {
    return this.#rows.map(({ rowId }) => rowId).filter(fits);
  }
}
