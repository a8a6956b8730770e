/* A row of memory_rows as a statement gives it, and as its readers want it. */
import type { MemoryRow } from "../../../../ports/memory-rows.ts";
import { endings, kinds, sources } from "../../../shared/rows/kinds.ts";
import { restored } from "../../stored-text.ts";

export type RawMemory = [
  id: number,
  key: string,
  namespace: string,
  kind: number,
  source: number,
  importance: number,
  isPinned: boolean,
  created: number,
  since: number,
  until: number | null,
  ended: number,
  validFrom: number,
  expires: number | null,
  deleted: number | null,
  tags: string[] | null,
  text: string,
];

export function toRow(raw: RawMemory): MemoryRow {
  const [rowId, key, namespace, kind, source, importance, pinned, created, ...rest] = raw;
  const [since, until, ended, validFrom, expires, deleted, tags, text] = rest;
  return {
    ...{ rowId, key, importance, pinned, created, since, validFrom },
    namespace: restored(namespace),
    kind: kinds[kind] ?? "note",
    source: sources[source] ?? "user",
    tags: (tags ?? []).map(restored),
    text: restored(text),
    until: until ?? undefined,
    ended: endings[ended] ?? "open",
    expires: expires ?? undefined,
    deleted: deleted ?? undefined,
  };
}
