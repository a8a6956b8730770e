/* Vectors of a team's memories: found by graph and by comparing, under the rights of a member, and shared out to be made. */
import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { whenFree } from "../../../src/memories/writing/when-free.ts";
import type { MemoryStore, NewMemoryRow, RowFilter } from "../../../src/ports/memory-rows.ts";
import type { PgLink } from "../../../src/storage/postgres/link/link.ts";
import { openLink } from "../../../src/storage/postgres/link/open.ts";
import { openPgMemoryStore } from "../../../src/storage/postgres/memories/store.ts";
import { PgTeam } from "../../../src/storage/postgres/team/team.ts";
import { madeUpVector } from "../../helpers/made-up-vectors.ts";
import { addMemories as addAtOnce, memoryRow } from "../../helpers/memory-rows.ts";
import { type TestDatabase, testDatabase, whyNoPostgres } from "../../helpers/postgres.ts";

const dimensions = 384;
const model = { id: "made-up", dimensions };
const ever = Number.MAX_SAFE_INTEGER;
const now = 5_000;

describe.skipIf(whyNoPostgres !== undefined)("vectors of memories over PostgreSQL", () => {
  let database: TestDatabase;
  const open: (() => void)[] = [];
  let schemas = 0;

  beforeAll(async () => {
    database = await testDatabase();
  });
  afterEach(() => {
    for (const close of open.splice(0).reverse()) close();
  });
  afterAll(() => database?.close());

  function client(url: string, comparedUpTo?: number): { store: MemoryStore; link: PgLink } {
    const link = openLink({ url });
    open.push(() => link.close());
    const store = openPgMemoryStore(link, { comparedUpTo });
    open.push(() => store.close());
    store.vectors.claimModel(model);
    return { store, link };
  }

  function fresh(): string {
    schemas += 1;
    return `schema=vectors_${schemas}`;
  }

  function put(store: MemoryStore, partIds: readonly number[], seeds: readonly number[]): void {
    const vectors = seeds.flatMap((seed) => [...madeUpVector(seed, dimensions)]);
    store.vectors.put(partIds, Float32Array.from(vectors));
  }

  it("makes a graph on a connection of its own: this client's other questions do not wait for it", async () => {
    const { store, link } = client(`${database.url}?${fresh()}`, 10);
    const seeds = Array.from({ length: 30 }, (_, seed) => seed);
    const rowIds = await addMemories(store, ...seeds.map((seed) => memoryRow(`memory ${seed}`)));
    const other = new pg.Client(database.url);
    await other.connect();
    open.push(() => void other.end());
    // Whoever writes vectors holds up a graph: it takes as long as that.
    await other.query(`BEGIN; LOCK TABLE ${link.schema}.memory_vectors IN ROW EXCLUSIVE MODE`);
    put(
      store,
      store.rows.parts(rowIds).map(({ partId }) => partId),
      seeds,
    );
    const waits = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%memory_vector_graph%'`;
    await expect.poll(async () => (await database.ask(waits)).length, { timeout: 60_000 }).toBe(1);
    expect(await link.later("SELECT 1 AS one")).toEqual([{ one: 1 }]);
    expect(graphs(link)).toEqual([]);
    await other.query("ROLLBACK");
    await expect.poll(() => graphs(link), { timeout: 60_000, interval: 200 }).toHaveLength(1);
  });

  it("finds ten of the ten nearest, nearly always, whatever filter leaves as many", async () => {
    const schema = fresh();
    const { store, link } = client(`${database.url}?${schema}`, 500);
    const tagsOf = (seed: number): string[] => [
      ...(seed % 2 === 0 ? ["half"] : []),
      ...(seed % 3 === 0 ? ["third"] : []),
      ...(seed % 40 < 12 ? ["near-each-other"] : []),
      ...(seed % 25 === 0 ? ["rare"] : []),
      ...(seed < 10 ? ["ten"] : []),
    ];
    const namespaceOf = (seed: number): string =>
      seed < 2_400 ? "large" : seed < 2_700 ? "small" : "hidden";
    const seeds = Array.from({ length: 3_000 }, (_, seed) => seed);
    const rowIds = await addMemories(
      store,
      ...seeds.map((seed) =>
        memoryRow(`memory ${seed}`, { namespace: namespaceOf(seed), tags: tagsOf(seed) }),
      ),
    );
    const partIds = store.rows.parts(rowIds).map(({ partId }) => partId);
    for (let at = 0; at < seeds.length; at += 500) {
      put(store, partIds.slice(at, at + 500), seeds.slice(at, at + 500));
    }
    await expect.poll(() => graphs(link), { timeout: 60_000, interval: 200 }).toHaveLength(1);
    // ANALYZE takes no samples of the vectors in the graph: nobody would erase those from the catalog.
    await database.ask("ANALYZE");
    const sampled = link.lists(
      `SELECT s.starelid::regclass::text FROM pg_statistic s JOIN pg_class c ON c.oid = s.starelid
       WHERE c.relnamespace = $1::regnamespace AND c.relname LIKE '%graph%'`,
      [link.schema],
    );
    expect(sampled).toEqual([]);

    const member = `member_${randomBytes(4).toString("hex")}`;
    await database.ask(`CREATE ROLE ${member} LOGIN`);
    const team = new PgTeam(link);
    team.init(`g_${member}`);
    team.grant(member, [
      { scope: "namespace", name: "large", can: "write" },
      { scope: "namespace", name: "small", can: "read" },
    ]);
    const own = client(`${database.urlAs(member)}?${schema}`, 500);
    await own.store.scope.prepare();
    const codes = new Map(
      partIds.map((id, at) => [id, madeUpVector(seeds[at] as number, dimensions)]),
    );
    const visible = seeds.filter((seed) => seed < 2_700);
    const filters: [RowFilter, (seed: number) => boolean][] = [
      [{ now }, () => true],
      [{ now, namespaces: ["large"] }, (seed) => seed < 2_400],
      [{ now, namespaces: ["large"], tagsAny: ["half"] }, (seed) => seed < 2_400 && seed % 2 === 0],
      [{ now, tagsAll: ["half", "third"] }, (seed) => seed % 6 === 0],
      [{ now, tagsAny: ["near-each-other"] }, (seed) => seed % 40 < 12],
      [{ now, tagsNot: ["near-each-other"] }, (seed) => seed % 40 >= 12],
      [{ now, tagsAny: ["rare"] }, (seed) => seed % 25 === 0],
      [{ now, tagsAny: ["ten"] }, (seed) => seed < 10],
      [{ now, namespaces: ["small"] }, (seed) => seed >= 2_400],
    ];
    const before = await graphScans(own.link, link);
    for (const [filter, fits] of filters) {
      const allowed = own.store.scope.allowed(filter);
      const among = visible.filter(fits);
      let found = 0;
      for (let question = 0; question < 12; question += 1) {
        const vector = madeUpVector(100_000 + question * 7, dimensions);
        const hits = await own.store.vectors.search({ vector, limit: 10, allowed });
        expect(hits).toHaveLength(10);
        const best = among
          .map((seed) => ({
            partId: partIds[seed] as number,
            score: product(vector, codes.get(partIds[seed] as number)),
          }))
          .sort((a, b) => b.score - a.score)
          .slice(0, 10);
        const ids = new Set(hits.map(({ partId }) => partId));
        found += best.filter(({ partId }) => ids.has(partId)).length;
        expect(hits[0]?.score).toBeCloseTo(best[0]?.score ?? 0, 1);
      }
      expect(found / 120, JSON.stringify(filter)).toBeGreaterThanOrEqual(0.97);
    }
    // As an ordinary user, below row level security: the server goes by the graph where many are let through.
    const scans = (await graphScans(own.link, link)) - before;
    expect(scans).toBeGreaterThanOrEqual(3 * 12);
    // What another namespace has is not found by who asks the function by himself.
    const forged = await own.link.later(
      "SELECT found FROM memory_nearest($1::vector, 10, (SELECT value FROM memory_meta WHERE name = 'model'), $2, NULL, $2, $3, NULL, NULL)",
      [
        `[${madeUpVector(2_900, dimensions).join(",")}]`,
        namespacesNot(link, "large", "small"),
        [200],
      ],
    );
    expect(forged).toEqual([]);
    expect(own.store.vectors.of(partIds[2_900] as number)).toBeUndefined();
    expect(own.store.vectors.count()).toBe(2_700);
  }, 120_000);

  it("gives each text to one client, and its vector to every part with that text", async () => {
    const url = `${database.url}?${fresh()}`;
    const first = client(url).store;
    const second = client(url).store;
    const texts = ["one", "two", "one", "three", "two", "one"];
    const rowIds = await addMemories(
      first,
      ...texts.map((text, at) => memoryRow(text, { key: `m${at}`, namespace: `n${at % 2}` })),
    );
    const parts = first.rows.parts(rowIds).map(({ partId }) => partId);
    const [one = 0, two = 0, , three = 0] = parts;
    const ofFirst = first.vectors.pending(0, 2, ever);
    expect(ofFirst).toEqual([one, two]);
    // What others embed, or what is equal to it, is passed over.
    expect(second.vectors.pending(0, 10, ever)).toEqual([three]);
    expect(second.vectors.pendingOf(rowIds)).toEqual([three]);
    expect(first.vectors.pendingOf(rowIds)).toEqual([one, two]);
    put(first, [one], [1]);
    expect(parts.map((id) => first.vectors.of(id) !== undefined)).toEqual([
      true,
      false,
      true,
      false,
      false,
      true,
    ]);
    expect(second.vectors.of(parts[5] as number)).toEqual(first.vectors.of(one));
    // A text that has a vector somewhere needs no embedder.
    const [again = 0] = await addMemories(
      second,
      memoryRow("one", { key: "later", namespace: "n3" }),
    );
    expect(second.vectors.pendingOf([again])).toEqual([]);
    expect(second.vectors.of(second.rows.parts([again])[0]?.partId ?? 0)).toBeDefined();
    // What another client holds at that moment is not waited for: two that bring one text would wait for each other.
    const both = await addMemories(
      second,
      memoryRow("one", { key: "fourth", namespace: "n3" }),
      memoryRow("one", { key: "fifth", namespace: "n4" }),
    );
    const [mine = 0, held = 0] = second.rows.parts(both).map(({ partId }) => partId);
    const other = new pg.Client({ connectionString: database.url });
    await other.connect();
    await other.query(
      `BEGIN; SET LOCAL search_path = ${new URL(url).searchParams.get("schema")};
       SELECT FROM memory_pending WHERE part_id = ${held} FOR UPDATE`,
    );
    expect(second.vectors.pendingOf(both.slice(0, 1))).toEqual([]);
    expect(second.vectors.of(mine)).toBeDefined();
    expect(second.vectors.of(held)).toBeUndefined();
    await other.end();
    expect(second.vectors.pendingOf(both)).toEqual([]);
    expect(second.vectors.of(held)).toBeDefined();
    // A client that ends gives back what it took.
    first.close();
    expect(second.vectors.pending(0, 10, ever)).toEqual([two, three]);
    put(second, [two, three], [2, 3]);
    expect(second.vectors.count()).toBe(9);
    expect(second.vectors.pending(0, 10, ever)).toEqual([]);
  });

  it("shares many texts out among clients at once: none twice, none left", async () => {
    const url = `${database.url}?${fresh()}`;
    const clients = Array.from({ length: 3 }, () => client(url).store);
    const [first] = clients as [MemoryStore];
    await addMemories(
      first,
      ...Array.from({ length: 90 }, (_, at) => memoryRow(`text ${at % 60}`, { key: `k${at}` })),
    );
    const taken: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      for (const store of clients) {
        const mine = store.vectors.pending(0, 8, ever);
        taken.push(...mine);
        put(store, mine, mine);
      }
    }
    expect(taken).toHaveLength(60);
    expect(new Set(taken).size).toBe(60);
    expect(first.vectors.count()).toBe(90);
  });

  it("lets a reader ask, and takes no vectors or models from one", async () => {
    const schema = fresh();
    const { store, link } = client(`${database.url}?${schema}`);
    const [rowId = 0] = await addMemories(
      store,
      memoryRow("a", { namespace: "ours" }),
      memoryRow("b", { namespace: "ours" }),
    );
    const partId = store.rows.parts([rowId])[0]?.partId ?? 0;
    put(store, [partId], [1]);
    const reader = `reader_${randomBytes(4).toString("hex")}`;
    await database.ask(`CREATE ROLE ${reader} LOGIN`);
    const team = new PgTeam(link);
    team.init(`g_${reader}`);
    team.grant(reader, [{ scope: "namespace", name: "ours", can: "read" }]);
    const { store: own } = client(`${database.urlAs(reader)}?${schema}`);
    expect(own.vectors.pending(0, 10, ever)).toEqual([]);
    expect(own.vectors.pendingOf([rowId])).toEqual([]);
    await own.scope.prepare();
    const allowed = own.scope.allowed({ now });
    const vector = madeUpVector(1, dimensions);
    const hits = await own.vectors.search({ vector, limit: 5, allowed });
    expect(hits.map((hit) => hit.partId)).toEqual([partId]);
    expect(own.vectors.countPending(allowed)).toBe(1);
    own.vectors.claimModel({ id: "another", dimensions: 3 });
    expect(store.vectors.model()).toEqual(model);
  });

  it("keeps the model of a store from one who may not write all of it", async () => {
    const schema = fresh();
    const { store, link } = client(`${database.url}?${schema}`);
    await addMemories(
      store,
      memoryRow("a", { namespace: "ours" }),
      memoryRow("b", { namespace: "theirs" }),
    );
    const writer = `writer_${randomBytes(4).toString("hex")}`;
    await database.ask(`CREATE ROLE ${writer} LOGIN`);
    const team = new PgTeam(link);
    team.init(`g_${writer}`);
    team.grant(writer, [{ scope: "namespace", name: "ours", can: "write" }]);
    const { store: own } = client(`${database.urlAs(writer)}?${schema}`);
    expect(() => own.next.begin({ id: "next", dimensions: 3 })).toThrow(
      /may not write all of them/u,
    );
    expect(store.next.state()).toBeUndefined();
    // What it may write it may embed, and nothing else.
    const [rowId = 0] = await addMemories(own, memoryRow("b", { key: "own", namespace: "ours" }));
    const waiting = own.vectors.pending(0, 10, ever);
    expect(own.vectors.partTexts(waiting).map(({ text }) => text)).toEqual(["a", "b"]);
    put(own, waiting, [1, 2]);
    expect(own.vectors.pendingOf([rowId])).toEqual([]);
    expect(store.vectors.count()).toBe(2);
    const left = store.vectors.pending(0, 10, ever);
    expect(left).toEqual([]);
    expect(store.vectors.count()).toBe(3);
  });
});

/** As everybody does: a turn that does not come within milliseconds is waited for. */
function addMemories(store: MemoryStore, ...rows: NewMemoryRow[]): Promise<number[]> {
  return whenFree(() => addAtOnce(store, ...rows));
}

function product(a: Float32Array, b: Float32Array | undefined): number {
  return a.reduce((sum, value, at) => sum + value * (b?.[at] ?? 0), 0);
}

function graphs(link: PgLink): unknown[] {
  return link.lists(
    "SELECT indexname FROM pg_indexes WHERE schemaname = $1 AND indexname LIKE 'memory\\_graph\\_%'",
    [link.schema],
  );
}

/** How often the graphs were gone through. @param asks whose connection told the server of it @param sees may look */
async function graphScans(asks: PgLink, sees: PgLink): Promise<number> {
  await asks.later("SELECT pg_stat_force_next_flush()");
  const [row] = sees.lists(
    `SELECT coalesce(sum(idx_scan), 0) FROM pg_stat_user_indexes
     WHERE schemaname = $1 AND indexrelname LIKE 'memory\\_graph\\_%'`,
    [sees.schema],
  );
  return row?.[0] as number;
}

function namespacesNot(link: PgLink, ...names: string[]): number[] {
  return link
    .lists("SELECT id FROM namespaces WHERE name <> ALL($1)", [names])
    .map(([id]) => id as number);
}
