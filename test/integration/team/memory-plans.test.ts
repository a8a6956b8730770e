/*
 * Every statement of the memories that a session asks is planned as a member of the team, with row level security, over
 * tables of some thousand rows: none reads a large table from end to end but those that count all of it.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nameOfEmbedder } from "../../../src/base/model-name.ts";
import { MemoryService } from "../../../src/memories/service.ts";
import type { PgLink, PgValue } from "../../../src/storage/postgres/link/link.ts";
import { openPgMemoryStore } from "../../../src/storage/postgres/memories/store.ts";
import { HashEmbedder } from "../../helpers/hash-embedder.ts";
import { memoryRow } from "../../helpers/memory-rows.ts";
import { whyNoPostgres } from "../../helpers/postgres.ts";
import { type TeamStore, teamStore } from "../../helpers/team/team-store.ts";

interface Asked {
  text: string;
  values: readonly PgValue[];
}

interface Plan {
  "Node Type": string;
  "Relation Name"?: string;
  Plans?: Plan[];
}

/** With so many rows an index pays. */
const leastRows = 1_000;
/**
 * Questions about all rows (how many there are, how often they were used), and about all that wait for a vector: these are
 * few or nearly all, and what is best hangs on it.
 */
const ofAll =
  /count\(\*\)|FROM memory_uses WHERE key > |memory_pending p\b|FROM memory_pending LIMIT|FROM memory_parts\s+WHERE namespace_id IN/u;

/** Twenty thousand memories, as their tables have them: by hand, so that it takes a moment. */
const filled = [
  `INSERT INTO memory_rows(id, namespace_id, kind, source, pinned, importance, created, since, valid_from, hash, key, text)
   SELECT id, 1 + id % 2, 0, 0, false, 0.5, id, id, id, id, 'key' || id, 'word' || id % 700 || ' of memory ' || id
   FROM generate_series(100, 20000) AS id`,
  `INSERT INTO memory_parts(id, namespace_id, row_id, start_at, end_at) SELECT id, namespace_id, id, 0, length(text) FROM memory_rows WHERE id >= 100`,
  `INSERT INTO memory_words(part_id, namespace_id, words)
   SELECT id, namespace_id, array_to_tsvector(string_to_array(text, ' ')) FROM memory_rows WHERE id >= 100`,
  `INSERT INTO memory_tags(tag, row_id, namespace_id) SELECT 'tag' || id % 900, id, namespace_id FROM memory_rows`,
  `INSERT INTO memory_sketches(value, row_id, namespace_id) SELECT id % 5000, id, namespace_id FROM memory_rows`,
  `INSERT INTO memory_pending(part_id, namespace_id, noted) SELECT id, namespace_id, 1 FROM memory_rows WHERE id >= 100 AND id % 100 = 0`,
  `INSERT INTO memory_links(namespace_id, from_key, to_key, relation, at)
   SELECT namespace_id, key, 'key' || id + 1, 'see', 1 FROM memory_rows WHERE id >= 100`,
  `INSERT INTO memory_notes(namespace_id, key, at, what) SELECT namespace_id, key, 1, 'made' FROM memory_rows`,
  `INSERT INTO memory_uses(namespace_id, key, count, at) SELECT namespace_id, key, 1, 1 FROM memory_rows`,
  "UPDATE memory_counters SET last_row = 20000, last_part = 20000",
];

describe.skipIf(whyNoPostgres !== undefined)("questions about memories of a team", () => {
  let store: TeamStore;
  const asked = new Map<string, Asked>();
  const large = new Set<string>();

  /** Notes what is asked on its way. */
  function noting(link: PgLink): PgLink {
    return new Proxy(link, {
      get(target, name) {
        const value = Reflect.get(target, name, target) as unknown;
        if (typeof value !== "function") return value;
        if (!["rows", "lists", "run", "send"].includes(String(name))) return value.bind(target);
        return (text: string, values: readonly PgValue[] = [], ...more: unknown[]) => {
          asked.set(text, { text, values });
          return value.call(target, text, values, ...more);
        };
      },
    });
  }

  beforeAll(async () => {
    store = await teamStore();
    const owner = openPgMemoryStore(store.link);
    // Else all of them wait for a vector of the model that comes.
    owner.vectors.claimModel(nameOfEmbedder(new HashEmbedder()));
    owner.write("remember", () => {
      for (const namespace of ["ours", "theirs"]) {
        owner.rows.insert(memoryRow(`the first of ${namespace}`, { namespace }));
      }
    });
    owner.close();
    for (const sql of filled) store.link.run(sql);
    store.link.run("ANALYZE");
    const found = store.link.lists("SELECT relname FROM pg_class WHERE reltuples >= $1", [
      leastRows,
    ]);
    for (const [name] of found) large.add(name as string);
    const role = await store.person("planner");
    store.team.grant(role, [{ scope: "namespace", name: "ours", can: "write" }]);
    const link = store.linkAs(role);
    const service = new MemoryService({
      store: openPgMemoryStore(noting(link)),
      embedder: new HashEmbedder(),
    });
    const { id } = await service.remember("a heron waits", { namespace: "ours", tags: ["lake"] });
    const other = await service.remember("a heron sleeps", { namespace: "ours" });
    await service.settled();
    await service.recall("which heron waits", { tags: { any: ["lake"] } });
    await service.link(id, other.id, "see");
    await service.update(id, { text: "two herons wait" });
    await service.update(id, { pinned: true });
    await service.history(id);
    await service.list({ order: "most used", limit: 5 });
    await service.list({ text: "herons", namespace: "ours" });
    await service.duplicates();
    await service.merge([id, other.id]);
    await service.forget(other.id).catch(() => undefined);
    await service.collect();
    await service.removed();
    await service.close();
  });
  afterAll(() => store?.close());

  it("reads no large table from end to end", async () => {
    const role = await store.person("explainer");
    store.team.grant(role, [{ scope: "namespace", name: "ours", can: "write" }]);
    const link = store.linkAs(role);
    const whole: string[] = [];
    let planned = 0;
    for (const { text, values } of asked.values()) {
      if (!/^\s*(?:SELECT|WITH|INSERT|UPDATE|DELETE)\b/u.test(text) || ofAll.test(text)) continue;
      const [row] = link.lists(`EXPLAIN (FORMAT JSON) ${text}`, values);
      planned += 1;
      for (const table of scanned(planOf(row)))
        if (large.has(table)) whole.push(`${table}: ${text}`);
    }
    expect(planned).toBeGreaterThan(40);
    expect(large.has("memory_uses")).toBe(true);
    expect(whole).toEqual([]);
  });

  it("finds the parts of a word by the index", () => {
    const [row] = store.link.lists(
      `EXPLAIN (FORMAT JSON) SELECT part_id FROM memory_words
       WHERE words @@ '''word7'''::tsquery AND part_id > 0 AND part_id <= 6000 AND namespace_id = ANY('{1,2}')`,
    );
    expect(scanned(planOf(row)).filter((table) => large.has(table))).toEqual([]);
  });
});

function planOf(row: unknown[] | undefined): Plan {
  const [{ Plan: plan }] = (row as [[{ Plan: Plan }]])[0];
  return plan;
}

/** Tables that are read from end to end. */
function scanned(plan: Plan): string[] {
  const own = plan["Node Type"].endsWith("Seq Scan") ? [plan["Relation Name"] ?? ""] : [];
  return [...own, ...(plan.Plans ?? []).flatMap(scanned)];
}
