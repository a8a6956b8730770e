/*
 * What is held in memory of all memories is read from a database by these. A source looks through what it reads where its
 * database does not: it throws the error of a damaged one.
 */

/** The numbers of a row, in this order; null: never. */
export type RowNumbers = [
  id: number,
  namespace: number,
  kind: number,
  source: number,
  importance: number,
  pinned: number,
  created: number,
  since: number,
  until: number | null,
  ended: number,
  validFrom: number,
  expires: number | null,
  deleted: number | null,
];

export type PartNumbers = [id: number, rowId: number, length: number];

/** Rows and parts come in the order of their ids, which go up with every commit; changes have no gaps between their numbers. */
export interface RowSource {
  /**
   * Before the calls below.
   * @param isFirst nothing is known yet
   * @returns true where what was known does not hold any more: all is to be read again
   */
  look(isFirst: boolean): boolean;
  rowsAfter(rowId: number, limit: number): RowNumbers[];
  partsAfter(partId: number, limit: number): PartNumbers[];
  /** Rows as they are now, in any order; those that are gone are left out. */
  rows(rowIds: readonly number[]): RowNumbers[];
  changesAfter(change: number): [change: number, rowId: number][];
  newestChange(): number;
}

export interface FilterSource {
  /** Those that are not there are left out. */
  namespaceIds(names: readonly string[]): number[];
  /** Rows with a tag, as it is compared (tagKey), after one, in order. */
  rowsWithTag(tag: string, after: number): number[];
}

export interface UseSource {
  /** Another one whenever a memory was used. */
  usesStamp(): string;
  /** How often memories were used, by key, once for each of their texts. */
  usesAfter(key: string, limit: number): [key: string, count: number, rowId: number | null][];
}
