/*
 * What a recall asks of its candidates, in one statement: their texts, which words are counted in, and how near each of their
 * parts is to the question. Which parts a row has is known here; each row is looked for in the partition of its namespace
 * alone.
 */
import type { PgLink } from "../../link/link.ts";
import { restored } from "../../stored-text.ts";
import { asText, listText } from "../../vectors/halves.ts";

/** A part of a candidate, and where it lies. */
export interface WantedPart {
  partId: number;
  rowId: number;
  namespaceId: number;
  /** The text of its row comes with it. */
  withText: boolean;
  /** It is one of several: where it stands in the text comes with it. */
  isAmongOthers: boolean;
}

export interface ReadPart {
  partId: number;
  /** Undefined: it was not wanted, or the row is not there any more. */
  text: string | undefined;
  /** Undefined: it was not wanted, or the part is not there any more. */
  start: number | undefined;
  end: number | undefined;
  /** NaN where it has no vector, or none was asked for. */
  cosine: number;
}

/** A question as a vector. */
export interface AskedVector {
  vector: Float32Array;
  /** The note of the model that it is of. */
  note: string | undefined;
}

export interface ReadParts {
  parts: ReadPart[];
  /** False: the vectors are of another model by now, and there are no cosines. */
  isSameModel: boolean;
}

type Raw = [
  isSame: boolean,
  partId: number,
  text: string | null,
  start: number | null,
  end: number | null,
  cosine: number | null,
];

const question = `SELECT s.is_same, a.part, m.text, t.start_at, t.end_at, (-(v.v::vector <#> $5::vector) * v.scale)::real
  FROM (SELECT (SELECT value FROM memory_meta WHERE name = 'model') IS NOT DISTINCT FROM $6 AS is_same) AS s
  CROSS JOIN unnest($1::int8[], $2::int8[], $3::int4[], $4::int8[]) AS a(part, row, namespace, among)
  LEFT JOIN memory_rows m ON m.id = a.row AND m.namespace_id = a.namespace
  LEFT JOIN memory_parts t ON t.id = a.among AND t.namespace_id = a.namespace
  LEFT JOIN memory_vectors v ON $5::vector IS NOT NULL AND s.is_same AND v.namespace_id = a.namespace
    AND v.part_id = a.part AND v.scale > 0 AND vector_dims(v.v) = vector_dims($5::vector)`;

export function readParts(
  link: PgLink,
  wanted: readonly WantedPart[],
  asked: AskedVector | undefined,
): ReadParts {
  const found = link.lists(
    question,
    [
      listText(wanted.map(({ partId }) => partId)),
      listText(wanted.map(({ rowId, withText }) => (withText ? rowId : null))),
      listText(wanted.map(({ namespaceId }) => namespaceId)),
      listText(wanted.map(({ partId, isAmongOthers }) => (isAmongOthers ? partId : null))),
      asked === undefined ? null : asText(asked.vector),
      asked?.note ?? null,
    ],
    { name: "memory-candidates" },
  ) as Raw[];
  const parts = found.map(([, partId, text, start, end, cosine]) => ({
    partId,
    text: text === null ? undefined : restored(text),
    start: start ?? undefined,
    end: end ?? undefined,
    cosine: cosine ?? Number.NaN,
  }));
  return { parts, isSameModel: found[0]?.[0] !== false };
}
