/*
 * What happens to memories when their server, or the way to it, breaks: what was acknowledged is there, once, and whoever
 * asked gets an answer when the server is back.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { HaypileError } from "../../../src/base/errors.ts";
import { MemoryService } from "../../../src/memories/service.ts";
import { whenFree } from "../../../src/memories/writing/when-free.ts";
import type { PgLink } from "../../../src/storage/postgres/link/link.ts";
import { openLink } from "../../../src/storage/postgres/link/open.ts";
import {
  openPgMemoryStore,
  type PgMemoryStoreOptions,
} from "../../../src/storage/postgres/memories/store.ts";
import { memoryRow } from "../../helpers/memory-rows.ts";
import { FaultProxy } from "../../helpers/postgres/fault-proxy.ts";
import {
  databaseOn,
  type PostgresServer,
  type TestDatabase,
  testServer,
  whyNoPostgres,
} from "../../helpers/postgres.ts";

type Store = ReturnType<typeof openPgMemoryStore>;

describe.skipIf(whyNoPostgres !== undefined)("memories whose server breaks", () => {
  let server: PostgresServer;
  let database: TestDatabase;
  let proxy: FaultProxy;
  const links: PgLink[] = [];

  beforeAll(async () => {
    server = await testServer();
    database = await databaseOn(server);
    proxy = await FaultProxy.before(database.url);
  });
  afterAll(async () => {
    await proxy?.close();
    await server?.close();
  });
  afterEach(async () => {
    await proxy.pass();
    for (const link of links.splice(0)) link.close();
  });

  function opened(url: string, options: PgMemoryStoreOptions = {}): Store {
    const link = openLink({ url });
    links.push(link);
    return openPgMemoryStore(link, { waitMs: 60_000, ...options });
  }

  const keysOf = (store: Store, text: string): number => store.rows.versions(text).length;
  const remember = (store: Store, text: string): Promise<number> =>
    whenFree(() => store.write("remember", () => store.rows.insert(memoryRow(text))));

  it.each(["before", "after"] as const)(
    "writes once where the connection breaks just %s the server commits",
    async (when) => {
      const store = opened(proxy.through(database.url));
      const told: number[] = [];
      await remember(store, `first ${when}`);
      await proxy.cutAt("COMMIT", when);
      told.push(await remember(store, `in doubt ${when}`));
      told.push(await remember(store, `next ${when}`));
      expect(keysOf(store, `in doubt ${when}`)).toBe(1);
      const tokens = await database.ask("SELECT token FROM haypile.memory_tokens");
      expect(tokens.length).toBe(1);
      await database.ask("DELETE FROM haypile.memory_tokens");
      const rows = store.rows.get(told);
      expect(rows.map(({ text }) => text)).toEqual([`in doubt ${when}`, `next ${when}`]);
      store.close();
    },
  );

  it("exports all, each once, where the connection breaks between and inside of pages", async () => {
    const store = opened(proxy.through(database.url));
    const memories = new MemoryService({ store });
    const items = Array.from({ length: 120 }, (_, at) => ({
      text: `Exported number ${at}.`,
      namespace: "exported",
    }));
    await memories.rememberMany(items);
    const told = async (broken: (lines: number) => Promise<void>): Promise<string[]> => {
      const lines: string[] = [];
      for await (const line of memories.export({ namespace: "exported" })) {
        lines.push(line);
        await broken(lines.length);
      }
      return lines;
    };
    const whole = await told(async () => undefined);
    expect(whole.length).toBeGreaterThanOrEqual(120);
    const { cuts: before } = await proxy.seen();
    let pages = 0;
    const broken = await told(async (lines) => {
      if (lines % 32 !== 0) return;
      pages += 1;
      // Before the next page, and in its middle: statements are sent by their names.
      if (pages === 1) await proxy.cut();
      else await proxy.cutAt("memory-notes", "before", 10);
    });
    expect(broken).toEqual(whole);
    expect(pages).toBe(3);
    await proxy.cutAt("ended = 2", "before");
    expect(await memories.collect()).toEqual({ removed: [], erased: 0 });
    // Before the second page, in the next two, and at what is to be collected.
    expect((await proxy.seen()).cuts - before).toBe(4);
    await memories.close();
  });

  it("tells a caller who does not try again that it may have happened", async () => {
    const store = opened(proxy.through(database.url));
    await proxy.cutAt("COMMIT", "after");
    const write = (): number =>
      store.write("remember", () => store.rows.insert(memoryRow("told of the doubt")));
    let met: unknown;
    try {
      write();
    } catch (error) {
      met = error;
    }
    expect(HaypileError.isInstance(met) && met.code).toBe("HAYPILE_STORE_AWAY");
    expect(HaypileError.isInstance(met) && met.data.isInDoubt).toBe(true);
    await whenFree(() => store.rows.current("told of the doubt"));
    expect(keysOf(store, "told of the doubt")).toBe(1);
    store.close();
  });

  it("gives up where the server stays away, and says so", async () => {
    const store = opened(proxy.through(database.url), { waitMs: 300 });
    await proxy.refuse();
    await expect(remember(store, "never")).rejects.toMatchObject({ code: "HAYPILE_STORE_AWAY" });
    await expect(store.scope.prepare()).rejects.toMatchObject({ code: "HAYPILE_STORE_AWAY" });
    await proxy.pass();
    expect(await whenFree(() => store.rows.current("never"))).toBeUndefined();
    store.close();
  });

  it("loses nothing that was acknowledged, and shows no error, while the server is killed twice", async () => {
    const stores = [1, 2, 3].map(() => opened(database.url));
    const services = stores.map((store) => new MemoryService({ store }));
    const acknowledged: string[] = [];
    let isOver = false;
    const writers = services.map(async (service, at) => {
      for (let count = 0; !isOver; count += 1) {
        const { id } = await service.remember(`writer ${at} says ${count} of its own`, {
          onDuplicate: "keep",
        });
        acknowledged.push(id);
        const { hits } = await service.recall(`says ${count}`, { k: 3 });
        expect(hits.length).toBeGreaterThan(0);
      }
    });
    for (let kill = 0; kill < 2; kill += 1) {
      const from = acknowledged.length;
      while (acknowledged.length < from + 15) await new Promise((done) => setTimeout(done, 20));
      await server.stop("immediate");
      await server.start();
    }
    const from = acknowledged.length;
    while (acknowledged.length < from + 5) await new Promise((done) => setTimeout(done, 20));
    isOver = true;
    await Promise.all(writers);
    expect(new Set(acknowledged).size).toBe(acknowledged.length);
    const there = await database.ask<{ key: string }>(
      "SELECT key FROM haypile.memory_rows WHERE text LIKE 'writer %'",
    );
    expect(there.map(({ key }) => key).sort()).toEqual([...acknowledged].sort());
    for (const service of services) await service.close();
  });

  it("takes up what others write before somebody asks", async () => {
    const [one, other] = [opened(database.url), opened(database.url)] as [Store, Store];
    await remember(one, "the first of them");
    await other.scope.prepare();
    const before = other.residentRows;
    await remember(one, "told by the server");
    while (other.residentRows === before) await new Promise((done) => setTimeout(done, 20));
    expect(other.residentRows).toBe(before + 1);
    for (const store of [one, other]) store.close();
  });

  it("gives the right to make new vectors to one client, until it ends", async () => {
    const [one, other] = [opened(database.url), opened(database.url)] as [Store, Store];
    const held = one.vectorRight?.lock();
    expect(other.vectorRight?.owner()).toMatchObject({ pid: process.pid });
    for (const store of [one, other]) {
      expect(() => store.vectorRight?.lock()).toThrow(/are being made by process/);
    }
    held?.release();
    held?.release();
    expect(other.vectorRight?.owner()).toBeUndefined();
    other.vectorRight?.lock();
    for (const link of links.splice(1, 1)) link.close();
    while (one.vectorRight?.owner() !== undefined)
      await new Promise((done) => setTimeout(done, 20));
    one.vectorRight?.lock().release();
    one.close();
  });

  it("reads all again where changes were cut off, and no token stays of clients that go on", async () => {
    const [one, other] = [opened(database.url), opened(database.url)] as [Store, Store];
    const rowId = await remember(one, "changed while nobody looked");
    await other.scope.prepare();
    await whenFree(() => one.write("pin", () => one.rows.change(rowId, { pinned: true })));
    await database.ask("DELETE FROM haypile.memory_changes");
    await whenFree(() => one.write("pin", () => one.rows.end(rowId, 5, "superseded")));
    await other.scope.prepare();
    const allowed = other.scope.allowed({ now: 10_000 });
    expect(allowed.has(rowId)).toBe(false);
    const [{ count } = { count: "" }] = await database.ask<{ count: string }>(
      "SELECT count(*) AS count FROM haypile.memory_tokens",
    );
    expect(Number(count)).toBeLessThan(20);
    for (const store of [one, other]) store.close();
  });

  it("has forgotten what it has, where the server goes away right after that", async () => {
    const store = opened(proxy.through(database.url));
    await remember(store, "gone for good");
    await proxy.refuse();
    await proxy.cut();
    expect(store.removal.truncateLog()).toBe(true);
    await proxy.pass();
    store.close();
  });
});
