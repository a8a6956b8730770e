/*
 * What a memory that comes is compared with, read at once: whoever remembers holds up all other writers of the store, so that
 * equal texts, texts alike and the number of the namespace are one question in place of five.
 */
import type { MemoryRow } from "../../../../ports/memory-rows.ts";
import type { PgLink } from "../../link/link.ts";
import { stored } from "../../stored-text.ts";
import type { Counters } from "../guard.ts";

/** A word that many texts share says little: of its texts only the newest are looked at. */
const mostPerValue = 16;
const mostAlike = 12;

/** Placeholder $1: the values of a sketch. */
export const near = `SELECT near.row_id, near.namespace_id, count(*) AS shared
  FROM (SELECT DISTINCT unnest($1::int8[]) AS value) AS asked
    CROSS JOIN LATERAL (SELECT row_id, namespace_id FROM memory_sketches WHERE value = asked.value
      ORDER BY row_id DESC LIMIT ${mostPerValue}) AS near
  GROUP BY near.row_id, near.namespace_id ORDER BY shared DESC, row_id DESC LIMIT ${mostAlike}`;

const foreseen = `WITH own AS (SELECT id FROM namespaces WHERE name = $2),
  equal AS (
    SELECT id, namespace_id FROM memory_rows WHERE hash = $3 AND until IS NULL AND deleted IS NULL
      AND namespace_id = (SELECT id FROM own)
  ), near AS (${near}),
  found AS (
    SELECT id AS row_id, namespace_id, NULL::int8 AS shared FROM equal
    UNION ALL SELECT row_id, namespace_id, shared FROM near
  )
  SELECT (SELECT id FROM own), found.row_id, found.shared, m.id, m.key, n.name, m.kind, m.source, m.importance, m.pinned,
    m.created, m.since, m.until, m.ended, m.valid_from, m.expires, m.deleted, m.tags, m.text
  FROM (SELECT) AS one LEFT JOIN found ON true
    LEFT JOIN memory_rows m ON m.id = found.row_id AND m.namespace_id = found.namespace_id
    LEFT JOIN namespaces n ON n.id = m.namespace_id
  ORDER BY found.shared DESC NULLS FIRST, found.row_id DESC`;

const name = "memory-foreseen";

interface Seen {
  /** The write in which it was read. */
  of: Counters;
  sketch: string;
  alike: number[];
  rows: Map<number, MemoryRow | undefined>;
}

export class Foreseen<Raw extends unknown[]> {
  readonly #link: PgLink;
  readonly #toRow: (raw: Raw) => MemoryRow;
  #seen: Seen | undefined;

  constructor(link: PgLink, toRow: (raw: Raw) => MemoryRow) {
    this.#link = link;
    this.#toRow = toRow;
  }

  /** Inside a write. @returns rows that are equal, and the number of the namespace, where it is there */
  look(
    of: Counters,
    namespace: string,
    hash: number,
    sketch: readonly number[],
  ): { equal: number[]; namespaceId: number | undefined } {
    const found = this.#link.lists(foreseen, [sketch, stored(namespace), hash], { name });
    const seen: Seen = { of, sketch: sketch.join(), alike: [], rows: new Map() };
    const equal: number[] = [];
    for (const [, rowId, shared, ...raw] of found) {
      if (typeof rowId !== "number") continue;
      if (shared === null) equal.push(rowId);
      else seen.alike.push(rowId);
      seen.rows.set(rowId, raw[0] === null ? undefined : this.#toRow(raw as Raw));
    }
    this.#seen = seen;
    return {
      equal: equal.reverse(),
      namespaceId: (found[0]?.[0] ?? undefined) as number | undefined,
    };
  }

  /** Has it planned. In a transaction. */
  rehearse(): void {
    this.#link.send(foreseen, [[], "", 0], { name });
  }

  /** Undefined: it has to be asked. */
  alike(of: Counters | undefined, sketch: readonly number[]): number[] | undefined {
    const seen = this.#in(of);
    return seen?.sketch === sketch.join() ? seen.alike : undefined;
  }

  /** Undefined: one of them has to be asked. */
  get(of: Counters | undefined, rowIds: readonly number[]): MemoryRow[] | undefined {
    const seen = this.#in(of);
    if (seen === undefined || !rowIds.every((rowId) => seen.rows.has(rowId))) return undefined;
    return rowIds.flatMap((rowId) => seen.rows.get(rowId) ?? []);
  }

  /** Something is written: what was read may not be so any more. */
  forget(): void {
    this.#seen = undefined;
  }

  #in(of: Counters | undefined): Seen | undefined {
    return of !== undefined && this.#seen?.of === of ? this.#seen : undefined;
  }
}
