/* What is said of the best candidates, whose texts were read before. */
import type { MemoryRow } from "../../../../ports/memory-rows.ts";
import type { PgLink } from "../../link/link.ts";
import { type RawMemory, toRow } from "../rows/raw-row.ts";

export interface WantedRow {
  rowId: number;
  namespaceId: number;
  /** As it is stored. */
  namespace: string;
  text: string;
}

const columns = `m.id, m.key, '', m.kind, m.source, m.importance, m.pinned, m.created, m.since, m.until, m.ended, m.valid_from,
    m.expires, m.deleted, m.tags, ''`;
const question = `SELECT ${columns} FROM unnest($1::int8[], $2::int4[]) AS a(id, namespace)
  JOIN memory_rows m ON m.id = a.id AND m.namespace_id = a.namespace`;

/** By their ids; those that are gone are left out. */
export function detailsOf(link: PgLink, wanted: readonly WantedRow[]): Map<number, MemoryRow> {
  const found = link.lists(
    question,
    [wanted.map(({ rowId }) => rowId), wanted.map(({ namespaceId }) => namespaceId)],
    { name: "memory-details" },
  ) as RawMemory[];
  const byId = new Map(wanted.map((one) => [one.rowId, one]));
  return new Map(
    found.map((raw) => {
      const [rowId] = raw;
      const { namespace, text } = byId.get(rowId) as WantedRow;
      raw[2] = namespace;
      return [rowId, { ...toRow(raw), text }];
    }),
  );
}
