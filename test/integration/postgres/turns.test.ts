/** The queue of those who want to write, on a real server: in their order, and never in the way of who is not served. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PgLink } from "../../../src/storage/postgres/link/link.ts";
import { openLink } from "../../../src/storage/postgres/link/open.ts";
import { Turns } from "../../../src/storage/postgres/memories/turns.ts";
import { type TestDatabase, testDatabase, whyNoPostgres } from "../../helpers/postgres.ts";

describe.skipIf(whyNoPostgres !== undefined)("turns to write", () => {
  let database: TestDatabase;
  const links: PgLink[] = [];

  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(async () => {
    for (const link of links) link.close();
    await database.close();
  });

  function client(url = database.url): { turns: Turns; link: PgLink } {
    const link = openLink({ url });
    links.push(link);
    return { link, turns: new Turns(link) };
  }

  /** Resolves when so many have the turn, and so many wait for it. */
  async function queueIs(having: number, waiting: number): Promise<void> {
    for (;;) {
      const [now] = await database.ask<{ having: string; waiting: string }>(
        `SELECT count(*) FILTER (WHERE granted) AS having, count(*) FILTER (WHERE NOT granted) AS waiting FROM pg_locks
         WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      );
      if (Number(now?.having) === having && Number(now?.waiting) === waiting) return;
    }
  }

  it("are given in the order in which they were asked for, and who had one stands behind all others", async () => {
    const [a, b, c] = [client().turns, client().turns, client().turns];
    const order: string[] = [];
    const join = (name: string, turns: Turns): Promise<void> =>
      turns.wait().then(() => void order.push(name));
    await join("a", a);
    await queueIs(1, 0);
    expect(a.has).toBe(true);
    const second = join("b", b);
    await queueIs(1, 1);
    const third = join("c", c);
    await queueIs(1, 2);
    a.pass();
    await second;
    await queueIs(1, 1);
    const again = join("a again", a);
    await queueIs(1, 2);
    b.pass();
    await third;
    c.pass();
    await again;
    expect(order).toEqual(["a", "b", "c", "a again"]);
    expect([a.has, b.has, c.has]).toEqual([true, false, false]);
    a.pass();
    await queueIs(0, 0);
  });

  it("are one for several writes of a client", async () => {
    const { turns } = client();
    await Promise.all([turns.wait(), turns.wait(), turns.wait()]);
    await queueIs(1, 0);
    expect(turns.has).toBe(true);
    turns.pass();
    await queueIs(0, 0);
    // There is none to be given back.
    turns.pass();
    expect(turns.has).toBe(false);
  });

  it("go to the next when a client goes away with one", async () => {
    const [first, second] = [client(), client()];
    await first.turns.wait();
    const waiting = second.turns.wait();
    await queueIs(1, 1);
    first.link.close();
    await waiting;
    expect(second.turns.has).toBe(true);
    second.turns.pass();
    await queueIs(0, 0);
  });

  it("hold up nobody where no server gives them: the write tries without one", async () => {
    const { turns } = client("postgres://postgres@127.0.0.1:1/nothing");
    turns.noteBusy();
    expect(turns.areMany).toBe(true);
    expect(turns.refusal()).toMatchObject({ code: "HAYPILE_DB_BUSY" });
    await turns.wait();
    expect([turns.has, turns.areMany]).toEqual([false, false]);
    // It found others nevertheless, and joins the queue again.
    turns.noteBusy();
    turns.tried();
    expect(turns.areMany).toBe(true);
  });
});
