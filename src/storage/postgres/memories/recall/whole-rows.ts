/*
 * Rows with their parts, and how near each part is to a question: what a recall asks of its candidates, in one statement.
 * Each row is looked for in the partition of its namespace alone.
 */
import type { MemoryRow, StoredPart } from "../../../../ports/memory-rows.ts";
import type { PgLink } from "../../link/link.ts";
import { asText } from "../../vectors/halves.ts";
import { type RawMemory, toRow } from "../rows/raw-row.ts";

/** A row that is wanted, and where it lies. */
export interface WantedRow {
  rowId: number;
  namespaceId: number;
  /** The row itself is here already: its cosines are wanted. */
  isKnown: boolean;
}

export interface WholeRow {
  rowId: number;
  /** Undefined: it was known, or is not there any more. */
  row: MemoryRow | undefined;
  parts: StoredPart[];
  /** Of each part; NaN where it has no vector, or none was asked for. */
  cosines: number[];
}

/** A question as a vector. */
export interface AskedVector {
  vector: Float32Array;
  /** The note of the model that it is of. */
  note: string | undefined;
}

export interface WholeRows {
  rows: WholeRow[];
  /** False: the vectors are of another model by now, and there are no cosines. */
  isSameModel: boolean;
}

type Raw = [
  isSame: boolean,
  id: number,
  ids: number[] | null,
  starts: number[] | null,
  ends: number[] | null,
  cosines: (number | null)[] | null,
  ...row: RawMemory,
];

const text = `SELECT s.is_same, a.id, p.ids, p.starts, p.ends, p.cosines, m.id, m.key, a.namespace::text, m.kind, m.source, m.importance,
    m.pinned, m.created, m.since, m.until, m.ended, m.valid_from, m.expires, m.deleted, m.tags, m.text
  FROM (SELECT (SELECT value FROM memory_meta WHERE name = 'model') IS NOT DISTINCT FROM $5 AS is_same) AS s
  CROSS JOIN unnest($1::int8[], $2::int4[], $3::bool[]) AS a(id, namespace, known)
  LEFT JOIN memory_rows m ON NOT a.known AND m.id = a.id AND m.namespace_id = a.namespace
  CROSS JOIN LATERAL (
    SELECT array_agg(t.id ORDER BY t.id) AS ids, array_agg(t.start_at ORDER BY t.id) AS starts,
      array_agg(t.end_at ORDER BY t.id) AS ends,
      array_agg((-(v.v::vector <#> $4::vector) * v.scale)::real ORDER BY t.id) AS cosines
    FROM memory_parts t
    LEFT JOIN memory_vectors v ON $4::vector IS NOT NULL AND s.is_same AND v.namespace_id = a.namespace
      AND v.part_id = t.id AND v.scale > 0 AND vector_dims(v.v) = vector_dims($4::vector)
    WHERE t.row_id = a.id AND t.namespace_id = a.namespace
  ) AS p`;

/** @param nameOf of a namespace, by its id */
export function wholeRows(
  link: PgLink,
  wanted: readonly WantedRow[],
  asked: AskedVector | undefined,
  nameOf: (namespaceId: number) => string | undefined,
): WholeRows {
  const found = link.lists(
    text,
    [
      wanted.map(({ rowId }) => rowId),
      wanted.map(({ namespaceId }) => namespaceId),
      wanted.map(({ isKnown }) => isKnown),
      asked === undefined ? null : asText(asked.vector),
      asked?.note ?? null,
    ],
    { name: "memory-whole-rows" },
  ) as Raw[];
  const rows = found.map(([, rowId, ids, starts, ends, near, ...raw]): WholeRow => {
    const namespace = nameOf(Number(raw[2]));
    raw[2] = namespace ?? "";
    const isThere = raw[0] !== null && namespace !== undefined;
    return {
      rowId,
      row: isThere ? toRow(raw) : undefined,
      parts: (ids ?? []).map((partId, at) => ({
        ...{ partId, rowId },
        start: starts?.[at] as number,
        end: ends?.[at] as number,
      })),
      cosines: (near ?? []).map((cosine) => cosine ?? Number.NaN),
    };
  });
  return { rows, isSameModel: found[0]?.[0] !== false };
}
