/*
 * What is said of the best candidates, whose texts were read before, with all that an answer tells beside a memory: its links, how
 * often it was used, whether it has anchors; and vectors, by which the best are compared with each other.
 */
import type { MemoryRelations, MemoryRow } from "../../../../ports/memory-rows.ts";
import type { PgLink } from "../../link/link.ts";
import { restored } from "../../stored-text.ts";
import { codesSent, listText, scaledCodes } from "../../vectors/halves.ts";
import { type RawMemory, toRow } from "../rows/raw-row.ts";

export interface WantedRow {
  rowId: number;
  namespaceId: number;
  /** As it is stored. */
  namespace: string;
  text: string;
  /** Whose vector is wanted. */
  partId: number | undefined;
}

type Link = ReturnType<MemoryRelations["links"]>[number];

export interface Details {
  row: MemoryRow;
  /** In the order of the keys at their ends, and of their relations. */
  links: Link[];
  use: { count: number; at: number } | undefined;
  hasAnchors: boolean;
  /** Of the part that was named. */
  vector: Float32Array | undefined;
}

type Raw = [
  links: [to: string, relation: string, at: number][] | null,
  count: number | null,
  at: number | null,
  hasAnchors: boolean,
  scale: number | null,
  sent: string | null,
  ...row: RawMemory,
];

const question = `SELECT
    (SELECT json_agg(json_build_array(l.to_key, l.relation, l.at) ORDER BY l.to_key, l.relation) FROM memory_links l WHERE l.from_key = m.key),
    u.count, u.at, EXISTS (SELECT FROM memory_anchors n WHERE n.key = m.key), v.scale, encode(halfvec_send(v.v), 'base64'),
    m.id, m.key, '', m.kind, m.source, m.importance, m.pinned, m.created, m.since, m.until, m.ended, m.valid_from,
    m.expires, m.deleted, m.tags, ''
  FROM unnest($1::int8[], $2::int4[], $3::int8[]) AS a(id, namespace, part)
  JOIN memory_rows m ON m.id = a.id AND m.namespace_id = a.namespace
  LEFT JOIN memory_uses u ON u.key = m.key
  LEFT JOIN memory_vectors v ON v.part_id = a.part AND v.namespace_id = a.namespace`;

/** Those that are gone are left out. */
export function detailsOf(link: PgLink, wanted: readonly WantedRow[]): Details[] {
  const found = link.lists(
    question,
    [
      listText(wanted.map(({ rowId }) => rowId)),
      listText(wanted.map(({ namespaceId }) => namespaceId)),
      listText(wanted.map(({ partId }) => partId ?? null)),
    ],
    { name: "memory-details" },
  ) as Raw[];
  const byId = new Map(wanted.map((one) => [one.rowId, one]));
  return found.map(([links, count, at, hasAnchors, scale, sent, ...raw]) => {
    const { namespace, text } = byId.get(raw[0]) as WantedRow;
    raw[2] = namespace;
    const row = { ...toRow(raw), text };
    const isUsed = count !== null && at !== null;
    const hasVector = scale !== null && sent !== null;
    return {
      ...{ row, hasAnchors },
      links: (links ?? []).map(([to, relation, when]) => ({
        ...{ from: row.key, to, at: when },
        relation: restored(relation),
      })),
      use: isUsed ? { count, at } : undefined,
      vector: hasVector ? scaledCodes(codesSent(Buffer.from(sent, "base64")), scale) : undefined,
    };
  });
}
