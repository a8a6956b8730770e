/*
 * An index whose parts were damaged one by one: every read path answers or says what is wrong with a
 * code, a run makes good what it can, and nothing crashes.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HaypileError } from "../../src/base/errors.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { open } from "../../src/engine/open.ts";
import { openEmbeddingCache } from "../../src/storage/sqlite/embedding-cache.ts";
import { openRaw } from "../helpers/sqlite-files.ts";

const files = 60;
const perFile = 95;
let scratch: string;
let tree: string;
let sound: string;
let count = 0;

const source = (file: number, salt = ""): string =>
  Array.from({ length: perFile }, (_, i) => {
    const name = `function_${file}_${i}${salt}`;
    return `def ${name}(first, second):\n    total = first * ${file * 100 + i} + second\n    return function_${file}_${(i + 1) % perFile}(total, ${i})\n`;
  }).join("\n");

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-parts-"));
  tree = join(scratch, "tree");
  mkdirSync(tree);
  for (let file = 0; file < files; file += 1)
    writeFileSync(join(tree, `m${file}.py`), source(file));
  sound = join(scratch, "sound.db");
  const engine = await openIndex(sound);
  await engine.index();
  await engine.settled();
  // Large enough for bits.
  expect((await engine.indexReport()).scan).toMatchObject({ kind: "bits", loose: 0 });
  await engine.close();
}, 120_000);

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function openIndex(database: string, bitsBudgetBytes?: number): Promise<Engine> {
  const budget = bitsBudgetBytes === undefined ? {} : { bitsBudgetBytes };
  return open({
    folder: tree,
    database,
    model: "static",
    bitsFrom: 100,
    embeddingCache: false,
    ...budget,
  });
}

/** A damaged copy of the sound index. */
function damaged(sql: string): string {
  const path = join(scratch, `damaged${count++}.db`);
  copyFileSync(sound, path);
  const raw = openRaw(path);
  raw.pragma("foreign_keys = OFF");
  raw.pragma("ignore_check_constraints = ON");
  raw.exec(sql);
  raw.close();
  return path;
}

/** Every read path; the codes of what fails. Anything without a code fails the test. */
async function walk(engine: Engine): Promise<string[]> {
  const codes: string[] = [];
  const calls: (() => unknown)[] = [
    () => engine.search("function_3_7 total of first and second"),
    () => engine.search("lang:python kind:function total", { k: 50 }),
    () => engine.why("function_3_7 total", "m3.py"),
    () => engine.indexReport(),
    () => engine.status(),
    () => engine.findSymbol("function_3_7"),
    () => engine.findSymbol("functoin_3_7"),
    () => engine.outline("m3.py"),
    () => engine.outline(""),
    () => engine.references("function_3_7"),
    () => engine.callers("function_3_7"),
    () => engine.callees("function_3_7"),
    () => engine.implementations("function_3_7"),
  ];
  for (const call of calls) {
    try {
      await call();
    } catch (error) {
      if (!HaypileError.isInstance(error) || error.code === "HAYPILE_INTERNAL") throw error;
      codes.push(error.code);
    }
  }
  return codes;
}

describe("segments", () => {
  it.each([
    "UPDATE segments SET bits = zeroblob(length(bits))",
    "UPDATE segments SET bits = substr(bits, 1, 100)",
    "UPDATE segments SET ids = CAST(x'ffffffff' || substr(ids, 5) AS BLOB)",
    "UPDATE segments SET sum = sum + 1",
    "UPDATE segments SET count = 3",
    "DELETE FROM segment_state",
  ])(
    "are made again, and every path answers: %s",
    async (sql) => {
      for (const budget of [undefined, 0]) {
        const path = damaged(sql);
        const engine = await openIndex(path, budget);
        expect(await walk(engine)).toEqual([]);
        await engine.settled();
        const { scan, recallAt10 } = await engine.indexReport();
        expect(scan).toMatchObject({ kind: "bits", loose: 0, isBuilding: false });
        expect(scan.streamed > 0).toBe(budget === 0);
        expect(recallAt10).toBeGreaterThanOrEqual(0.95);
        await engine.close();
      }
    },
    60_000,
  );

  it("are made again by the run that watch and index make", async () => {
    const engine = await openIndex(damaged("DELETE FROM segments"));
    const stop = new AbortController();
    const watching = engine.watch({ signal: stop.signal, onReady: () => stop.abort() });
    await watching.catch(() => undefined);
    writeFileSync(join(tree, "new.py"), source(7, "_new"));
    const report = await engine.index();
    expect(report.files.new).toBe(1);
    await engine.settled();
    expect((await engine.indexReport()).scan).toMatchObject({ loose: 0, isBuilding: false });
    rmSync(join(tree, "new.py"));
    await engine.close();
  }, 60_000);
});

describe("symbols", () => {
  it.each([
    "UPDATE symbols SET name_id = name_id + 1000000",
    "UPDATE symbols SET id = id + (999999 << 20)",
    "UPDATE symbols SET start_line = 4000000000000, end_line = 9000000000000000, head_line = -5",
    "UPDATE symbols SET start_line = -1, end_line = -9",
    "UPDATE symbols SET signature = char(0) || signature, container = char(0), kind = char(0, 65533)",
    "UPDATE names SET name = name || char(0) || 'x'",
    "UPDATE names SET folded = char(0)",
    "UPDATE names SET name = CAST(x'ff00fe' || id AS TEXT)",
    "UPDATE ref_lists SET data = x'ffffffffffffffffffff01'",
    "UPDATE ref_lists SET data = substr(data, 1, length(data) / 2)",
    "DELETE FROM names",
    "DELETE FROM ref_names; DELETE FROM name_words",
    "UPDATE symbols SET signature = printf('%.*c', 1000000, 'x') WHERE id < 20",
  ])(
    "that make no sense crash nothing, and a run over changed files goes through: %s",
    async (sql) => {
      const engine = await openIndex(damaged(sql));
      const codes = await walk(engine);
      const allowed = ["HAYPILE_SYMBOL_MISSING", "HAYPILE_DB_CORRUPT", "HAYPILE_PATH_MISSING"];
      expect(codes.filter((code) => !allowed.includes(code))).toEqual([]);
      expect((await engine.search("total of first and second")).hits.length).toBeGreaterThan(0);
      writeFileSync(join(tree, "m3.py"), source(3, "_again"));
      try {
        const failure = await engine.index().catch((error: unknown) => error);
        if (failure instanceof Error) expect(failure).toMatchObject({ code: "HAYPILE_DB_CORRUPT" });
        else {
          await walk(engine);
          expect(engine.outline("m3.py").files.length).toBeLessThan(2);
        }
      } finally {
        writeFileSync(join(tree, "m3.py"), source(3));
        await engine.close();
      }
    },
    60_000,
  );
});

describe("vectors", () => {
  it.each([
    "UPDATE vectors SET data = substr(data, 1, 10) WHERE chunk_id % 2",
    "UPDATE vectors SET data = zeroblob(0)",
    "UPDATE vectors SET scale = 9e999 WHERE chunk_id % 3 = 0",
    "UPDATE vectors SET scale = -1",
    "UPDATE vectors SET data = zeroblob(length(data))",
  ])(
    "of a wrong size or scale are found by nothing, and crash nothing: %s",
    async (sql) => {
      const engine = await openIndex(damaged(`${sql}; DELETE FROM segment_state`), 0);
      expect(await walk(engine)).toEqual([]);
      await engine.settled();
      expect(await walk(engine)).toEqual([]);
      await engine.close();
    },
    60_000,
  );

  it.each([
    "INSERT OR REPLACE INTO static_vectors(chunk_id, scale, data) SELECT id, 1, x'0102' FROM chunks",
    "INSERT OR REPLACE INTO static_vectors(chunk_id, scale, data) SELECT id, 9e999, zeroblob(256) FROM chunks",
    "INSERT OR REPLACE INTO static_vectors(chunk_id, scale, data) SELECT id, 1, zeroblob(0) FROM chunks",
  ])(
    "of the static model likewise: %s",
    async (sql) => {
      // With another model, the static vectors serve until the index has its own.
      const path = damaged(
        `UPDATE meta SET value = '{"id":"all-minilm-l6-v2","dimensions":384}' WHERE key = 'store.model';
       DELETE FROM vectors; DELETE FROM segments; DELETE FROM segment_state; ${sql}`,
      );
      const engine = await open({ folder: tree, database: path, embeddingCache: false });
      const { hits } = await engine.search("function_3_7", { fillIn: "off" });
      expect(hits.length).toBeGreaterThan(0);
      await engine.why("function_3_7", "m3.py", { fillIn: "off" });
      await engine.indexReport();
      await engine.close();
    },
    60_000,
  );
});

describe("the cache of vectors", () => {
  const key = (i: number): Uint8Array => Buffer.from(`key ${i}`.padEnd(16));
  const vector = Float32Array.from({ length: 384 }, (_, i) => Math.sin(i));

  function filled(): string {
    const path = join(scratch, `cache${count++}.db`);
    const cache = openEmbeddingCache(path);
    for (let i = 0; i < 200; i += 1) cache.put([key(i)], vector);
    cache.close();
    return path;
  }

  it.each<[string, (path: string, bytes: Buffer) => void]>([
    ["no database", (path) => writeFileSync(path, "none ".repeat(2_000))],
    ["cut short", (path, bytes) => writeFileSync(path, bytes.subarray(0, bytes.length / 3))],
    ["a header only", (path, bytes) => writeFileSync(path, bytes.subarray(0, 100))],
    ["empty", (path) => writeFileSync(path, "")],
    [
      "of another schema",
      (path) => {
        const raw = openRaw(path);
        raw.exec("DROP TABLE embeddings; CREATE TABLE embeddings(key TEXT, other INTEGER)");
        raw.close();
      },
    ],
    [
      "with rows of wrong sizes",
      (path) => {
        const raw = openRaw(path);
        raw.exec("UPDATE embeddings SET data = x'01', scale = 9e999, used = -1");
        raw.close();
      },
    ],
    ...[1, 2, 3, 4, 5, 6].map((seed): [string, (path: string, bytes: Buffer) => void] => [
      `with flipped bytes (${seed})`,
      (path, bytes) => {
        for (let i = 0; i < 300; i += 1) bytes[(i * 7919 * seed + i * i * 31) % bytes.length] = i;
        writeFileSync(path, bytes);
      },
    ]),
  ])("gives nothing wrong and takes new ones when it is %s", (_, damage) => {
    const path = filled();
    damage(path, readFileSync(path));
    const cache = openEmbeddingCache(path);
    for (const found of cache.get(Array.from({ length: 200 }, (__, i) => key(i)))) {
      if (found !== undefined) expect(found.every(Number.isFinite)).toBe(true);
    }
    cache.put([key(1_000)], vector);
    cache.stats();
    cache.close();
    const again = openEmbeddingCache(path);
    again.put([key(2_000)], vector);
    again.get([key(2_000)]);
    again.close();
  });
});
