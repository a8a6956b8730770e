/*
 * What a team's store says and does when its server or the way there is not as it should be: the code, what came and what to
 * do, never a password, and that it goes on by itself where it can.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { HaypileError } from "../../../src/base/errors.ts";
import { MemoryService } from "../../../src/memories/service.ts";
import type { LinkOptions } from "../../../src/storage/postgres/link/link.ts";
import { HashEmbedder } from "../../helpers/hash-embedder.ts";
import { FaultProxy } from "../../helpers/postgres/fault-proxy.ts";
import { programsWithoutVector } from "../../helpers/postgres/programs.ts";
import {
  databaseOn,
  freePort,
  type PostgresServer,
  type TestDatabase,
  testDatabase,
  testReplica,
  testServer,
  whyNoPostgres,
} from "../../helpers/postgres.ts";
import { openPostgresMemories } from "../../helpers/stores/open-postgres.ts";

const toEnd: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of toEnd.splice(0).reverse()) await end();
});

/** A client that waits for its server as long as it is said. */
function client(options: LinkOptions, waitMs = 60_000): MemoryService {
  const store = openPostgresMemories({ connectMs: 2_000, ...options }, waitMs);
  const service = new MemoryService({
    store,
    embedder: new HashEmbedder(),
    isScheduled: () => true,
  });
  toEnd.push(() => service.close());
  return service;
}

async function errorOf(work: () => unknown): Promise<HaypileError> {
  try {
    await work();
  } catch (error) {
    if (HaypileError.isInstance(error)) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

/** What every message of these is. */
function expectWellSaid(error: HaypileError): void {
  expect(error.message).not.toMatch(/sesame|\n\s+at /u);
  expect(error.message.length).toBeGreaterThan(40);
}

describe.skipIf(whyNoPostgres !== undefined)("a server of a team's store", () => {
  let database: TestDatabase;
  /** One that may be killed. */
  let mortal: PostgresServer;
  beforeAll(async () => {
    database = await testDatabase();
    mortal = await testServer();
  });
  afterAll(async () => {
    await mortal?.close();
    await database?.close();
  });

  it("that is away at the start is named, and found when it comes", async () => {
    const port = await freePort();
    const url = `postgres://postgres:sesame@127.0.0.1:${port}/postgres`;
    const error = await errorOf(() => client({ url }, 0));
    expect(error.code).toBe("HAYPILE_STORE_AWAY");
    expect(error.message).toContain(`127.0.0.1:${port}`);
    expectWellSaid(error);
    const server = await testServer({ port });
    toEnd.push(() => server.close());
    const memories = client({ url });
    await memories.remember("It came later.");
    expect((await memories.recall("came later")).hits).toHaveLength(1);
  });

  it("that goes in the middle is waited for, and nothing is lost or doubled", async () => {
    const server = mortal;
    const own = await databaseOn(server);
    const memories = client({ url: own.url });
    await memories.remember("Before it went.");
    await server.stop("immediate");
    const waiting = [
      memories.remember("While it was away."),
      memories.rememberMany([{ text: "And this." }, { text: "And that." }]),
    ];
    const asked = memories.recall("before it went", { minScore: 0 });
    await server.start();
    await Promise.all(waiting);
    expect((await asked).hits.map(({ memory }) => memory.text)).toContain("Before it went.");
    const { memories: all } = await memories.list();
    expect(all.map(({ text }) => text).sort()).toEqual([
      "And that.",
      "And this.",
      "Before it went.",
      "While it was away.",
    ]);
  });

  it("that stays away is given up after the wait, and asked again by the next call", async () => {
    const server = mortal;
    const own = await databaseOn(server);
    const memories = client({ url: own.url }, 400);
    await memories.remember("Kept.");
    await server.stop("immediate");
    for (let round = 0; round < 3; round += 1) {
      const error = await errorOf(() => memories.remember(`Not kept ${round}.`));
      expect(error.code).toBe("HAYPILE_STORE_AWAY");
      expectWellSaid(error);
    }
    expect((await errorOf(() => memories.recall("kept"))).code).toBe("HAYPILE_STORE_AWAY");
    await server.start();
    await vi.waitFor(() => memories.remember("Kept too."), { timeout: 60_000, interval: 50 });
    const { memories: all } = await memories.list();
    expect(all.map(({ text }) => text).sort()).toEqual(["Kept too.", "Kept."]);
  });

  it("that breaks off around a commit writes once, whether it arrived or not", async () => {
    const proxy = await FaultProxy.before(database.url);
    toEnd.push(() => proxy.close());
    const memories = client({ url: proxy.through(database.url) });
    for (const [round, when] of (["before", "after", "before", "after"] as const).entries()) {
      await memories.settled();
      await proxy.cutAt("COMMIT", when);
      const { status } = await memories.remember(`Broken off ${when} the commit, ${round}.`);
      expect(status).toBe("stored");
    }
    expect((await proxy.seen()).cuts).toBe(4);
    const { memories: all } = await memories.list({ text: "broken" });
    expect(all).toHaveLength(4);
  });

  it("that answers nobody is found out, and found again", async () => {
    const proxy = await FaultProxy.before(database.url);
    toEnd.push(() => proxy.close());
    const memories = client({ url: proxy.through(database.url), limitMs: 1_000, connectMs: 1_000 });
    await memories.remember("Said before the silence.");
    await memories.settled();
    await proxy.stall();
    const silent = memories.remember("Said in the silence.");
    silent.catch(() => undefined);
    await new Promise((done) => setTimeout(done, 200));
    await proxy.pass();
    await vi.waitFor(() => memories.remember("Said after the silence."), { timeout: 60_000 });
    const said = await silent.then(
      () => true,
      (error: HaypileError) => {
        expect(error.code).toBe("HAYPILE_STORE_AWAY");
        return false;
      },
    );
    const { memories: all } = await memories.list({ text: "silence" });
    expect(all.filter(({ text }) => text.includes("in the silence"))).toHaveLength(said ? 1 : 0);
  });

  it("behind a network that loses every tenth packet answers as ever", async () => {
    const proxy = await FaultProxy.before(database.url);
    toEnd.push(() => proxy.close());
    await proxy.lossy(10, 50);
    const memories = client({ url: proxy.through(database.url) });
    for (let round = 0; round < 10; round += 1) {
      await memories.remember(`Lossy round ${round}.`, { namespace: "lossy" });
      const { hits } = await memories.recall(`lossy round ${round}`, { namespace: "lossy", k: 20 });
      expect(hits.map(({ memory }) => memory.text)).toContain(`Lossy round ${round}.`);
    }
    expect((await proxy.seen()).delayed).toBeGreaterThan(5);
  });

  it("that refuses ten thousand times is not asked as often, and is there at once when it comes", async () => {
    const proxy = await FaultProxy.before(database.url);
    toEnd.push(() => proxy.close());
    const memories = client({ url: proxy.through(database.url) }, 0);
    await memories.remember("Before ten thousand refusals.");
    await memories.settled();
    await proxy.refuse();
    const before = process.memoryUsage().rss;
    let refused = 0;
    for (let round = 0; round < 10_000; round += 1) {
      const error = await errorOf(() => memories.get("nobody"));
      if (error.code === "HAYPILE_STORE_AWAY") refused += 1;
    }
    expect(refused).toBe(10_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
    await proxy.pass();
    await vi.waitFor(() => memories.remember("After them."), { timeout: 60_000, interval: 20 });
    expect((await proxy.seen()).connections).toBeLessThan(1_000);
  });

  it("that has no connection left says so", async () => {
    await client({ url: database.url }).remember("We were early.");
    await database.ask("CREATE ROLE late LOGIN CONNECTION LIMIT 0");
    toEnd.push(() => database.ask("DROP ROLE late"));
    const error = await errorOf(() => client({ url: database.urlAs("late") }, 0));
    expect(error.code).toBe("HAYPILE_STORE_AWAY");
    expect(error.message).toContain("no connection left");
    expectWellSaid(error);
  });

  it("that is a replica takes no writes", async () => {
    const server = mortal;
    const own = await databaseOn(server);
    await client({ url: own.url }).remember("On the primary.");
    const replica = await testReplica(server);
    toEnd.push(() => replica.close());
    const told = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    toEnd.push(() => told.mockRestore());
    const error = await errorOf(async () => {
      const memories = client({ url: replica.url(new URL(own.url).pathname.slice(1)) }, 0);
      expect((await memories.recall("primary")).hits).toHaveLength(1);
      await memories.settled();
      await errorOf(() => memories.collect());
      await memories.settled();
      await memories.remember("On the replica.");
    });
    const warnings = told.mock.calls
      .map(([line]) => String(line))
      .filter((line) => /warn/u.test(line));
    expect(warnings).toEqual([expect.stringContaining("memories are only read here")]);
    expect(error.code).toBe("HAYPILE_STORE_REFUSED");
    expect(error.message).toContain("replica");
    expectWellSaid(error);
  });

  it("that does not let us in says why", async () => {
    await database.ask("CREATE ROLE pw_ada LOGIN PASSWORD 'right'");
    toEnd.push(() => database.ask("DROP ROLE pw_ada"));
    const url = database.urlAs("pw_ada");
    for (const options of [
      { url, password: "open sesame" },
      { url },
      { url: database.urlAs("nobody_of_this_name"), password: "sesame" },
      { url: database.url.replace(/\/t_\w+$/u, "/no_such_database"), password: "sesame" },
    ]) {
      const error = await errorOf(() => client(options, 0));
      expect(error.code, error.message).toBe("HAYPILE_STORE_REFUSED");
      expectWellSaid(error);
    }
  });

  it("without pgvector, or with an old one, says what to install", async () => {
    const bare = programsWithoutVector();
    toEnd.push(() => bare.remove());
    const server = await testServer({ programs: bare.programs });
    toEnd.push(() => server.close());
    const without = await databaseOn(server, { vector: false });
    const missing = await errorOf(() => client({ url: without.url }, 0));
    expect(missing.code).toBe("HAYPILE_STORE_REFUSED");
    expect(missing.message).toContain("pgvector");
    expectWellSaid(missing);

    const old = await testDatabase();
    toEnd.push(() => old.close());
    await old.ask("UPDATE pg_extension SET extversion = '0.5.1' WHERE extname = 'vector'");
    const error = await errorOf(() => client({ url: old.url }, 0));
    expect(error.code).toBe("HAYPILE_STORE_REFUSED");
    expect(error.message).toContain("0.5.1");
    expectWellSaid(error);
  });

  it("with tables of the future is not touched", async () => {
    const own = await testDatabase();
    toEnd.push(() => own.close());
    await client({ url: own.url }).remember("Of today.");
    await own.ask(
      "INSERT INTO haypile.schema_versions(version, haypile) SELECT max(version) + 1, '9.9.9' FROM haypile.schema_versions",
    );
    const error = await errorOf(() => client({ url: own.url }, 0));
    expect(error.code).toBe("HAYPILE_DB_NEWER");
    expect(error.message).toContain("9.9.9");
    expectWellSaid(error);
  });

  it("serves clients whose clocks are years apart", async () => {
    const own = await testDatabase();
    toEnd.push(() => own.close());
    const early = client({ url: own.url });
    const late = client({ url: own.url });
    vi.useFakeTimers({ toFake: ["Date"] });
    toEnd.push(() => vi.useRealTimers());
    const at = async <T>(year: number, work: () => Promise<T>): Promise<T> => {
      vi.setSystemTime(Date.UTC(year, 5, 1));
      return await work();
    };
    const one = await at(2019, () => early.remember("Written where it is 2019."));
    const other = await at(2031, () => late.remember("Written where it is 2031."));
    await at(2019, () => early.settled());
    await at(2031, () => late.settled());
    for (const [year, from] of [
      [2019, early],
      [2031, late],
    ] as const) {
      await at(year, async () => {
        const found = await from.recall("written where it is", { minScore: 0 });
        expect(found.hits.map(({ memory }) => memory.id)).toContain(one.id);
        expect((await from.get(other.id))?.text).toBe("Written where it is 2031.");
        expect(found.withoutVector).toBe(0);
      });
    }
    await at(2031, () => late.forget(one.id));
    expect(await at(2019, () => early.get(one.id))).toBeUndefined();
    await at(2019, () => early.undelete(one.id));
    expect((await at(2031, () => late.get(one.id)))?.id).toBe(one.id);
  });

  it.skipIf(process.getuid?.() !== 0)(
    "whose disk is full keeps what it has, and takes more when there is room",
    async () => {
      const server = await testServer({ smallDiskBytes: 40_000_000 });
      toEnd.push(() => server.close());
      await server.ask(`CREATE TABLESPACE small LOCATION '${server.smallDisk}'`);
      await server.ask("CREATE DATABASE tiny TABLESPACE small");
      await server.ask("CREATE EXTENSION vector", "tiny");
      const memories = client({ url: server.url("tiny") });
      const { id } = await memories.remember("There was room.");
      await memories.settled();
      const fill =
        "INSERT INTO public.ballast SELECT repeat(md5(i::text), 60) FROM generate_series(1, 2000) i";
      await server.ask("CREATE TABLE public.ballast (a text)", "tiny");
      for (let full = false; !full; )
        full = await server.ask(fill, "tiny").then(
          () => false,
          () => true,
        );
      for (let small = 0; small < 200; small += 1) {
        const one = "INSERT INTO public.ballast VALUES (repeat('x', 1500))";
        if (
          await server.ask(one, "tiny").then(
            () => false,
            () => true,
          )
        )
          break;
      }
      const text = `${"It is too long for what is left. ".repeat(3_000)}`;
      const error = await errorOf(() => memories.remember(text));
      expect(error.code).toBe("HAYPILE_DISK_FULL");
      expectWellSaid(error);
      expect((await memories.get(id))?.text).toBe("There was room.");
      await server.ask("DROP TABLE public.ballast", "tiny");
      await memories.remember(text);
      expect((await memories.list()).total).toBe(2);
    },
  );
});
