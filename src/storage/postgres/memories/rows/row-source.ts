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
import { packedPart, packedRow, unpackedParts, unpackedRows } from "./packed-rows.ts";

const columns = `id, namespace_id, kind, source, importance, pinned::int4 AS pinned, created, since, until, ended, valid_from,
  expires, deleted`;

interface Counted {
  row: number;
  part: number;
  change: number;
  mark: string;
}

/** A look that nothing was read after yet, with what a recall wants to know beside it. */
export interface Ahead {
  counted: Counted;
  /** The note of the model that vectors are of. */
  note: string | undefined;
  /** Rows with parts that wait for a vector: the first of them, where there are many. */
  pending: number[];
}

/** With more parts waiting than this, they are only counted. */
export const mostPendingLookedAt = 1_000;

/** Rows with a part that waits, $1 of these at most. */
export const pendingRows = `ARRAY(SELECT DISTINCT t.row_id FROM (SELECT namespace_id, part_id FROM memory_pending LIMIT $1) p
  JOIN memory_parts t ON t.namespace_id = p.namespace_id AND t.id = p.part_id)`;

const nothing: Counted = { row: 0, part: 0, change: 0, mark: "" };

export class PgRowSource implements RowSource, FilterSource, UseSource {
  readonly #link: PgLink;
  readonly #other: () => void;
  readonly #namespaces = new Map<string, number>();
  readonly #names = new Map<number, string>();
  #now = nothing;
  /** Of somebody who has looked already: taken by the next look. */
  #ahead: Counted | undefined;
  /** Up to where rows and parts were read to their end. */
  #done = { row: -1, part: -1 };

  /** @param other called when the tables or the rights of this user are not those of before */
  constructor(link: PgLink, other: () => void) {
    this.#link = link;
    this.#other = other;
  }

  look(isFirst: boolean): boolean {
    const { mark } = this.#now;
    this.#now = this.#ahead ?? this.#counted();
    this.#ahead = undefined;
    const isOther = mark !== "" && mark !== this.#now.mark;
    if (isFirst || isOther) this.#done = { row: -1, part: -1 };
    if (isOther) {
      this.#namespaces.clear();
      this.#names.clear();
      this.#other();
    }
    return isOther && !isFirst;
  }

  /** A look for following(): what it sees is not taken up yet. */
  ahead(): Ahead {
    const [row] = this.#link.lists(
      `SELECT last_row, last_part, last_change, store_mark(), (SELECT value FROM memory_meta WHERE name = 'model'), ${pendingRows}
       FROM memory_counters`,
      [mostPendingLookedAt],
      { name: "memory-ahead" },
    );
    const [last, part, change, mark, note, pending] = row as [
      ...[number, number, number, string],
      ...[string | null, number[]],
    ];
    return { counted: { row: last, part, change, mark }, note: note ?? undefined, pending };
  }

  /** Calls `load`, whose next look is the one that was made. `isFollowed` is false where it made none before it returned. */
  following(ahead: Ahead, load: () => Promise<void>): { done: Promise<void>; isFollowed: boolean } {
    this.#ahead = ahead.counted;
    try {
      const done = load();
      return { done, isFollowed: this.#ahead === undefined };
    } finally {
      this.#ahead = undefined;
    }
  }

  rowsAfter(rowId: number, limit: number): RowNumbers[] {
    if (this.#done.row === this.#now.row) return [];
    const [row] = this.#link.lists(
      `SELECT string_agg(${packedRow}, ''::bytea)
       FROM (SELECT ${columns} FROM memory_rows WHERE id > $1 ORDER BY id LIMIT $2) AS next`,
      [rowId, limit],
      { name: "memory-rows-after" },
    ) as [Uint8Array | null][];
    const found = unpackedRows(row?.[0] ?? null);
    if (found.length < limit) this.#done.row = this.#now.row;
    return found;
  }

  partsAfter(partId: number, limit: number): PartNumbers[] {
    if (this.#done.part === this.#now.part) return [];
    const [row] = this.#link.lists(
      `SELECT string_agg(${packedPart}, ''::bytea)
       FROM (SELECT id, row_id, start_at, end_at FROM memory_parts WHERE id > $1 ORDER BY id LIMIT $2) AS next`,
      [partId, limit],
      { name: "memory-parts-after" },
    ) as [Uint8Array | null][];
    const found = unpackedParts(row?.[0] ?? null);
    // Parts of rows that were not read yet come again.
    if (found.length < limit && this.#done.row === this.#now.row) this.#done.part = this.#now.part;
    return found;
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

  /** Names, as they are stored, by ids; those that this user does not see are not in it. */
  namespaceNames(ids: readonly number[]): ReadonlyMap<number, string> {
    const unknown = new Set(ids.filter((id) => !this.#names.has(id)));
    if (unknown.size > 0) {
      const found = this.#link.lists(
        "SELECT id, name FROM namespaces WHERE id = ANY($1::int4[])",
        [[...unknown]],
        { name: "memory-namespace-names" },
      ) as [number, string][];
      for (const [id, name] of found) this.#names.set(id, name);
    }
    return this.#names;
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
