/*
 * Rows as they are held in memory, read from a server. One look at the counters tells whether there is anything new at
 * all; what is new since the last look is then read. Who gets or loses rights reads all again.
 */
import type {
  FilterSource,
  PartNumbers,
  RowNumbers,
  RowSource,
  UseSource,
} from "../../../shared/rows/sources.ts";
import type { PgLink } from "../../link/link.ts";
import { stored } from "../../stored-text.ts";

const columns = `id, namespace_id, kind, source, importance, pinned::int4, created, since, until, ended, valid_from,
  expires, deleted`;

interface Counted {
  row: number;
  part: number;
  change: number;
  mark: string;
}

const nothing: Counted = { row: 0, part: 0, change: 0, mark: "" };

export class PgRowSource implements RowSource, FilterSource, UseSource {
  readonly #link: PgLink;
  readonly #other: () => void;
  readonly #namespaces = new Map<string, number>();
  #now = nothing;
  /** Up to where rows and parts were read to their end. */
  #done = { row: -1, part: -1 };

  /** @param other called when the tables or the rights of this user are not those of before */
  constructor(link: PgLink, other: () => void) {
    this.#link = link;
    this.#other = other;
  }

  look(isFirst: boolean): boolean {
    const { mark } = this.#now;
    this.#now = this.#counted();
    const isOther = mark !== "" && mark !== this.#now.mark;
    if (isFirst || isOther) this.#done = { row: -1, part: -1 };
    if (isOther) {
      this.#namespaces.clear();
      this.#other();
    }
    return isOther && !isFirst;
  }

  rowsAfter(rowId: number, limit: number): RowNumbers[] {
    if (this.#done.row === this.#now.row) return [];
    const found = this.#link.lists(
      `SELECT ${columns} FROM memory_rows WHERE id > $1 ORDER BY id LIMIT $2`,
      [rowId, limit],
      { name: "memory-rows-after" },
    );
    if (found.length < limit) this.#done.row = this.#now.row;
    return found as RowNumbers[];
  }

  partsAfter(partId: number, limit: number): PartNumbers[] {
    if (this.#done.part === this.#now.part) return [];
    const found = this.#link.lists(
      "SELECT id, row_id, end_at - start_at FROM memory_parts WHERE id > $1 ORDER BY id LIMIT $2",
      [partId, limit],
      { name: "memory-parts-after" },
    );
    // Parts of rows that were not read yet come again.
    if (found.length < limit && this.#done.row === this.#now.row) this.#done.part = this.#now.part;
    return found as PartNumbers[];
  }

  rows(rowIds: readonly number[]): RowNumbers[] {
    if (rowIds.length === 0) return [];
    return this.#link.lists(
      `SELECT ${columns} FROM memory_rows WHERE id = ANY($1::int8[])`,
      [rowIds],
      { name: "memory-numbers" },
    ) as RowNumbers[];
  }

  changesAfter(change: number): [number, number][] {
    if (change >= this.#now.change) return [];
    return this.#link.lists(
      "SELECT seq, row_id FROM memory_changes WHERE seq > $1 AND seq <= $2 ORDER BY seq",
      [change, this.#now.change],
      { name: "memory-changes" },
    ) as [number, number][];
  }

  newestChange(): number {
    return this.#now.change;
  }

  namespaceIds(names: readonly string[]): number[] {
    const unknown = names.filter((name) => !this.#namespaces.has(name));
    if (unknown.length > 0) {
      const found = this.#link.rows<{ id: number; at: number }>(
        `SELECT n.id, asked.at::int4 AS at FROM unnest($1::text[]) WITH ORDINALITY AS asked(name, at)
         JOIN namespaces n ON n.name = asked.name`,
        [unknown.map(stored)],
        { name: "memory-namespaces" },
      );
      for (const { id, at } of found) this.#namespaces.set(unknown[at - 1] as string, id);
    }
    return names.flatMap((name) => this.#namespaces.get(name) ?? []);
  }

  rowsWithTag(tag: string, after: number): number[] {
    return this.#link
      .lists(
        "SELECT row_id FROM memory_tags WHERE tag = $1 AND row_id > $2 ORDER BY row_id",
        [stored(tag), after],
        { name: "memory-tagged" },
      )
      .map(([rowId]) => rowId as number);
  }

  usesStamp(): string {
    const [row] = this.#link.lists(
      "SELECT count(*) || ' ' || coalesce(sum(count), 0) FROM memory_uses",
    );
    return String(row?.[0]);
  }

  usesAfter(key: string, limit: number): [string, number, number | null][] {
    return this.#link.lists(
      `SELECT used.key, used.count, m.id FROM
         (SELECT key, count FROM memory_uses WHERE key > $1 ORDER BY key LIMIT $2) AS used
         LEFT JOIN memory_rows m ON m.key = used.key ORDER BY used.key`,
      [key, limit],
      { name: "memory-uses-after" },
    ) as [string, number, number | null][];
  }

  #counted(): Counted {
    const [counted] = this.#link.rows<Counted>(
      `SELECT last_row AS "row", last_part AS part, last_change AS change, store_mark() AS mark
       FROM memory_counters`,
      [],
      { name: "memory-counted" },
    );
    return counted ?? nothing;
  }
}
