/* What was erased is not in the files of the server any more: the test looks for the bytes there. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Erasing, eraseBytes, erasuresDue } from "../../../src/storage/postgres/team/erase.ts";
import { Graphs } from "../../../src/storage/postgres/vectors/graphs.ts";
import {
  databaseOn,
  type PostgresServer,
  testServer,
  whyNoPostgres,
} from "../../helpers/postgres.ts";
import { type Seed, seedEverywhere } from "../../helpers/team/seeded.ts";
import { type Psql, type TeamStore, teamStore } from "../../helpers/team/team-store.ts";

const gone: Seed = { word: "quokkasecret", number: 73_519, namespace: "gone", project: "gone-app" };
const kept: Seed = { word: "wombatstays", number: 41_283, namespace: "kept", project: "kept-app" };

describe.skipIf(whyNoPostgres !== undefined)("erasure from the server's files", () => {
  let server: PostgresServer;
  let store: TeamStore;
  let root: Psql;
  let ids: { namespace: number; project: number; tables: string[] };

  beforeAll(async () => {
    server = await testServer({
      settings: { autovacuum: "off", log_statement: "all" },
    });
    store = await teamStore(await databaseOn(server));
    root = await store.as("postgres");
  });
  afterAll(async () => {
    await store?.close();
    await server?.close();
  });

  /** Files in which a text or the half floats of a vector stand. */
  async function filesWith({ word, number }: Seed, folder = "base"): Promise<string[]> {
    await root.ask("CHECKPOINT");
    const halves = Uint16Array.from(String(number), (digit) => halfOf(Number(digit)));
    const sought = [Buffer.from(word), Buffer.from(halves.buffer)];
    const all = readdirSync(join(server.data, folder), { recursive: true, withFileTypes: true });
    return all
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => {
        const bytes = readFileSync(path);
        return sought.some((one) => bytes.includes(one));
      });
  }

  async function deleteAll(): Promise<void> {
    for (const table of ids.tables) {
      for (const [column, id] of [
        ["namespace_id", ids.namespace],
        ["project", ids.project],
      ] as const) {
        const has = await root.ask(
          "SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname = $2",
          [table, column],
        );
        if (has.length > 0) await root.ask(`DELETE FROM ${table} WHERE ${column} = ${id}`);
      }
    }
    await root.ask("DELETE FROM code_projects WHERE id = $1", [ids.project]);
  }

  it("takes rows, words, vectors and what stands in indexes out of the files, and leaves the rest", async () => {
    const neighbours = await seedEverywhere(root, kept);
    ids = await seedEverywhere(root, gone);
    await root.ask("ANALYZE");
    const before = await filesWith(gone);
    expect(before.length).toBeGreaterThan(10);
    await deleteAll();
    // Hidden, and its room free: but the bytes are there.
    await root.ask("VACUUM");
    expect((await filesWith(gone)).length).toBeGreaterThan(5);
    expect(erasuresDue(store.link)).toBe(true);

    const erased = await eraseBytes(store.link);
    expect(erased.left).toEqual([]);
    expect(erased.rewritten.length).toBeGreaterThan(20);
    expect(await filesWith(gone)).toEqual([]);
    expect(await filesWith(gone, "global")).toEqual([]);
    expect(erasuresDue(store.link)).toBe(false);
    expect((await filesWith(kept)).length).toBeGreaterThan(5);
    for (const table of neighbours.tables) {
      expect((await root.ask(`SELECT t::text FROM ${table} t`)).length, table).toBeGreaterThan(0);
    }
    // As the docs say: the log holds what was written until it is written over.
    expect((await filesWith(gone, "pg_wal")).length).toBeGreaterThan(0);
  });

  it("waits for who still sees the rows, and does it at the next time", async () => {
    ids = await seedEverywhere(root, gone);
    const other = await store.as("postgres");
    await other.ask("BEGIN ISOLATION LEVEL REPEATABLE READ");
    await other.ask("SELECT count(*) FROM namespaces");
    await deleteAll();
    const first = await eraseBytes(store.link, { tries: 1 });
    expect(first.left.length).toBeGreaterThan(0);
    expect(erasuresDue(store.link)).toBe(true);
    expect(await filesWith(gone)).not.toEqual([]);
    await other.ask("COMMIT");
    const erasing = new Erasing(store.link);
    expect(erasing.begin()).toBe(false);
    await erasing.settled();
    expect(erasing.begin()).toBe(true);
    expect(await filesWith(gone)).toEqual([]);
  });

  it("does not wait for a table that others use, and holds up nobody behind it", async () => {
    ids = await seedEverywhere(root, gone);
    await deleteAll();
    const other = await store.as("postgres");
    await other.ask("BEGIN; SELECT count(*) FROM memory_rows");
    const { left } = await eraseBytes(store.link, { tries: 1 });
    expect(left.some((name) => name.startsWith("memory_rows_"))).toBe(true);
    await other.ask("COMMIT");
    expect((await eraseBytes(store.link)).left).toEqual([]);
    expect(await filesWith(gone)).toEqual([]);
  });

  /** Which tables were written anew since then, in the order in which it was asked for. */
  function asked(since: number): string[] {
    const said = server.log().slice(since);
    return [...said.matchAll(/VACUUM \(FULL, ANALYZE, SKIP_LOCKED\) (\w+)/gu)].map(
      ([, table = ""]) => table,
    );
  }

  it("is one pass for all clients that erased before it", async () => {
    ids = await seedEverywhere(root, gone);
    await deleteAll();
    await root.ask("UPDATE erasing SET rests_until = DEFAULT");
    const clients = Array.from({ length: 5 }, () => new Erasing(store.linkAs("postgres")));
    const since = server.log().length;
    for (const client of clients) expect(client.begin()).toBe(false);
    await Promise.all(clients.map((client) => client.settled()));
    const tables = asked(since);
    expect(tables).toContain("memory_notes");
    expect(tables.length).toBe(new Set(tables).size);
    for (const client of clients) expect(client.begin()).toBe(true);
    expect(await filesWith(gone)).toEqual([]);
  });

  it("rests between two passes, unless somebody waits for one", async () => {
    ids = await seedEverywhere(root, gone);
    await deleteAll();
    await root.ask("UPDATE erasing SET rests_until = now() + interval '1 day'");
    const since = server.log().length;
    const erasing = new Erasing(store.link);
    expect(erasing.begin()).toBe(false);
    // By then it has looked, and rests.
    await store.link.later("SELECT 1");
    await store.link.later("SELECT 1");
    expect(asked(since)).toEqual([]);
    await erasing.settled();
    expect(erasuresDue(store.link)).toBe(false);
    expect(await filesWith(gone)).toEqual([]);
    const isLater = "SELECT rests_until > now() + interval '1 hour' FROM erasing";
    expect(await root.ask(isLater)).toEqual([["f"]]);
  });

  it("is waited for no longer than a pass, while others go on erasing", async () => {
    const erasing = new Erasing(store.link);
    const note = () =>
      root.ask(
        "INSERT INTO erased VALUES ('namespace', 77, clock_timestamp()) ON CONFLICT (scope, id) DO UPDATE SET at = clock_timestamp()",
      );
    await note();
    expect(erasing.begin()).toBe(false);
    let isOver = false;
    const others = (async () => {
      while (!isOver) await note();
    })();
    await erasing.settled();
    isOver = true;
    await others;
    expect(erasuresDue(store.link)).toBe(true);
    await root.ask("DELETE FROM erased");
  });

  it("leaves out tables in which nothing ever stood", async () => {
    ids = await seedEverywhere(root, gone);
    await root.ask("DELETE FROM memory_rows WHERE namespace_id = $1", [ids.namespace]);
    await root.ask("TRUNCATE memory_links");
    const since = server.log().length;
    expect((await eraseBytes(store.link)).left).toEqual([]);
    expect(asked(since)).toContain("memory_notes");
    expect(asked(since)).not.toContain("memory_links");
    await deleteAll();
    await eraseBytes(store.link);
  });

  it("gives its lock back when it is told to stop, wherever it is by then", async () => {
    const locks = `SELECT count(*)::text FROM pg_locks WHERE locktype = 'advisory' AND granted`;
    await root.ask("INSERT INTO erased VALUES ('namespace', 78, clock_timestamp())");
    const link = store.linkAs("postgres");
    for (const moment of [0, 1, 2, 3, 5]) {
      const stop = new AbortController();
      const erased = eraseBytes(link, { signal: stop.signal });
      for (let at = 0; at < moment; at += 1) await link.later("SELECT 1");
      stop.abort();
      await erased.then(
        () => undefined,
        (error: unknown) => expect(error).toMatchObject({ code: "HAYPILE_ABORTED" }),
      );
      expect(await root.ask(locks), `after ${moment} answers`).toEqual([["0"]]);
    }
    await root.ask("DELETE FROM erased");
  });

  it("does not wait for a graph that this client has made", async () => {
    ids = await seedEverywhere(root, gone);
    const link = store.linkAs("postgres");
    const writer = await store.as("postgres");
    await writer.ask("BEGIN; LOCK TABLE memory_vectors IN ROW EXCLUSIVE MODE");
    const graphs = new Graphs(link, "memory", 0);
    graphs.look(ids.namespace);
    const waits = `SELECT count(*)::text FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%memory_vector_graph%'`;
    while ((await root.ask(waits))[0]?.[0] !== "1") await link.later("SELECT 1");
    await root.ask("INSERT INTO erased VALUES ('namespace', 79, clock_timestamp())");
    const { isOwner } = await eraseBytes(link, { tries: 1 });
    expect(isOwner).toBe(true);
    // It waits still, and erasing did not end it.
    expect(await root.ask(waits)).toEqual([["1"]]);
    await writer.ask("COMMIT");
    await graphs.settled();
    const graph = `SELECT to_regclass('memory_graph_${ids.namespace}')::text`;
    expect(await root.ask(graph)).toEqual([[`memory_graph_${ids.namespace}`]]);
    await deleteAll();
    expect((await eraseBytes(link)).left).toEqual([]);
  });

  it("is left to who owns the tables", async () => {
    const role = await store.person("member");
    store.team.grant(role, [{ scope: "namespaces", name: "", can: "write" }]);
    const link = store.linkAs(role);
    expect(await eraseBytes(link)).toEqual({ rewritten: [], left: [], isOwner: false });
    expect(new Erasing(link).begin()).toBe(true);
  });
});

/** A half float of a whole number from 0 to 9. */
function halfOf(digit: number): number {
  if (digit === 0) return 0;
  const exponent = Math.floor(Math.log2(digit));
  return ((exponent + 15) << 10) | Math.round((digit / 2 ** exponent - 1) * 1024);
}
