/* A real index made smaller and large again: same texts, same hits, a smaller file. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Engine } from "../../src/index.ts";
import { openDatabase } from "../../src/storage/sqlite/file/open.ts";
import { openSqliteStore } from "../../src/storage/sqlite/store.ts";
import { indexedSources } from "../helpers/indexed-sources.ts";
import { repository } from "../helpers/model.ts";
import { findFaults } from "../helpers/sqlite-files.ts";

const { scratch, tree, original, withIndex } = indexedSources("compact");
const helper = join(repository, "test", "helpers", "compact-once.ts");
const queries = ["byte size of a flag", "acquire the lock", "merge segments in the background"];

async function hitsOf(engine: Engine): Promise<unknown[]> {
  const found = await Promise.all(queries.map((query) => engine.search(query, { k: 5 })));
  return found.map(({ hits }) =>
    hits.map(({ path, startLine, snippet }) => [path, startLine, snippet]),
  );
}

function textsOf(path: string): string[] {
  const store = openSqliteStore({ path });
  try {
    const ids = Array.from(store.texts.where(() => true));
    return store.texts.passagesOf(ids).map(({ text }) => text);
  } finally {
    store.close();
  }
}

describe("compact", () => {
  it("makes the file smaller and changes no text and no hit; undo takes it back", async () => {
    await withIndex(async (engine, path) => {
      const hits = await hitsOf(engine);
      const texts = textsOf(path);
      const plan = await engine.compaction.prepare();
      expect(plan.steps.map(({ name }) => name)).toEqual(["tidy", "texts"]);
      expect(plan.after.bytes).toBeLessThan(0.85 * plan.before.bytes);
      expect(plan.after.recallAt10).toBe(plan.before.recallAt10);
      // Until it is applied the index is as it was.
      expect(textsOf(path)).toEqual(texts);
      const bytes = await plan.apply();
      expect(bytes).toBe(plan.after.bytes);
      expect(statSync(path).size).toBe(bytes);
      expect(existsSync(`${path}.compact`)).toBe(false);
      // Through the connection that was open all the time, and through a new one.
      expect(await hitsOf(engine)).toEqual(hits);
      expect(textsOf(path)).toEqual(texts);
      expect(findFaults(path)).toEqual([]);

      const undone = engine.compaction.undo();
      expect(undone.texts).toBeGreaterThan(50);
      expect(undone.bytes).toBeGreaterThan(bytes);
      expect(textsOf(path)).toEqual(texts);
      expect(await hitsOf(engine)).toEqual(hits);
      expect(engine.compaction.undo().texts).toBe(0);
    });
  });

  it("packs what is indexed later, too", async () => {
    await withIndex(async (engine, path) => {
      await (await engine.compaction.prepare()).apply();
      const store = openSqliteStore({ path });
      const text =
        "export function helloWorld(name: string): string {\n  return name.toUpperCase();\n}\n".repeat(
          3,
        );
      store.files.put([
        {
          path: "new.ts",
          stamp: { sizeBytes: text.length, mtimeMs: 1, readMs: 2 },
          contentHash: "00",
          language: "typescript",
          chunks: [{ text, startLine: 1, endLine: 9, tokens: 50 }],
        },
      ]);
      const [id] = store.texts.at([{ path: "new.ts", line: 1 }]);
      expect(store.texts.places([id ?? 0])[0]).toMatchObject({ path: "new.ts", text });
      store.close();
      const { db } = openDatabase({ path, cacheBytes: 1e6, readonly: false });
      const packed = db.prepare("SELECT length(packed) FROM chunks WHERE id = ?").pluck().get(id);
      db.close();
      expect(packed).toBeLessThan(text.length / 2);
    });
  });

  it("takes no more steps than the target needs", async () => {
    await withIndex(async (engine) => {
      const { size } = statSync(original);
      const plan = await engine.compaction.prepare({ targetBytes: size });
      expect(plan.steps.map(({ name }) => name)).toEqual(["tidy"]);
      plan.discard();
      const share = await engine.compaction.prepare({ less: 0.1 });
      expect(share.after.bytes).toBeLessThanOrEqual(share.before.bytes * 0.9);
      share.discard();
    });
  });

  it("says what is the least when the target cannot be reached, and leaves all as it is", async () => {
    await withIndex(async (engine, path) => {
      const texts = textsOf(path);
      await expect(engine.compaction.prepare({ targetBytes: 20_000 })).rejects.toMatchObject({
        code: "HAYPILE_USAGE",
        message: expect.stringMatching(/20000 bytes came and \d+ is the least/),
      });
      expect(existsSync(`${path}.compact`)).toBe(false);
      expect(textsOf(path)).toEqual(texts);
    });
  });

  it("keeps others from indexing until it is done", async () => {
    await withIndex(async (engine) => {
      const plan = await engine.compaction.prepare();
      await expect(engine.index()).rejects.toMatchObject({ code: "HAYPILE_DB_BUSY" });
      plan.discard();
      await engine.index();
    });
  });

  it("says that a packed text is damaged, and which file", async () => {
    await withIndex(async (engine, path) => {
      await (await engine.compaction.prepare()).apply();
      const { db } = openDatabase({ path, cacheBytes: 1e6, readonly: false });
      db.exec("UPDATE chunks SET packed = x'ff00ff' WHERE packed IS NOT NULL");
      db.close();
      await expect(engine.search(queries[0] as string)).rejects.toMatchObject({
        code: "HAYPILE_DB_CORRUPT",
      });
    });
  });

  it("leaves the index as it is when the disk is full", (context) => {
    try {
      execFileSync("unshare", ["-rm", "true"], { stdio: "ignore" });
    } catch {
      return context.skip("unshare with a mount of its own is not allowed here");
    }
    const folder = join(scratch, "small-disk");
    mkdirSync(folder);
    // Room for the index and half a copy.
    const kilobytes = Math.ceil((statSync(original).size * 1.5) / 1024);
    const commands = `mount -t tmpfs -o size=${kilobytes}k none "$1" && cp "$2" "$1/index.db" && "$3" "$4" "$5" "$1/index.db"; ls "$1"; cp "$1/index.db" "$6"`;
    const after = join(scratch, "after-full.db");
    const output = execFileSync(
      "unshare",
      ["-rm", "sh", "-c", commands, "sh", folder, original, process.execPath, helper, tree, after],
      { encoding: "utf8" },
    );
    expect(output).toContain("HAYPILE_DISK_FULL");
    expect(output).not.toContain(".compact");
    expect(textsOf(after)).toEqual(textsOf(original));
    expect(findFaults(after)).toEqual([]);
  });

  it("loses nothing when it is killed at any moment", async () => {
    await withIndex(async (engine, path) => {
      const texts = textsOf(path);
      await engine.close();
      let killed = 0;
      for (let attempt = 0; attempt < 8; attempt += 1) {
        const child = spawn(process.execPath, [helper, tree, path], {
          stdio: ["ignore", "pipe", "inherit"],
        });
        // From "begun" on: the program takes a while to load.
        await new Promise((begun) => child.stdout.once("data", begun));
        const timer = setTimeout(() => child.kill("SIGKILL"), attempt * 40);
        const signal = await new Promise((done) => child.once("exit", (_, by) => done(by)));
        clearTimeout(timer);
        if (signal === "SIGKILL") killed += 1;
        expect(textsOf(path)).toEqual(texts);
        expect(findFaults(path)).toEqual([]);
      }
      expect(killed).toBeGreaterThan(0);
    });
  });
});
