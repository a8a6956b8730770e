import { tagKey } from "../../src/base/text/tags.ts";
import type { MemoryKind } from "../../src/ports/memories.ts";
import {
  type AllowedRows,
  type MemoryRow,
  type MemoryScope,
  type PageRequest,
  type RowFilter,
  type RowPlace,
  toldAt,
} from "../../src/ports/memory-rows.ts";
import type { Opened } from "./map-memory-data.ts";

type RankOf = (row: MemoryRow) => number;

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

  async page(
    allowed: AllowedRows,
    { order, limit, after, skip = 0 }: PageRequest,
  ): Promise<RowPlace[]> {
    const { uses } = this.#data();
    const never = Number.POSITIVE_INFINITY;
    const ranks: Record<PageRequest["order"], RankOf> = {
      newest: ({ created }) => -created,
      oldest: ({ created }) => created,
      updated: ({ since }) => -since,
      expires: ({ expires }) => expires ?? never,
      "most used": ({ key }) => 0 - (uses.get(key)?.count ?? 0),
      largest: ({ text }) => 0 - text.length,
    };
    const byId = order === "oldest" ? 1 : -1;
    const stands = (a: RowPlace, b: RowPlace): number =>
      a.rank === b.rank ? byId * (a.rowId - b.rowId) : a.rank < b.rank ? -1 : 1;
    return this.#data()
      .sorted()
      .filter(({ rowId }) => allowed.has(rowId))
      .map((row) => ({ rank: ranks[order](row), rowId: row.rowId }))
      .filter((place) => after === undefined || stands(after, place) < 0)
      .sort(stands)
      .slice(skip, skip + limit);
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
    (filter.pinned === undefined || filter.pinned === row.pinned) &&
    (filter.expiresBefore === undefined ||
      (row.expires ?? Number.POSITIVE_INFINITY) < filter.expiresBefore) &&
    hasWords(row, filter.words ?? "") &&
    (filter.tagsAny === undefined || filter.tagsAny.some(has)) &&
    (filter.tagsAll === undefined || filter.tagsAll.every(has)) &&
    filter.tagsNot?.some(has) !== true &&
    holds(row, filter)
  );
}

/** Words and what they are begun with; forms of a word are none here. */
function hasWords({ text, tags }: MemoryRow, asked: string): boolean {
  const wordsOf = (one: string): string[] => one.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
  const own = wordsOf([text, ...tags].join(" "));
  const words = wordsOf(asked);
  const isBegun = /[\p{L}\p{N}_]$/u.test(asked);
  return words.every((word, at) =>
    isBegun && at === words.length - 1
      ? own.some((one) => one.startsWith(word))
      : own.includes(word),
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
