/*
 * What of the nearest ten vectors a search finds, beside the server's own comparison of all rows that the filter lets through,
 * one by one, without any index.
 */
import pg from "pg";
import type { MemoryStore, RowFilter } from "../../src/ports/memory-rows.ts";

const wanted = 10;

const filters: Record<string, Omit<RowFilter, "now">> = {
  all: {},
  "half of all": { tagsAny: ["half"] },
  "one of four kinds": { kinds: ["decision"] },
  "a namespace of a tenth": { namespaces: ["other"] },
  "a tag of 2 %": { tagsAny: ["tag7"] },
  "without a tag of 2 %": { tagsNot: ["tag7"] },
  "ten memories": { tagsAny: ["rare"] },
};

export interface NearestFound {
  allowed: number;
  /** Of the nearest ten, or of all where there are fewer: the share that was found, mean and least. */
  mean: number;
  least: number;
  /** The least that came back. */
  fewest: number;
}

export async function nearestFound(parts: {
  url: string;
  store: MemoryStore;
  vectors: readonly Float32Array[];
}): Promise<Record<string, NearestFound>> {
  const { url, store, vectors } = parts;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("SET search_path = haypile, public; SET enable_indexscan = off");
  const result: Record<string, NearestFound> = {};
  for (const [name, filter] of Object.entries(filters)) {
    await store.scope.prepare();
    const allowed = store.scope.allowed({ ...filter, now: Date.now() });
    const rowIds = allowed.newest(1_000_000);
    const shares: number[] = [];
    let fewest = Number.POSITIVE_INFINITY;
    for (const vector of vectors) {
      const exact = await client.query<{ row_id: string; distance: number }>(
        `SELECT p.row_id, v.v <=> $2::halfvec AS distance FROM memory_vectors v
         JOIN memory_parts p ON p.id = v.part_id AND p.namespace_id = v.namespace_id
         JOIN unnest($1::int8[]) AS a(id) ON a.id = p.row_id ORDER BY 2 LIMIT ${wanted}`,
        [rowIds, `[${Array.from(vector, (value) => Math.fround(value)).join(",")}]`],
      );
      const hits = await store.vectors.search({ vector, limit: wanted, allowed });
      const found = new Set(hits.map(({ rowId }) => rowId));
      // What is as near as the last of the ten is as good.
      const furthest = 1 - (exact.rows.at(-1)?.distance ?? 0) - 1e-4;
      const near = hits.filter(({ score }) => score >= furthest).length;
      const same = exact.rows.filter(({ row_id }) => found.has(Number(row_id))).length;
      fewest = Math.min(fewest, hits.length);
      shares.push(
        Math.max(same, Math.min(near, exact.rows.length)) / Math.max(1, exact.rows.length),
      );
    }
    result[name] = {
      allowed: allowed.count,
      mean: Number((shares.reduce((sum, one) => sum + one, 0) / shares.length).toFixed(4)),
      least: Math.min(...shares),
      fewest,
    };
  }
  await client.end();
  return result;
}
