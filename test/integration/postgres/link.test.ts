import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ErrorCode, HaypileError } from "../../../src/base/errors.ts";
import type { LinkOptions, PgLink } from "../../../src/storage/postgres/link/link.ts";
import { openLink } from "../../../src/storage/postgres/link/open.ts";
import { FaultProxy } from "../../helpers/postgres/fault-proxy.ts";
import {
  databaseOn,
  type PostgresServer,
  type TestDatabase,
  testDatabase,
  testReplica,
  testServer,
  whyNoPostgres,
} from "../../helpers/postgres.ts";

const links: PgLink[] = [];

function linkTo(url: string, options: Partial<LinkOptions> = {}): PgLink {
  const link = openLink({ url, ...options });
  links.push(link);
  return link;
}

function errorOf(work: () => unknown): HaypileError {
  try {
    work();
  } catch (error) {
    return error as HaypileError;
  }
  throw new Error("nothing was thrown");
}

function codeOf(work: () => unknown): ErrorCode {
  return errorOf(work).code;
}

async function laterCodeOf(work: Promise<unknown>): Promise<ErrorCode> {
  return await work.then(
    () => Promise.reject(new Error("nothing was thrown")),
    (error: HaypileError) => error.code,
  );
}

describe.skipIf(whyNoPostgres !== undefined)("a link to PostgreSQL", () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await testDatabase();
    await database.ask("CREATE SCHEMA haypile; CREATE TABLE haypile.t(id int PRIMARY KEY, x text)");
  });

  afterAll(async () => {
    for (const link of links) link.close();
    await database.close();
  });

  it("gives values as they are meant", () => {
    const link = linkTo(database.url);
    const [row] = link.rows(
      `SELECT $1::int8 AS number, $2::bytea AS bytes, $3::text AS text, $4::int8[] AS numbers,
         $5::text[] AS texts, $6::boolean AS yes, $7::text AS none, '{"a": [1]}'::jsonb AS json, 0.1::float8 AS part`,
      [2 ** 52, Uint8Array.of(0, 255), "ü 'quoted'", [1, 2 ** 40], ['a"b', ""], true, null],
    );
    expect(row).toEqual({
      number: 2 ** 52,
      bytes: Uint8Array.of(0, 255),
      text: "ü 'quoted'",
      numbers: [1, 2 ** 40],
      texts: ['a"b', ""],
      yes: true,
      none: null,
      json: { a: [1] },
      part: 0.1,
    });
    expect(link.lists("SELECT 1, 'x'")).toEqual([[1, "x"]]);
    expect(link.run("SELECT generate_series(1, 3)")).toBe(3);
    expect(link.name).toMatch(/^postgres:\/\/postgres@127\.0\.0\.1:\d+\/t_[0-9a-f]+$/);
    expect(() => link.rows("SELECT 9007199254740993::int8")).toThrow(/beyond 2\^53/);
  });

  it("writes all of a transaction, or nothing, and takes back the inner one alone", () => {
    const link = linkTo(database.url);
    const count = (): unknown => link.lists("SELECT count(*) FROM t")[0]?.[0];
    expect(() =>
      link.transaction(() => {
        link.send("INSERT INTO t VALUES (1, 'a')");
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(count()).toBe(0);
    const answer = link.transaction(() => {
      link.send("INSERT INTO t VALUES (1, 'a')");
      try {
        link.transaction(() => {
          link.send("INSERT INTO t VALUES (2, 'b')");
          throw new Error("inner");
        });
      } catch {
        // Goes on without it.
      }
      expect(link.inTransaction).toBe(true);
      return "done";
    });
    expect(answer).toBe("done");
    expect(count()).toBe(1);
    // What was sent and failed is told by the next statement, or by the commit.
    const twice = (): void => link.send("INSERT INTO t VALUES (1, 'again')");
    expect(errorOf(() => link.transaction(twice)).message).toMatch(/duplicate key/);
    const thenCount = (): unknown => {
      twice();
      return count();
    };
    expect(errorOf(() => link.transaction(thenCount)).message).toMatch(/duplicate/);
    expect(count()).toBe(1);
    expect(() => link.send("SELECT 1")).toThrow(/outside of a transaction/);
  });

  it("asks later without standing still, and stops when it is told to", async () => {
    const link = linkTo(database.url);
    expect(await link.later("SELECT $1::int AS one", [1])).toEqual([{ one: 1 }]);
    const stop = new AbortController();
    const slow = link.later("SELECT pg_sleep(30)", [], { signal: stop.signal });
    expect(link.lists("SELECT 2")).toEqual([[2]]);
    stop.abort();
    expect(await laterCodeOf(slow)).toBe("HAYPILE_ABORTED");
    // Its connection is free again: the server was told as well.
    expect(await link.later("SELECT 3 AS three")).toEqual([{ three: 3 }]);
  });

  it("ends what takes longer than its limit, and goes on with the usual one", async () => {
    const link = linkTo(database.url, { limitMs: 20_000 });
    const late = errorOf(() => link.rows("SELECT pg_sleep(30)", [], { limitMs: 50 }));
    expect(late.code).toBe("HAYPILE_STORE_AWAY");
    expect(late.message).toMatch(/in the time there was/);
    expect(link.lists("SHOW statement_timeout")).toEqual([["20s"]]);
    expect(await laterCodeOf(link.later("SELECT pg_sleep(30)", [], { limitMs: 50 }))).toBe(
      "HAYPILE_STORE_AWAY",
    );
    const inside = (): unknown =>
      link.transaction(() => link.rows("SELECT pg_sleep(30)", [], { limitMs: 50 }));
    expect(codeOf(inside)).toBe("HAYPILE_STORE_AWAY");
    expect(link.lists("SHOW statement_timeout")).toEqual([["20s"]]);
  });

  it("has sessions whose locks are given back at their end, and which go on nowhere else where they broke", async () => {
    const link = linkTo(database.url);
    const locks = `SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711`;
    const held = async (): Promise<unknown> => (await link.later(locks))[0]?.n;
    const lock = "SELECT pg_try_advisory_lock(4711) AS got, pg_backend_pid() AS pid";
    const first = link.session();
    const [got] = await first.later<{ got: boolean; pid: number }>(lock);
    expect([got?.got, await held()]).toEqual([true, 1]);
    const second = link.session();
    expect(await second.later(lock)).toMatchObject([{ got: false }]);
    await first.end();
    expect(await second.later(lock)).toMatchObject([{ got: true }]);
    // In the middle of a statement that is given up.
    const stop = new AbortController();
    const slow = second.later("SELECT pg_sleep(60)", [], { signal: stop.signal });
    await link.later("SELECT 1");
    stop.abort();
    expect(await laterCodeOf(slow)).toBe("HAYPILE_ABORTED");
    await second.end();
    expect(await held()).toBe(0);
    // In the middle of one that nobody gave up.
    const third = link.session();
    await third.later(lock);
    const left = laterCodeOf(third.later("SELECT pg_sleep(60)"));
    await link.later("SELECT 1");
    await third.end();
    await left;
    expect(await held()).toBe(0);
    await expect(third.later("SELECT 1")).rejects.toThrow(/after its end/);
    const fourth = link.session();
    const [at] = await fourth.later<{ pid: number }>(lock);
    await link.later("SELECT pg_terminate_backend($1, 5000)", [at?.pid ?? 0]);
    for (const _ of [1, 2]) {
      expect(await laterCodeOf(fourth.later("SELECT 1"))).toBe("HAYPILE_STORE_AWAY");
    }
    expect(await held()).toBe(0);
    await fourth.end();
    // One that was asked nothing.
    await link.session().end();
    // With the link, in the middle of what takes long.
    const fifth = link.session();
    await fifth.later(lock);
    const cut = laterCodeOf(fifth.later("SELECT pg_sleep(600)"));
    const other = linkTo(database.url);
    expect((await other.later(locks))[0]?.n).toBe(1);
    link.close();
    expect(await cut).toBe("HAYPILE_CLOSED");
    await fifth.end();
    while ((await other.later(locks))[0]?.n !== 0) await other.later("SELECT pg_sleep(0.1)");
  });

  it("hears what others tell, and of each new connection", async () => {
    const link = linkTo(database.url);
    const heard: string[] = [];
    const all = new Promise<void>((done) => {
      const stop = link.onNotify("news", (payload) => {
        heard.push(payload);
        if (payload !== "7") return;
        stop();
        done();
      });
    });
    link.rows("SELECT 1");
    await database.ask("NOTIFY news, '7'");
    await all;
    expect(heard.at(-1)).toBe("7");
  });

  it("says what is wrong with where it is to go", async () => {
    const { url } = database;
    const of = (to: string): HaypileError => errorOf(() => linkTo(to).rows("SELECT 1"));
    const none = new URL(url);
    none.pathname = "/not_there";
    expect(of(none.href)).toMatchObject({ code: "HAYPILE_STORE_REFUSED" });
    expect(of(none.href).message).toMatch(/no such database/);
    await database.ask("CREATE ROLE pw_link LOGIN PASSWORD 'right one'");
    const wrong = new URL(database.urlAs("pw_link"));
    wrong.password = "wrong-one";
    const refused = of(wrong.href);
    expect(refused.code).toBe("HAYPILE_STORE_REFUSED");
    expect(refused.message + JSON.stringify(refused.data)).not.toContain("wrong-one");
    const right = linkTo(database.urlAs("pw_link"), { password: "right one" });
    expect(right.lists("SELECT current_user")).toEqual([["pw_link"]]);
    expect(codeOf(() => right.rows("SELECT * FROM haypile.t"))).toBe("HAYPILE_STORE_RIGHTS");
    expect(of("postgres://x@127.0.0.1:1/none")).toMatchObject({ code: "HAYPILE_STORE_AWAY" });
    const tls = of(`${url}?sslmode=require`);
    expect(tls.code).toBe("HAYPILE_STORE_REFUSED");
    expect(tls.message).toMatch(/TLS/);
    await database.ask("DROP OWNED BY pw_link; DROP ROLE pw_link").catch(() => undefined);
  });

  it("never runs the rest of a transaction on another connection", async () => {
    const proxy = await FaultProxy.before(database.url);
    try {
      const link = linkTo(proxy.through(database.url));
      link.rows("SELECT 1");
      const half = errorOf(() =>
        link.transaction(() => {
          link.run("INSERT INTO t VALUES (100, 'half')");
          link.run("SELECT pg_terminate_backend(pg_backend_pid())");
        }),
      );
      expect(half.code).toBe("HAYPILE_STORE_AWAY");
      await link.untilUp(60_000);
      const rest = errorOf(() =>
        link.transaction(() => {
          try {
            link.run("SELECT pg_terminate_backend(pg_backend_pid())");
          } catch {
            // A caller that goes on all the same.
          }
          link.run("INSERT INTO t VALUES (101, 'rest')");
        }),
      );
      expect(rest.code).toBe("HAYPILE_STORE_AWAY");
      await link.untilUp(60_000);
      expect(link.lists("SELECT id FROM t WHERE id >= 100")).toEqual([]);
    } finally {
      await proxy.close();
    }
  });

  it("says of a commit whose connection broke that it may have happened", async () => {
    const proxy = await FaultProxy.before(database.url);
    try {
      const link = linkTo(proxy.through(database.url));
      for (const [id, when] of [
        [200, "before"],
        [201, "after"],
      ] as const) {
        await link.untilUp(60_000);
        await proxy.cutAt("COMMIT", when);
        const write = (): unknown =>
          link.transaction(() => link.run(`INSERT INTO t VALUES (${id}, 'x')`));
        expect(errorOf(write).data.isInDoubt).toBe(true);
        await proxy.pass();
      }
      await link.untilUp(60_000);
      expect(link.lists("SELECT id FROM t WHERE id >= 200")).toEqual([[201]]);
    } finally {
      await proxy.close();
    }
  });

  it("waits for a server that is away, and is refused at once meanwhile", async () => {
    const proxy = await FaultProxy.before(database.url);
    try {
      const link = linkTo(proxy.through(database.url));
      link.rows("SELECT 1");
      await proxy.refuse();
      expect(codeOf(() => link.rows("SELECT 1"))).toBe("HAYPILE_STORE_AWAY");
      expect(link.isUp).toBe(false);
      expect(await laterCodeOf(link.untilUp(50))).toBe("HAYPILE_STORE_AWAY");
      const stop = new AbortController();
      const waiting = link.untilUp(60_000, stop.signal);
      stop.abort();
      expect(await laterCodeOf(waiting)).toBe("HAYPILE_ABORTED");
      const back = link.untilUp(60_000);
      await proxy.pass();
      await back;
      expect(link.lists("SELECT 1")).toEqual([[1]]);
    } finally {
      await proxy.close();
    }
  });

  it("finds out a server that stands still, long before the limit", async () => {
    const proxy = await FaultProxy.before(database.url);
    try {
      const link = linkTo(proxy.through(database.url), { limitMs: 600_000 });
      link.rows("SELECT 1");
      await proxy.stall();
      const still = errorOf(() => link.rows("SELECT 1"));
      expect(still).toMatchObject({ code: "HAYPILE_STORE_AWAY" });
    } finally {
      await proxy.close();
    }
  });

  it("leaves a statement alone on a server that has no connection left for a look", async () => {
    const user = `few_${database.url.split("_").at(-1)}`;
    await database.ask(`CREATE ROLE ${user} LOGIN CONNECTION LIMIT 1`);
    const link = linkTo(database.urlAs(user), { limitMs: 600_000 });
    // Longer than until it is looked whether the server answers.
    expect(link.lists("SELECT 1 FROM pg_sleep(4)")).toEqual([[1]]);
    link.close();
  });

  it("gives up connecting where the login is answered and nothing after it", async () => {
    const letIn = Buffer.from("520000000800000000" + "5a0000000549", "hex");
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => socket.write(letIn));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const link = linkTo(`postgres://me@127.0.0.1:${port}/x`, { connectMs: 500 });
    expect(await laterCodeOf(link.later("SELECT 1"))).toBe("HAYPILE_STORE_AWAY");
    link.close();
    server.close();
  });

  it("asks no function of others before it has a search path", async () => {
    const other = await testDatabase();
    await other.ask(`CREATE FUNCTION public.quote_ident(name) RETURNS text LANGUAGE sql AS $$ SELECT 'theirs' $$;
      CREATE FUNCTION public.concat_ws(text, text, text) RETURNS text LANGUAGE sql AS $$ SELECT 'theirs' $$`);
    const link = linkTo(other.url);
    expect(link.lists("SHOW search_path")).toEqual([["haypile, public"]]);
    link.close();
    await other.close();
  });

  it("asks nobody what was given up while it was looked whether the replica is fresh", async () => {
    const silent = createServer((socket) => {
      socket.on("error", () => undefined);
    }).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const replica = { url: `postgres://me@127.0.0.1:${port}/x`, stalenessMs: 60_000 };
    const link = linkTo(database.url, { replica, connectMs: 2_000 });
    const stop = new AbortController();
    const on = "replica" as const;
    const given = link.later("INSERT INTO t VALUES (900)", [], { on, signal: stop.signal });
    stop.abort();
    expect(await laterCodeOf(given)).toBe("HAYPILE_ABORTED");
    await link.later("SELECT 1", [], { on });
    expect(await link.later("SELECT id FROM t WHERE id = 900")).toEqual([]);
    link.close();
    silent.close();
  });

  it("ends what waits when it is closed, and refuses calls then", async () => {
    const link = linkTo(database.url);
    link.rows("SELECT 1");
    const waiting = laterCodeOf(link.later("SELECT pg_sleep(30)"));
    link.close();
    link.close();
    expect(await waiting).toBe("HAYPILE_CLOSED");
    expect(codeOf(() => link.rows("SELECT 1"))).toBe("HAYPILE_CLOSED");
    expect(await laterCodeOf(link.later("SELECT 1"))).toBe("HAYPILE_CLOSED");
  });
});

describe.skipIf(whyNoPostgres !== undefined)("a replica behind a link", () => {
  let primary: PostgresServer;
  let replica: PostgresServer;
  let database: TestDatabase;

  beforeAll(async () => {
    primary = await testServer();
    database = await databaseOn(primary);
    await database.ask("CREATE SCHEMA haypile; CREATE TABLE haypile.t(id int)");
    replica = await testReplica(primary);
  });

  afterAll(async () => {
    for (const link of links) link.close();
    await replica?.close();
    await primary?.close();
  });

  it("is not asked where it is of another cluster, whatever it has replayed", async () => {
    const elsewhere = await testServer();
    const there = await databaseOn(elsewhere);
    await there.ask("CREATE SCHEMA haypile; CREATE TABLE haypile.t(id int)");
    // Of a cluster that has written less: by its log alone the replica would be ahead of it.
    await database.ask("SELECT pg_switch_wal(); INSERT INTO haypile.t VALUES (0), (0)");
    const url = new URL(database.url);
    url.port = String(replica.port);
    const link = linkTo(there.url, { replica: { url: url.href, stalenessMs: 60_000 } });
    for (let at = 0; at < 20; at += 1) {
      const asked = "SELECT pg_is_in_recovery() AS replica";
      expect(await link.later(asked, [], { on: "replica" })).toEqual([{ replica: false }]);
    }
    link.close();
    await database.ask("DELETE FROM haypile.t");
    await elsewhere.close();
  });

  it("is asked while it is fresh, never before it has what was written here, and not when it stands still", async () => {
    const url = new URL(database.url);
    url.port = String(replica.port);
    const link = linkTo(database.url, { replica: { url: url.href, stalenessMs: 60_000 } });
    const where = async (): Promise<{ replica: boolean; rows: number }> =>
      (
        await link.later<{ replica: boolean; rows: number }>(
          "SELECT pg_is_in_recovery() AS replica, count(*)::int AS rows FROM t",
          [],
          { on: "replica" },
        )
      )[0] as { replica: boolean; rows: number };
    let seen = await where();
    while (!seen.replica) seen = await where();
    await askReplica(replica, "SELECT pg_wal_replay_pause()");
    link.transaction(() => link.run("INSERT INTO t VALUES (1)"));
    expect(await where()).toEqual({ replica: false, rows: 1 });
    await askReplica(replica, "SELECT pg_wal_replay_resume()");
    seen = await where();
    while (!seen.replica) seen = await where();
    expect(seen.rows).toBe(1);
    await replica.stop("immediate");
    expect(await where()).toEqual({ replica: false, rows: 1 });
  });
});

async function askReplica(replica: PostgresServer, text: string): Promise<void> {
  const { default: pg } = await import("pg");
  const client = new pg.Client(`postgres://postgres@127.0.0.1:${replica.port}/postgres`);
  await client.connect();
  await client.query(text);
  await client.end();
}

it("tells no password, though a server that was shown it says it again", async () => {
  const password = "marzipan-in-the-clear";
  const message = (type: string, body: Buffer): Buffer => {
    const head = Buffer.alloc(5);
    head.write(type);
    head.writeInt32BE(body.length + 4, 1);
    return Buffer.concat([head, body]);
  };
  const wantsPassword = message("R", Buffer.from([0, 0, 0, 3]));
  const refusal = message("E", Buffer.from(`SFATAL\0C28P01\0Mno entry with ${password}\0\0`));
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => {
      socket.write(wantsPassword);
      socket.once("data", () => socket.end(refusal));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const link = openLink({ url: `postgres://me@127.0.0.1:${port}/x`, password });
  try {
    const error = (await link.later("SELECT 1").catch((met: unknown) => met)) as HaypileError;
    expect(error).toMatchObject({ code: "HAYPILE_STORE_REFUSED" });
    expect(error.message).toContain("no entry with ***");
    expect(JSON.stringify([error.message, error.data])).not.toContain(password);
  } finally {
    link.close();
    server.close();
  }
});
