/* What stands beside the memories of an answer, in one statement: their links, how often they were used, whether they have anchors. */
import type { MemoryRelations } from "../../../../ports/memory-rows.ts";
import type { PgLink } from "../../link/link.ts";
import { restored } from "../../stored-text.ts";

export interface Beside {
  links: ReturnType<MemoryRelations["links"]>;
  uses: ReturnType<MemoryRelations["uses"]>;
  hasAnchors: boolean;
}

const text = `SELECT
  (SELECT json_agg(json_build_array(from_key, to_key, relation, at) ORDER BY from_key, to_key, relation)
   FROM memory_links WHERE from_key = ANY($1::text[])),
  (SELECT json_agg(json_build_array(key, count, at)) FROM memory_uses WHERE key = ANY($1::text[])),
  EXISTS (SELECT FROM memory_anchors WHERE key = ANY($1::text[]))`;

export function besideOf(link: PgLink, keys: readonly string[]): Beside {
  const [row] = link.lists(text, [[...keys]], { name: "memory-beside" });
  const [links, uses, hasAnchors] = row as [
    [string, string, string, number][] | null,
    [string, number, number][] | null,
    boolean,
  ];
  return {
    links: (links ?? []).map(([from, to, relation, at]) => ({
      ...{ from, to, at },
      relation: restored(relation),
    })),
    uses: new Map((uses ?? []).map(([key, count, at]) => [key, { count, at }])),
    hasAnchors,
  };
}
