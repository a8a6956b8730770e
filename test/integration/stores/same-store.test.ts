/* One store by two addresses: a socket and a port of one server, which move knows for one, and two logins, which stay two. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Environment, readEnvironment } from "../../../src/config/environment/env.ts";
import { openBySetting } from "../../../src/engine/memories/by-setting.ts";
import { openMemories } from "../../../src/engine/memories/memories.ts";
import { moveMemories } from "../../../src/engine/memories/move/move.ts";
import { openServerStore } from "../../../src/engine/store/open-server.ts";
import { storesOfMemories } from "../../../src/engine/store/store-for.ts";
import { isSameStore } from "../../../src/storage/postgres/same-store.ts";
import { HashEmbedder } from "../../helpers/hash-embedder.ts";
import { addonFolder } from "../../helpers/model.ts";
import {
  databaseOn,
  type PostgresServer,
  type TestDatabase,
  testServer,
  whyNoPostgres,
} from "../../helpers/postgres.ts";

describe.skipIf(whyNoPostgres !== undefined || process.platform === "win32")(
  "a store by two addresses",
  () => {
    let server: PostgresServer;
    let database: TestDatabase;
    let folder: string;
    let sockets: string;
    let environment: Environment;
    let byPort: string;
    let bySocket: string;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "haypile-same-"));
      // The server may run as another user.
      sockets = mkdtempSync(join(tmpdir(), "haypile-sockets-"));
      chmodSync(sockets, 0o777);
      server = await testServer({ settings: { unix_socket_directories: sockets } });
      database = await databaseOn(server);
      byPort = database.url;
      const { pathname } = new URL(byPort);
      bySocket = `postgres://${pathname}?host=${encodeURIComponent(sockets)}&port=${server.port}&user=postgres`;
    });
    afterAll(async () => {
      await server?.close();
      for (const one of [folder, sockets]) rmSync(one, { recursive: true, force: true });
    });
    beforeEach(() => {
      const config = join(folder, "config");
      mkdirSync(config, { recursive: true });
      writeFileSync(join(config, "haypile.toml"), "# mine\n");
      environment = readEnvironment({
        HOME: folder,
        HAYPILE_DATA_DIR: folder,
        HAYPILE_CONFIG_DIR: config,
        HAYPILE_ADDON_DIR: addonFolder,
      });
    });

    const settings = (text: string): void =>
      writeFileSync(join(folder, "config", "haypile.toml"), text);

    it("is one, and another database or schema is another", async () => {
      const same = (a: string, b: string): Promise<boolean> =>
        isSameStore({ url: a }, { url: b }, 10_000);
      expect(await same(byPort, bySocket)).toBe(true);
      expect(await same(bySocket, byPort)).toBe(true);
      expect(await same(byPort, `${bySocket}&schema=other`)).toBe(false);
      const other = await databaseOn(server);
      expect(await same(other.url, bySocket)).toBe(false);
      // A server of its own with a database of that name.
      const elsewhere = await testServer();
      const there = await databaseOn(elsewhere);
      const { pathname } = new URL(byPort);
      await there.ask(`CREATE DATABASE ${pathname.slice(1)}`);
      const copy = new URL(there.url);
      copy.pathname = pathname;
      expect(await same(copy.href, bySocket)).toBe(false);
      await elsewhere.close();
      await expect(isSameStore({ url: copy.href }, { url: bySocket }, 500)).rejects.toMatchObject({
        code: "HAYPILE_STORE_AWAY",
      });
    });

    it("is not moved onto itself", async () => {
      settings(`[memories]\nstore = "${byPort}"\n`);
      await expect(moveMemories(bySocket, { environment })).rejects.toMatchObject({
        code: "HAYPILE_USAGE",
        message: expect.stringContaining("are one store"),
      });
      expect(storesOfMemories(environment).others).toBe(byPort);
    });

    /** Memories by the settings, and the stores that were opened for them. */
    const opened = async () => {
      const stores: string[] = [];
      const memories = await openBySetting(environment, async (store) => {
        stores.push(store);
        return await openMemories({
          database: store,
          server: await openServerStore({ link: { url: store }, waitMs: 10_000 }),
          embedder: new HashEmbedder(),
          addonFolder,
        });
      });
      return { memories, stores };
    };

    it("has each memory once where two options name it by one address", async () => {
      settings(
        `[memories]\nstore = "${byPort}"\n[memories.stores]\nteam = "${byPort}?schema=haypile"\n`,
      );
      const { memories, stores } = await opened();
      const { id } = await memories.remember("The heron waits.", { namespace: "team" });
      await memories.remember("The swan sleeps.");
      expect(stores).toHaveLength(1);
      const lines: string[] = [];
      for await (const line of memories.export()) lines.push(line);
      expect(lines.filter((line) => line.includes("heron"))).toHaveLength(1);
      expect((await memories.list()).total).toBe(2);
      expect((await memories.stats()).memories).toBe(2);
      expect((await memories.forgetWhere({})).matched).toBe(2);
      // It stays in its store, and may go to any namespace of that.
      await memories.update(id, { namespace: "default" });
      for (const one of (await memories.list()).memories) await memories.forget(one.id);
      expect(await memories.removed()).toHaveLength(2);
      await memories.close();
    });

    it("is opened by each login and by each address, and tells each memory once all the same", async () => {
      await database.ask("CREATE ROLE crew LOGIN SUPERUSER");
      for (const other of [database.urlAs("crew"), bySocket]) {
        settings(`[memories]\nstore = "${byPort}"\n[memories.stores]\nteam = "${other}"\n`);
        const { memories, stores } = await opened();
        await memories.remember("The heron waits.", { namespace: "team" });
        await memories.remember("The swan sleeps.");
        expect(stores.sort()).toEqual([byPort, other].sort());
        const lines: string[] = [];
        for await (const line of memories.export()) lines.push(line);
        expect(lines).toHaveLength(2);
        expect((await memories.list()).memories).toHaveLength(2);
        if (other !== bySocket) expect((await memories.list()).total).toBe(2);
        const { matched, confirm } = await memories.forgetWhere({});
        expect(matched).toBe(2);
        expect(await memories.forgetWhere({}, { confirm })).toMatchObject({ deleted: 2 });
        await memories.close();
      }
    });

    it("is opened without asking any server", async () => {
      let asked = 0;
      const listener = createServer((socket) => {
        asked += 1;
        socket.destroy();
      });
      await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
      const { port } = listener.address() as AddressInfo;
      const [a, b] = ["127.0.0.1", "localhost"].map((host) => `postgres://me@${host}:${port}/x`);
      settings(`[memories]\nstore = "${a}"\n[memories.stores]\nteam = "${b}"\n`);
      const memories = await openBySetting(environment, (store) =>
        Promise.reject(new Error(`${store} was opened`)),
      );
      expect(asked).toBe(0);
      await memories.close();
      await new Promise<void>((resolve) => void listener.close(() => resolve()));
    });
  },
);
