/* haypile move, over a real server: there and back, what was said meanwhile, two at once, and ended in the middle. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Environment, readEnvironment } from "../../../src/config/environment/env.ts";
import { checkStores } from "../../../src/engine/doctor/doctor-stores.ts";
import { openBySetting } from "../../../src/engine/memories/by-setting.ts";
import { lazyMemories } from "../../../src/engine/memories/lazy-memories.ts";
import { type OpenMemories, openMemories } from "../../../src/engine/memories/memories.ts";
import { type MoveResult, moveMemories } from "../../../src/engine/memories/move/move.ts";
import { openServerStore } from "../../../src/engine/store/open-server.ts";
import { storesOfMemories } from "../../../src/engine/store/store-for.ts";
import { digestOf, wholeMemories } from "../../../src/memories/writing/put-whole.ts";
import { tryLock } from "../../../src/storage/sqlite/file/lock.ts";
import {
  type OpenedMemoryStore,
  openMemoryStore,
} from "../../../src/storage/sqlite/memories/store.ts";
import { HashEmbedder } from "../../helpers/hash-embedder.ts";
import { addonFolder } from "../../helpers/model.ts";
import { type TestDatabase, testDatabase, whyNoPostgres } from "../../helpers/postgres.ts";
import { makeFolder } from "../../helpers/sqlite-files.ts";

describe.skipIf(whyNoPostgres !== undefined)("haypile move", () => {
  let database: TestDatabase;
  let places = 0;
  let url: string;
  let folder: string;
  let remove: () => void;
  let environment: Environment;
  const stores: OpenedMemoryStore[] = [];

  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(async () => {
    await database?.close();
  });
  beforeEach(() => {
    ({ folder, remove } = makeFolder());
    places += 1;
    url = `${database.url}?schema=move_${places}`;
    mkdirSync(join(folder, "config"));
    environment = readEnvironment({
      HOME: folder,
      HAYPILE_DATA_DIR: folder,
      HAYPILE_CONFIG_DIR: join(folder, "config"),
      HAYPILE_ADDON_DIR: addonFolder,
    });
    writeFileSync(join(folder, "config", "haypile.toml"), "# mine\n");
  });
  afterEach(() => {
    for (const store of stores.splice(0)) store.close();
    remove();
  });

  const file = (): OpenedMemoryStore => {
    const store = openMemoryStore({ path: join(folder, "memories.db") });
    stores.push(store);
    return store;
  };
  const server = async (): Promise<OpenedMemoryStore> => {
    const store = await openServerStore({ link: { url }, waitMs: 10_000 });
    stores.push(store);
    return store;
  };
  const move = (to: string): Promise<MoveResult> => moveMemories(to, { environment });
  const all = (store: OpenedMemoryStore) =>
    wholeMemories(
      store,
      store.transfer.newest(0, 10_000).map(({ key }) => key),
    ).map((whole) => `${whole.key} ${digestOf(whole)} ${whole.uses?.count ?? 0}`);

  async function fill(count: number): Promise<string[]> {
    const memories = await openMemories({
      database: join(folder, "memories.db"),
      embedder: new HashEmbedder(),
      addonFolder,
    });
    const ids: string[] = [];
    for (let at = 0; at < count; at += 1) {
      const said = await memories.remember(`part ${at} waits ${at} seconds\0 é 漢 😀`, {
        onDuplicate: "keep",
        namespace: at % 4 === 0 ? "team" : "default",
        tags: [`t${at % 3}`],
        anchors: at % 5 === 0 ? [{ path: join(folder, `part-${at}.ts`) }] : [],
      });
      ids.push(said.id);
      if (at % 3 === 0) await memories.update(said.id, { text: `part ${at} waits longer` });
      if (at % 7 === 6) await memories.forget(said.id);
      if (at % 9 === 8) await memories.link(ids[at - 1] as string, ids[at - 3] as string, "see");
    }
    await memories.forget(ids[1] as string, { hard: true });
    await memories.recall("waits", { minScore: 0 });
    await memories.settled();
    await memories.close();
    return ids;
  }

  it("copies everything, switches the setting, and goes back", async () => {
    await fill(20);
    const before = all(file());
    const there = await move(url);
    expect(there).toMatchObject({ memories: 19, copied: 19, newerThere: 0, besides: 0 });
    expect(there.to).not.toContain("password");
    expect(storesOfMemories(environment).others).toBe(url);
    expect(readFileSync(join(folder, "config", "haypile.toml"), "utf8")).toContain("# mine\n");
    const held = await server();
    expect(all(held)).toEqual(before);
    expect(held.removal.removed(100)).toEqual(file().removal.removed(100));
    expect(held.vectors.count()).toBe(file().vectors.count());
    await expect(move(url)).rejects.toMatchObject({ code: "HAYPILE_USAGE" });

    const [first] = held.transfer.newest(0, 1);
    held.write("change", () => held.relations.addNote(first?.key as string, Date.now(), "there"));
    const back = await move("sqlite");
    expect(back).toMatchObject({ memories: 19, copied: 1 });
    expect(storesOfMemories(environment).others).toBe("sqlite");
    expect(all(file()).toSorted()).toEqual(all(held).toSorted());
  });

  it("sends who has the file open to the server, and loses nothing that is said meanwhile", async () => {
    await fill(12);
    const writing = file();
    const written: string[] = [];
    let end = false;
    const writer = (async () => {
      while (!end) {
        const key = writing.transfer.newest(0, 1)[0]?.key as string;
        const what = `note ${written.length}`;
        try {
          writing.write("change", () => writing.relations.addNote(key, Date.now(), what));
          written.push(what);
        } catch (error) {
          const { code, data } = error as { code: string; data: { isReplaced?: boolean } };
          if (code === "HAYPILE_DB_BUSY") continue;
          expect(data.isReplaced).toBe(true);
          return key;
        }
        await new Promise((done) => setTimeout(done, 1));
      }
      return undefined;
    })();
    await move(url);
    const key = await writer;
    end = true;
    expect(key).toBeDefined();
    expect(writing.isReplaced).toBe(true);
    const notes = (await server()).relations.notes(key as string).map(({ what }) => what);
    expect(written.length).toBeGreaterThan(0);
    expect(notes.filter((what) => what.startsWith("note "))).toEqual(written);
  });

  it("takes along whoever remembers meanwhile, without an error", async () => {
    await fill(6);
    const open = async (store: string): Promise<OpenMemories> => {
      if (store === "sqlite") {
        return await openMemories({ database: join(folder, "memories.db"), embedder: undefined });
      }
      const held = await openServerStore({ link: { url: store }, waitMs: 10_000 });
      return await openMemories({ database: held.path, server: held, embedder: undefined });
    };
    const memories = lazyMemories(() => openBySetting(environment, open));
    const ids: string[] = [];
    let isOver = false;
    const writer = (async () => {
      for (let after = 0; after < 3; after += isOver ? 1 : 0) {
        const text = `said meanwhile ${ids.length}`;
        const { id } = await memories.remember(text, { onDuplicate: "keep" });
        ids.push(id);
        // The move has its turn.
        await new Promise((done) => setTimeout(done, 2));
      }
    })();
    const result = await move(url);
    isOver = true;
    await writer;
    const held = await server();
    expect(result.memories).toBeGreaterThan(5);
    expect(ids.filter((id) => held.rows.current(id) === undefined)).toEqual([]);
    expect(file().rows.current(ids.at(-1) as string)).toBeUndefined();
    expect((await memories.stats()).memories).toBe(held.facts.counts().memories);
    await expect(memories.snapshots()).rejects.toMatchObject({ code: "HAYPILE_USAGE" });
    await memories.close();
  });

  it("goes on where it was ended, and refuses a second one at once", async () => {
    await fill(10);
    const stop = new AbortController();
    const first = moveMemories(url, {
      environment,
      signal: stop.signal,
      onProgress: ({ phase }) => phase === "verifying" && stop.abort(),
    });
    await expect(first).rejects.toMatchObject({ code: "HAYPILE_ABORTED" });
    expect(storesOfMemories(environment).others).toBe("sqlite");
    const lock = tryLock(join(folder, "move.lock"));
    await expect(move(url)).rejects.toMatchObject({
      code: "HAYPILE_DB_BUSY",
      message: expect.stringContaining("moving"),
    });
    lock?.release();
    expect(await move(url)).toMatchObject({ copied: 0, memories: 9 });
  });

  it("brings a move to its end that was killed in its last moment", async () => {
    await fill(6);
    await move(url);
    // As if the setting had been changed, and the process had been killed before the file was handed over.
    writeFileSync(join(folder, "move.json"), JSON.stringify({ from: "sqlite", to: url }));
    const late = file();
    const key = late.transfer.newest(0, 1)[0]?.key as string;
    late.write("change", () => late.relations.addNote(key, Date.now(), "too late"));
    await expect(move(`${url}_other`)).rejects.toMatchObject({
      code: "HAYPILE_USAGE",
      message: expect.stringContaining(`haypile move --to ${url}"`),
    });
    expect(await move(url)).toMatchObject({ isResumed: true, copied: 1 });
    expect((await server()).relations.notes(key).at(-1)?.what).toBe("too late");
    await expect(move(url)).rejects.toMatchObject({ code: "HAYPILE_USAGE" });
  });

  it("keeps the setting when the pass after it fails, and the next run brings the rest", async () => {
    await fill(6);
    await move(url);
    const held = await server();
    const key = held.transfer.newest(0, 1)[0]?.key as string;
    const stop = new AbortController();
    const isSwitched = () => storesOfMemories(environment).others === "sqlite";
    const failed = moveMemories("sqlite", {
      environment,
      signal: stop.signal,
      onProgress: ({ phase, done, total }) => {
        if (phase === "switching" && done === total) {
          held.write("late", () => held.relations.addNote(key, Date.now(), "just before"));
        }
        if (phase === "copying" && isSwitched()) stop.abort();
      },
    });
    await expect(failed).rejects.toMatchObject({
      code: "HAYPILE_ABORTED",
      message: expect.stringContaining("haypile move --to sqlite"),
    });
    expect(isSwitched()).toBe(true);
    const said = await checkStores(environment);
    expect(said.find(({ name }) => name === "move")?.detail).toContain("haypile move --to sqlite");
    const writing = file();
    const other = writing.transfer.newest(0, 2)[1]?.key as string;
    writing.write("here", () => writing.relations.addNote(other, Date.now(), "said here since"));
    expect(await move("sqlite")).toMatchObject({ isResumed: true, memories: 5 });
    expect(file().relations.notes(key).at(-1)?.what).toBe("just before");
    expect(file().relations.notes(other).at(-1)?.what).toBe("said here since");
    expect((await checkStores(environment)).filter(({ name }) => name === "move")).toEqual([]);
  });

  it("takes along what is written to the server after the switch, by who began before it", async () => {
    await fill(6);
    await move(url);
    const held = await server();
    const key = held.transfer.newest(0, 1)[0]?.key as string;
    let late = 0;
    const result = await moveMemories("sqlite", {
      environment,
      onProgress: ({ phase, done, total }) => {
        if (phase !== "copying" || done < total) return;
        if (storesOfMemories(environment).others !== "sqlite") return;
        late += 1;
        // The pass has been there already; and one has found nothing.
        if (late !== 1 && late !== 3) return;
        held.write("late", () => held.relations.addNote(key, Date.now(), `late ${late}`));
      },
    });
    expect(file().relations.notes(key)).toEqual(held.relations.notes(key));
    expect(file().relations.notes(key).at(-1)?.what).toBe("late 3");
    expect(result).toMatchObject({ memories: 5, copied: 2, besides: 0 });
  });

  it("leaves what others have in the store", async () => {
    const held = await server();
    const others = await openMemories({ database: held.path, server: held, embedder: undefined });
    const { id } = await others.remember("of somebody else", { namespace: "theirs" });
    await fill(4);
    expect(await move(url)).toMatchObject({ besides: 1 });
    expect((await others.get(id))?.text).toBe("of somebody else");
    const back = await move("sqlite");
    expect(back.memories).toBe(4);
    expect(file().rows.current(id)?.text).toBe("of somebody else");
    await expect(others.snapshot()).rejects.toMatchObject({
      code: "HAYPILE_USAGE",
      message: expect.stringContaining("pg_dump"),
    });
    await expect(others.sync(folder)).rejects.toMatchObject({ code: "HAYPILE_USAGE" });
    await others.close();
  });

  it("leaves namespaces where the settings keep them, there and back", async () => {
    const at = join(folder, "config", "haypile.toml");
    writeFileSync(at, '[memories.stores]\n"secret" = "sqlite"\n"far-*" = "sqlite"\n');
    const memories = await openMemories({
      database: join(folder, "memories.db"),
      embedder: new HashEmbedder(),
      addonFolder,
    });
    const { id: own } = await memories.remember("of the team");
    const { id: secret } = await memories.remember("for nobody", { namespace: "secret" });
    const { id: gone } = await memories.remember("for nobody at all", { namespace: "secret" });
    await memories.remember("also here", { namespace: "far-away" });
    await memories.forget(gone, { hard: true });
    const { id: told } = await memories.remember("first a secret", { namespace: "secret" });
    await memories.update(told, { text: "told to all", namespace: "default" });
    await memories.settled();
    await memories.close();
    const stayed = [
      { namespace: "far-away", memories: 1 },
      { namespace: "secret", memories: 1 },
    ];
    expect(await move(url)).toMatchObject({ memories: 2, copied: 2, stayed, besides: 0 });
    const held = await server();
    expect(
      held.transfer
        .newest(0, 100)
        .map(({ key }) => key)
        .toSorted(),
    ).toEqual([own, told].toSorted());
    expect(held.transfer.versions([told]).map(({ text }) => text)).toEqual(["told to all"]);
    expect(held.removal.removed(100)).toEqual([]);
    expect(held.vectors.count()).toBe(2);

    held.write("change", () => held.relations.addNote(told, Date.now(), "there"));
    const secretThere = await openMemories({
      database: held.path,
      server: held,
      embedder: undefined,
    });
    await secretThere.remember("of somebody else's", { namespace: "secret" });
    const back = await move("sqlite");
    expect(back).toMatchObject({
      memories: 2,
      copied: 1,
      stayed: [{ namespace: "secret", memories: 1 }],
    });
    const here = file();
    expect(here.rows.current(secret)?.text).toBe("for nobody");
    expect(here.transfer.versions([told]).map(({ text }) => text)).toEqual([
      "first a secret",
      "told to all",
    ]);
    expect(here.relations.notes(told).at(-1)?.what).toBe("there");
    expect(here.transfer.count()).toBe(4);
    await secretThere.close();
  });

  it("refuses passwords, addresses that are none, and variables that go before the file", async () => {
    const secret = "postgres://me:pa55word@127.0.0.1/x";
    for (const to of [secret, "elsewhere", "mysql://x"]) {
      const error = await move(to).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "HAYPILE_USAGE" });
      expect(JSON.stringify([(error as Error).message, error])).not.toContain("pa55");
    }
    environment = readEnvironment({ ...environment.variables, HAYPILE_STORE: "sqlite" });
    await expect(move(url)).rejects.toMatchObject({
      code: "HAYPILE_USAGE",
      message: expect.stringContaining("HAYPILE_STORE"),
    });
  });

  it("says that a server is away and changes nothing", async () => {
    await fill(2);
    environment = readEnvironment({ ...environment.variables, HAYPILE_STORE_WAIT: "200ms" });
    await expect(move("postgres://postgres@127.0.0.1:1/x")).rejects.toMatchObject({
      code: "HAYPILE_STORE_AWAY",
    });
    expect(storesOfMemories(environment).others).toBe("sqlite");
    expect(file().isReplaced).toBe(false);
  });
});
