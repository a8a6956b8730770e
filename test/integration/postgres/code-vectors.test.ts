/* Vectors of a large project in a team's store: found by its graph, by whoever is granted it. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectId } from "../../../src/storage/postgres/index/project.ts";
import { removeProject } from "../../../src/storage/postgres/index/remove-project.ts";
import { openPgStore } from "../../../src/storage/postgres/index/store.ts";
import type { PgLink } from "../../../src/storage/postgres/link/link.ts";
import { openLink } from "../../../src/storage/postgres/link/open.ts";
import { PgTeam } from "../../../src/storage/postgres/team/team.ts";
import { addVectors, madeUpVector } from "../../helpers/made-up-vectors.ts";
import { type TestDatabase, testDatabase, whyNoPostgres } from "../../helpers/postgres.ts";

const dimensions = 384;
const comparedUpTo = 300;
const count = 1_400;

describe.skipIf(whyNoPostgres !== undefined)("vectors of code over PostgreSQL", () => {
  let database: TestDatabase;
  let link: PgLink;
  let ids: number[];

  beforeAll(async () => {
    database = await testDatabase();
    link = openLink({ url: database.url });
    const team = new PgTeam(link);
    team.init(`g_${randomBytes(4).toString("hex")}`);
    const large = openPgStore(link, "large", { comparedUpTo });
    large.vectors.claimModel({ id: "made-up", dimensions });
    ids = addVectors(large, 0, count, dimensions);
    await large.settled();
    expect(graphs()).toHaveLength(1);
  }, 120_000);
  afterAll(async () => {
    link?.close();
    await database?.close();
  });

  const graphs = (): unknown[][] =>
    link.lists(
      "SELECT indexrelname FROM pg_stat_user_indexes WHERE indexrelname LIKE 'code\\_graph%'",
    );

  it("gives what comparing all gives, with any filter, to a member below row level security", async () => {
    const member = `member_${randomBytes(4).toString("hex")}`;
    await database.ask(`CREATE ROLE ${member} LOGIN`);
    new PgTeam(link).grant(member, [{ scope: "project", name: "large", can: "read" }]);
    const own = openLink({ url: database.urlAs(member) });
    const store = openPgStore(own, "large", { creates: false, comparedUpTo });
    const filters: (Uint32Array | undefined)[] = [
      undefined,
      Uint32Array.from(ids.filter((_, at) => at % 10 !== 0)),
      Uint32Array.from(ids.filter((_, at) => Math.floor(at / 40) % 2 === 0)),
      Uint32Array.from(ids.filter((_, at) => at % 40 < 20)),
      Uint32Array.from(ids.slice(0, 12)),
    ];
    for (const allowed of filters) {
      let found = 0;
      for (let question = 0; question < 20; question += 1) {
        const vector = madeUpVector(90_000 + question * 7, dimensions);
        const exact = store.vectors.search(vector, 10, allowed);
        const near = await store.vectors.nearest(vector, 10, allowed);
        expect(near).toHaveLength(10);
        const scores = new Map(exact.map(({ chunkId, score }) => [chunkId, score]));
        for (const { chunkId, score } of near) {
          const same = scores.get(chunkId);
          if (same === undefined) continue;
          found += 1;
          expect(score).toBeCloseTo(same, 6);
        }
      }
      expect(found / 200, `${allowed?.length} let through`).toBeGreaterThanOrEqual(0.97);
    }
    await own.later("SELECT pg_stat_force_next_flush()");
    const [scans = []] = link.lists(
      "SELECT sum(idx_scan) FROM pg_stat_user_indexes WHERE indexrelname LIKE 'code\\_graph%'",
    );
    expect(scans[0]).toBeGreaterThanOrEqual(10);
    own.close();
  }, 120_000);

  it("have their graph made when who fills the index is done, not by who searches meanwhile", async () => {
    const own = openLink({ url: database.url });
    const other = openLink({ url: database.url });
    const filling = openPgStore(own, "filling", { comparedUpTo: 300 });
    const graph = (): number =>
      link.lists(
        "SELECT FROM pg_indexes i JOIN code_projects p ON indexname = 'code_graph_' || p.id WHERE name = 'filling'",
      ).length;
    filling.vectors.claimModel({ id: "made-up", dimensions });
    const lock = filling.lock("index");
    addVectors(filling, 0, 1_200, dimensions);
    const searching = openPgStore(other, "filling", { comparedUpTo: 300 });
    expect(await searching.vectors.nearest(madeUpVector(3, dimensions), 5)).toHaveLength(5);
    await filling.settled();
    await searching.settled();
    expect(graph()).toBe(0);
    lock.release();
    await filling.settled();
    expect(graph()).toBe(1);
    for (const one of [own, other]) one.close();
    link.run("SELECT code_drop_graph(id) FROM code_projects WHERE name = 'filling'");
  });

  it("drops the graph where a model with other vectors takes their place, and where few are left", async () => {
    const store = openPgStore(link, "large", { comparedUpTo });
    const next = { id: "short", dimensions: 8 };
    store.next.begin(next);
    store.next.put(ids, Float32Array.from(ids.flatMap((id) => [...madeUpVector(id, 8)])), next);
    store.next.take();
    expect(graphs()).toEqual([]);
    expect(await store.vectors.nearest(madeUpVector(3, 8), 5)).toHaveLength(5);
    // Whoever searches finds that it is due, and has it made.
    await expect.poll(() => graphs().length, { timeout: 60_000 }).toBe(1);
    store.files.remove(Array.from({ length: count - 50 }, (_, at) => `f${at}.txt`));
    expect(link.lists("SELECT code_vector_graph(1, 300)")).toEqual([[false]]);
    expect(graphs()).toEqual([]);
  });

  it.each([undefined, 4])(
    "finds nothing that its filter leaves out, where most chunks have no vector (compared: %s)",
    async (upTo) => {
      const store = openPgStore(link, `few ${upTo}`, { comparedUpTo: upTo });
      store.vectors.claimModel({ id: "made-up", dimensions });
      const own = addVectors(store, 0, 20, dimensions);
      const stamp = { sizeBytes: 1, mtimeMs: 1, readMs: 5000 };
      const chunk = (text: string) => ({ text, startLine: 1, endLine: 1, tokens: 2 });
      const chunks = Array.from({ length: 40 }, (_, at) => chunk(`without ${at}`));
      store.files.put([{ path: "many.txt", stamp, contentHash: "m", language: "text", chunks }]);
      const without = store.pending.page(0, 100).map(({ id }) => id);
      expect(without).toHaveLength(40);
      await store.settled();
      const left = own.slice(3);
      const allowed = Uint32Array.from([...left, ...without]).sort();
      const vector = madeUpVector(1, dimensions);
      const expected = left.slice().sort((a, b) => a - b);
      const found = [
        store.vectors.search(vector, 20, allowed),
        await store.vectors.nearest(vector, 20, allowed),
      ];
      for (const hits of found) {
        expect(hits.map(({ chunkId }) => chunkId).sort((a, b) => a - b)).toEqual(expected);
      }
    },
  );

  it("have their graph made by who searches, also where another was at it before and ended", async () => {
    const filling = openPgStore(link, "begun");
    filling.vectors.claimModel({ id: "made-up", dimensions: 8 });
    addVectors(filling, 0, 20, 8);
    const id = projectId(link, "begun") as number;
    const graph = (): number =>
      link.lists("SELECT FROM pg_indexes WHERE indexname = $1", [`code_graph_${id}`]).length;
    const [own, other] = [openLink({ url: database.url }), openLink({ url: database.url })];
    const turn = `hashtextextended(current_schema() || 'code_graph_${id}', 216)`;
    other.lists(`SELECT pg_advisory_lock(${turn})`);
    const searching = openPgStore(own, "begun", { comparedUpTo: 4 });
    const search = async (): Promise<void> =>
      expect(await searching.vectors.nearest(madeUpVector(3, 8), 5)).toHaveLength(5);
    await search();
    // It has looked.
    await own.later("SELECT 1");
    await searching.settled();
    expect(graph()).toBe(0);
    other.lists(`SELECT pg_advisory_unlock(${turn})`);
    const made = async (): Promise<number> => {
      await search();
      return graph();
    };
    await expect.poll(made, { timeout: 60_000, interval: 1 }).toBe(1);
    for (const one of [own, other]) one.close();
    link.run("SELECT code_drop_graph($1)", [id]);
  });

  describe("of a project that is removed", () => {
    const graphsOf = (id: number): unknown[][] =>
      link.lists("SELECT FROM pg_indexes WHERE indexname = $1", [`code_graph_${id}`]);

    function made(name: string): number {
      const store = openPgStore(link, name);
      store.vectors.claimModel({ id: "made-up", dimensions: 8 });
      addVectors(store, 0, 20, 8);
      return projectId(link, name) as number;
    }

    it("have no graph any more", () => {
      const id = made("removed");
      expect(link.lists("SELECT code_vector_graph($1, 4)", [id])).toEqual([[true]]);
      expect(graphsOf(id)).toHaveLength(1);
      expect(removeProject(link, "removed")).toBe(true);
      expect(graphsOf(id)).toEqual([]);
    });

    it("have none that was begun before", async () => {
      const id = made("removed meanwhile");
      const other = openLink({ url: database.url });
      const making = link.transaction(() => {
        link.run("DELETE FROM code_vectors WHERE project = $1", [id]);
        const asked = other.later("SELECT code_vector_graph($1, 4) AS made", [id]);
        const waits = `SELECT FROM pg_locks WHERE NOT granted AND mode = 'ShareLock'
          AND relation IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'code_vectors'::regclass)`;
        while (link.lists(waits).length === 0) link.run("SELECT pg_sleep(0.01)");
        return asked;
      });
      expect(await making).toEqual([{ made: false }]);
      expect(graphsOf(id)).toEqual([]);
      other.close();
    });
  });
});
