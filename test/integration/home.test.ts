/* Engines of many folders in one process: one model, one engine a folder, all closed together. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Home, openHome } from "../../src/engine/home.ts";

let folder: string;
let home: Home;
const before = { ...process.env };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "haypile-home-"));
  for (const name of ["a", "b", "a/inner"]) {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(
      join(folder, name, "text.md"),
      `# ${name}\n\nNotes about ${name} and lighthouses.\n`,
    );
  }
  process.env.HAYPILE_DATA_DIR = join(folder, "data");
  process.env.HAYPILE_CACHE_DIR = join(folder, "cache");
  home = await openHome({ embeddingCache: false });
});

afterEach(async () => {
  await home.close();
  process.env = { ...before };
  rmSync(folder, { recursive: true, force: true });
});

describe("a home", () => {
  it("has one engine a folder, and loads a model once for all", async () => {
    const [a, again, b] = await Promise.all([
      home.engine(join(folder, "a")),
      home.engine(join(folder, "a", "..", "a")),
      home.engine(join(folder, "b")),
    ]);
    expect(again).toBe(a);
    expect(b).not.toBe(a);
    await a.index();
    await b.index();
    const first = await a.search("lighthouses");
    const second = await b.search("lighthouses");
    expect(first.hits.map(({ path }) => path).sort()).toEqual(["inner/text.md", "text.md"]);
    expect(second.hits[0]?.path).toBe("text.md");
    const models = a.footprint().owners.filter(({ owner }) => owner.includes("all-minilm"));
    expect(models.length).toBeGreaterThan(0);
    expect(a.modelReport()).toEqual(b.modelReport());
    expect(home.engines()).toHaveLength(2);
  });

  it("goes by what calls do from the next one on, also where an index is in use", async () => {
    process.env.HAYPILE_CONFIG_DIR = folder;
    const a = join(folder, "a");
    const hits = () => home.withEngine(a, async (one) => (await one.search("lighthouses")).hits);
    const say = (text: string): void => {
      writeFileSync(join(folder, "haypile.toml"), text);
      home.adjust(true);
    };
    await home.withEngine(a, async (engine) => {
      await engine.index();
      expect(await hits()).toHaveLength(2);
      say("[search]\nlimit = 1\nrerank = 'off'\n[storage]\nbits-from = 9000\n");
      // The one that holds it open goes by it too, as what is kept of results does.
      expect(await hits()).toHaveLength(1);
      expect((await engine.search("lighthouses")).hits).toHaveLength(1);
      expect(await home.engine(a)).toBe(engine);
      const { settings } = engine.configuration;
      expect(settings["search.limit"]).toMatchObject({ value: 1, origin: "user file" });
      expect(settings["search.rerank"].value).toBe("off");
      // How the index is kept waits until it is opened anew.
      expect(settings["storage.bits-from"].origin).toBe("default");
      say("");
      expect(await hits()).toHaveLength(2);
      expect((await engine.search("lighthouses", { k: 1 })).hits).toHaveLength(1);
    });
    say("[storage]\nbits-from = 9000\n");
    await hits();
    const { settings } = (await home.engine(a)).configuration;
    expect(settings["storage.bits-from"]).toMatchObject({ value: 9000, origin: "user file" });
  });

  it("serves a folder inside an indexed one with the same engine", async () => {
    const inner = await home.engine(join(folder, "a", "inner"), { nearest: true });
    expect(inner.hasIndex).toBe(false);
    expect(await home.engine(join(folder, "a", "inner"), { nearest: true })).toBe(inner);
    const outer = await home.engine(join(folder, "a"));
    await outer.index();
    const found = await home.engine(join(folder, "a", "inner"), { nearest: true });
    expect(found.root).toBe(outer.root);
    expect(found).toBe(outer);
    expect(home.engines().filter(({ root }) => root === outer.root)).toHaveLength(1);
  });

  it("gives all who ask at once the engine that stays", async () => {
    const outer = await home.engine(join(folder, "a"));
    await outer.index();
    const asked = Array.from({ length: 20 }, (_, at) =>
      home.engine(join(folder, at % 2 === 0 ? "a" : "a/inner"), { nearest: true }),
    );
    for (const engine of await Promise.all(asked)) expect(engine).toBe(outer);
    expect(outer.findSymbol("Notes").length).toBeGreaterThanOrEqual(0);
  });

  it("closes none that was just opened for a call, however much the others are used meanwhile", async () => {
    const folders = Array.from({ length: 17 }, (_, i) => join(folder, `many${i}`));
    for (const one of folders) mkdirSync(one);
    const [last = "", ...others] = folders;
    const useOthers = () => Promise.all(others.map((one) => home.withEngine(one, () => undefined)));
    await useOthers();
    let isDone = false;
    const indexed = home
      .withEngine(last, (engine) => engine.index({ fillIn: "off" }))
      .finally(() => {
        isDone = true;
      });
    while (!isDone) await useOthers();
    expect((await indexed).root).toBe(last);
  });

  it("keeps the model when one of its engines is closed by mistake", async () => {
    const a = await home.engine(join(folder, "a"));
    const b = await home.engine(join(folder, "b"));
    await a.index();
    await b.index();
    await a.close();
    expect((await b.search("lighthouses")).hits).not.toHaveLength(0);
  });

  it("keeps memories beside the code, with the same model", async () => {
    const a = await home.engine(join(folder, "a"));
    await a.index();
    const kept = await home.memories.remember("The lamp is lit at dusk.", { tags: ["lamp"] });
    await home.memories.settled();
    const { hits } = await home.memories.recall("when is the light turned on");
    expect(hits.map(({ memory }) => memory.id)).toEqual([kept.id]);
    expect(existsSync(join(folder, "data", "memories.db"))).toBe(true);
    const owners = a.footprint().owners.filter(({ owner }) => owner.startsWith("model all-minilm"));
    expect(new Set(owners.map(({ owner }) => owner)).size).toBe(owners.length);
    const lines: string[] = [];
    for await (const line of home.memories.export()) lines.push(line);
    expect(lines).toHaveLength(1);
  });

  it("opens no memories where none are asked for, and says when the file is damaged", async () => {
    const path = join(folder, "data", "memories.db");
    const a = await home.engine(join(folder, "a"));
    await a.index();
    expect(existsSync(path)).toBe(false);
    writeFileSync(path, "this is no database, and long enough to be looked at".repeat(100));
    await expect(home.memories.recall("lamp")).rejects.toMatchObject({
      code: "HAYPILE_DB_NOT_A_DATABASE",
    });
    expect((await a.search("lighthouses")).hits).not.toHaveLength(0);
  });

  it("refuses calls after its end, and closes the engines", async () => {
    const a = await home.engine(join(folder, "a"));
    await home.close();
    await expect(home.engine(join(folder, "a"))).rejects.toMatchObject({ code: "HAYPILE_CLOSED" });
    await expect(a.index()).rejects.toMatchObject({ code: "HAYPILE_CLOSED" });
    await expect(home.memories.stats()).rejects.toMatchObject({ code: "HAYPILE_CLOSED" });
  });

  it("says what is missing", async () => {
    await expect(home.engine(join(folder, "none"))).rejects.toMatchObject({
      code: "HAYPILE_PATH_MISSING",
    });
  });
});
