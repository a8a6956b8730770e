/* Vectors of another model take the place of those that served: of many that is work of minutes, in one transaction. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MemoryStore } from "../../../src/ports/memory-rows.ts";
import { openPgStore } from "../../../src/storage/postgres/index/store.ts";
import type { PgLink } from "../../../src/storage/postgres/link/link.ts";
import { openLink } from "../../../src/storage/postgres/link/open.ts";
import { openPgMemoryStore } from "../../../src/storage/postgres/memories/store.ts";
import { addVectors, madeUpVector } from "../../helpers/made-up-vectors.ts";
import { addMemories, memoryRow } from "../../helpers/memory-rows.ts";
import { type TestDatabase, testDatabase, whyNoPostgres } from "../../helpers/postgres.ts";

/** A statement has two seconds, and a call that is waited for nine: two to connect and five beyond. */
const limits = { limitMs: 2_000, connectMs: 2_000 };
const beyondLimit = 3;
const beyondCall = 10;
const count = 20;
const next = { id: "short", dimensions: 4 };

describe.skipIf(whyNoPostgres !== undefined)("new vectors over PostgreSQL", () => {
  let database: TestDatabase;
  let link: PgLink;
  let memories: MemoryStore;

  beforeAll(async () => {
    database = await testDatabase();
    link = openLink({ url: database.url, ...limits });
    memories = openPgMemoryStore(link, { waitMs: 30_000 });
    await database.ask("CREATE TABLE public.held(relation text)");
    await database.ask(`CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_sleep(TG_ARGV[0]::float8);
        INSERT INTO public.held SELECT relation::regclass::text FROM pg_locks
          WHERE pid = pg_backend_pid() AND mode = 'AccessExclusiveLock' AND relation IS NOT NULL;
        RETURN NULL;
      END $$`);
  }, 120_000);
  afterAll(async () => {
    link?.close();
    await database?.close();
  });

  const shortOf = (ids: readonly number[]): Float32Array =>
    Float32Array.from(ids.flatMap((id) => [...madeUpVector(id, next.dimensions)]));

  const graphs = (kind: "code" | "memory"): number =>
    link.lists("SELECT FROM pg_indexes WHERE indexname LIKE $1", [`${kind}\\_graph\\_%`]).length;

  async function slow(kind: "code" | "memory"): Promise<void> {
    for (const [table, seconds] of [
      [`${kind}_vectors`, beyondCall],
      [`${kind}_next_vectors`, beyondLimit],
    ]) {
      await database.ask(`CREATE TRIGGER slow BEFORE DELETE ON ${database.schema}.${table}
        FOR EACH STATEMENT EXECUTE FUNCTION public.slow(${seconds})`);
    }
  }

  /** Nobody's search was kept waiting meanwhile. */
  async function quick(kind: "code" | "memory"): Promise<void> {
    expect(await database.ask("SELECT * FROM public.held")).toEqual([]);
    for (const table of [`${kind}_vectors`, `${kind}_next_vectors`]) {
      await database.ask(`DROP TRIGGER slow ON ${database.schema}.${table}`);
    }
  }

  it("of code are put in place, however long it takes, and nobody waits for it", {
    timeout: 120_000,
  }, async () => {
    const store = openPgStore(link, "slow");
    store.vectors.claimModel({ id: "made-up", dimensions: 8 });
    const ids = addVectors(store, 0, count, 8);
    await slow("code");
    store.next.begin(next);
    store.next.drop();
    store.next.begin(next);
    store.next.put(ids, shortOf(ids), next);
    expect(link.lists("SELECT code_vector_graph(id, 4) FROM code_projects")).toEqual([[true]]);
    expect(graphs("code")).toBe(1);
    store.next.take();
    expect(graphs("code")).toBe(0);
    expect(store.vectors.model()).toEqual(next);
    const found = await store.vectors.nearest(madeUpVector(ids[3] as number, 4), 1);
    expect(found).toMatchObject([{ chunkId: ids[3] }]);
    await quick("code");
  });

  it("of memories are put in place, however long it takes, and nobody waits for it", {
    timeout: 120_000,
  }, async () => {
    memories.vectors.claimModel({ id: "made-up", dimensions: 8 });
    const rows = Array.from({ length: count }, (_, at) => memoryRow(`memory ${at}`));
    const rowIds = await addMemories(memories, ...rows);
    const ids = memories.rows.parts(rowIds).map(({ partId }) => partId);
    const old = Float32Array.from(ids.flatMap((id) => [...madeUpVector(id, 8)]));
    memories.vectors.put(ids, old);
    await slow("memory");
    memories.next.begin(next);
    memories.next.drop();
    memories.next.begin(next);
    memories.next.put(ids, shortOf(ids), next);
    expect(link.lists("SELECT memory_vector_graph(id, 4) FROM namespaces")).toEqual([[true]]);
    expect(graphs("memory")).toBe(1);
    memories.next.take();
    expect(graphs("memory")).toBe(0);
    expect(memories.vectors.model()).toEqual(next);
    expect(memories.vectors.of(ids[3] as number)).toHaveLength(4);
    await quick("memory");
  });

  it("leave no large namespace or project without its graph where taking them was ended", {
    timeout: 120_000,
  }, async () => {
    const few = 4;
    const store = openPgStore(link, "slow", { comparedUpTo: few });
    await database.ask(`CREATE FUNCTION public.ends() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'it ends here'; END $$`);
    const ends = (table: string): Promise<unknown> =>
      database.ask(`CREATE TRIGGER ends BEFORE DELETE ON ${database.schema}.${table}
        FOR EACH STATEMENT EXECUTE FUNCTION public.ends()`);
    const goesOn = (table: string): Promise<unknown> =>
      database.ask(`DROP TRIGGER ends ON ${database.schema}.${table}`);
    link.lists("SELECT memory_vector_graph(id, 4) FROM namespaces");
    expect(graphs("memory")).toBe(1);
    const again = { id: "made-up", dimensions: 8 };
    memories.next.begin(again);
    const ids = memories.next.pending(count, 0).map(({ id }) => id);
    const longer = ids.flatMap((id) => [...madeUpVector(id, again.dimensions)]);
    memories.next.put(ids, Float32Array.from(longer), again);
    await ends("memory_vectors");
    expect(() => memories.next.take()).toThrow(/it ends here/);
    await goesOn("memory_vectors");
    expect(graphs("memory")).toBe(0);
    memories.next.drop();

    const own = openLink({ url: database.url, ...limits });
    const other = openPgMemoryStore(own, { comparedUpTo: few });
    await other.tidy();
    await expect.poll(() => graphs("memory"), { timeout: 60_000 }).toBe(1);
    const [graph] = link.lists("SELECT 'memory_graph_' || min(id) FROM namespaces") as [[string]];
    await database.ask(`DROP INDEX ${database.schema}.${graph[0]}`);
    expect(graphs("memory")).toBe(0);
    // A client that has rows to look at, and stores nothing.
    other.forRecall?.();
    other.scope.allowed({ now: 5_000 });
    other.forRecall?.();
    await expect.poll(() => graphs("memory"), { timeout: 60_000 }).toBe(1);
    own.close();

    link.lists("SELECT code_drop_graph(id) FROM code_projects");
    expect(graphs("code")).toBe(0);
    await store.vectors.nearest(madeUpVector(1, 4), 1);
    await expect.poll(() => graphs("code"), { timeout: 60_000 }).toBe(1);
    store.close();
  });
});
