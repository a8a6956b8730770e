/* The cache of vectors that all indexes share, with the real model. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { open } from "../../src/engine/open.ts";
import { openEmbeddingCache } from "../../src/storage/sqlite/embedding-cache.ts";
import { openRaw } from "../helpers/sqlite-files.ts";

let scratch: string;
let tree: string;
const saved = { data: process.env.HAYPILE_DATA_DIR, cache: process.env.HAYPILE_CACHE_DIR };

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-embedding-cache-"));
  process.env.HAYPILE_DATA_DIR = join(scratch, "data");
  process.env.HAYPILE_CACHE_DIR = join(scratch, "cache");
  tree = join(scratch, "tree");
  mkdirSync(join(tree, "src"), { recursive: true });
  for (let i = 0; i < 30; i += 1) {
    writeFileSync(
      join(tree, "src", `f${i}.py`),
      `def function_${i}(first, second):\n    """Does the thing number ${i} with its two inputs."""\n    total = first * ${i} + second\n    return total - ${i * 7}\n`,
    );
  }
});

afterEach(() => {
  process.env.HAYPILE_DATA_DIR = saved.data;
  process.env.HAYPILE_CACHE_DIR = saved.cache;
  if (saved.data === undefined) delete process.env.HAYPILE_DATA_DIR;
  if (saved.cache === undefined) delete process.env.HAYPILE_CACHE_DIR;
  rmSync(scratch, { recursive: true, force: true });
});

async function indexed<T>(
  look: (engine: Engine, report: Awaited<ReturnType<Engine["index"]>>) => T | Promise<T>,
  folder = tree,
  options = {},
): Promise<T> {
  const engine = await open({ folder, ...options });
  try {
    return await look(engine, await engine.index());
  } finally {
    await engine.close();
  }
}

describe("the cache of vectors", () => {
  it("gives a fresh index, a moved tree and a clone their vectors, equal to embedded ones", async () => {
    const query = "the thing number 12";
    const first = await indexed(async (engine, report) => {
      expect(report.fromCache).toBe(0);
      return { chunks: report.chunks.embedded, hits: (await engine.search(query)).hits };
    });
    const engine = await open({ folder: tree });
    const removed = await engine.reset();
    expect(removed.files).toHaveLength(1);
    const again = await indexed(async (fresh, report) => {
      expect(report.chunks.embedded).toBe(first.chunks);
      expect(report.fromCache).toBe(first.chunks);
      return (await fresh.search(query)).hits;
    });
    expect(again.map(({ path, parts }) => [path, parts])).toEqual(
      first.hits.map(({ path, parts }) => [path, parts]),
    );
    renameSync(join(tree, "src"), join(tree, "lib"));
    await indexed((_, report) => expect(report.chunks.embedded).toBe(0));
    const clone = join(scratch, "clone");
    mkdirSync(clone);
    renameSync(join(tree, "lib"), join(clone, "source"));
    await indexed((_, report) => expect(report.fromCache).toBe(report.chunks.embedded), clone);
  });

  it("knows code that was laid out anew, moved and renamed, and no code that was changed", async () => {
    const functions = Array.from({ length: 8 }, (_, i) =>
      [
        `export function area${i}(width, height) {`,
        `  const edge = Math.min(width, height) * ${i + 2};`,
        '  if (edge < 0) throw new RangeError("the edge is below zero");',
        `  return { area: width * height, edge, name: "area number ${i}" };`,
        "}",
      ].join("\n"),
    );
    const write = (name: string, text: string): string => {
      const folder = join(scratch, name);
      mkdirSync(folder);
      writeFileSync(join(folder, `${name}.js`), text);
      return folder;
    };
    const plain = `${functions.join("\n\n")}\n`;
    await indexed(
      (_, { chunks, fromCache }) => {
        expect(chunks.embedded).toBe(8);
        expect(fromCache).toBe(0);
      },
      write("plain", plain),
    );
    const laidOut = [
      plain.replaceAll("\n", "\r\n"),
      plain.replace(/^ +/gm, (spaces) => "\t".repeat(spaces.length / 2)),
      plain.replaceAll("{ area: ", "{\n    area: ").replace(/ (\};)/g, ",\n  $1"),
      `${functions.toReversed().join("\n\n\n")}\n`,
    ];
    for (const [at, text] of laidOut.entries()) {
      await indexed(
        (_, { chunks, fromCache }) => {
          expect(chunks.embedded).toBe(8);
          expect(fromCache).toBe(8);
        },
        write(`other${at}`, text),
      );
    }
    const changed = plain.replace("width, height) * 4", "width, height) / 4");
    await indexed(
      (_, { chunks, fromCache }) => expect([chunks.embedded, fromCache]).toEqual([8, 7]),
      write("changed", changed),
    );
  });

  it("is not asked when it is not wanted, and goes with reset --all", async () => {
    await indexed(() => undefined);
    const path = join(scratch, "cache", "embeddings.db");
    expect(statSync(path).size).toBeGreaterThan(10_000);
    const engine = await open({ folder: tree });
    expect((await engine.reset({ cache: true })).files.map((file) => file.path)).toContain(path);
    expect(
      readdirSync(join(scratch, "cache")).filter((name) => name.startsWith("embeddings")),
    ).toEqual([]);
    await indexed((_, report) => expect(report.fromCache).toBe(0), tree, { embeddingCache: false });
    expect(existsSync(path)).toBe(false);
  });

  it.each([
    ["rubbish", (path: string) => writeFileSync(path, "no database".repeat(500))],
    ["a folder in its place", (path: string) => mkdirSync(path)],
  ])("is begun again, or done without, over %s", async (_, damage) => {
    mkdirSync(join(scratch, "cache"), { recursive: true });
    damage(join(scratch, "cache", "embeddings.db"));
    await indexed((_engine, report) => {
      expect(report.chunks.embedded).toBe(30);
      expect(report.fromCache).toBe(0);
    });
  });

  it("does without rows of a wrong length or scale, and puts right ones in their place", async () => {
    const query = "the thing number 12";
    const before = await indexed(async (engine) => (await engine.search(query)).hits);
    const raw = openRaw(join(scratch, "cache", "embeddings.db"));
    for (const [rest, change] of [
      [0, "data = x'0102'"],
      [1, "data = CAST(data || data AS BLOB)"],
      [2, "scale = 9e999"],
    ]) {
      raw.exec(`UPDATE embeddings SET ${change} WHERE unicode(hex(key)) % 4 = ${rest}`);
    }
    raw.close();
    for (const isHealed of [false, true]) {
      await (await open({ folder: tree })).reset();
      await indexed(async (engine, report) => {
        expect(report.fromCache === report.chunks.embedded).toBe(isHealed);
        const { hits } = await engine.search(query);
        expect(hits.map(({ path, parts }) => [path, parts])).toEqual(
          before.map(({ path, parts }) => [path, parts]),
        );
      });
    }
  });

  it("lets the oldest go when it grows too large", () => {
    const path = join(scratch, "small.db");
    const keyOf = (i: number): Uint8Array => Buffer.from(`key ${i}`.padEnd(16));
    const one = openEmbeddingCache(path);
    for (let i = 0; i < 400; i += 1)
      one.put(
        [keyOf(i)],
        Float32Array.from({ length: 384 }, () => i + 1),
      );
    expect(one.stats().entries).toBe(400);
    one.close();
    const raw = openRaw(path);
    // What came first was asked for last.
    raw.exec("UPDATE embeddings SET used = used - 9000 WHERE key >= CAST('key 100' AS BLOB)");
    raw.close();
    const two = openEmbeddingCache(path, 150_000);
    expect(two.stats().bytes).toBeGreaterThan(150_000);
    expect(two.trim()).toBeGreaterThan(0);
    const { entries, bytes } = two.stats();
    expect(entries).toBeGreaterThan(100);
    expect(entries).toBeLessThan(300);
    expect(bytes).toBeLessThanOrEqual(150_000);
    expect(two.get([keyOf(0)])[0]).toHaveLength(384);
    expect(two.trim()).toBe(0);
    two.close();
  });
});
