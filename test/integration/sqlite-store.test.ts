import { spawn } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { Changes } from "../../src/storage/sqlite/file/changes.ts";
import { openDatabase } from "../../src/storage/sqlite/file/open.ts";
import { applicationId, schemaVersion } from "../../src/storage/sqlite/file/schema.ts";
import { openSqliteStore } from "../../src/storage/sqlite/store.ts";
import { CodedVectors } from "../../src/storage/sqlite/vectors/coded-vectors.ts";
import { Vectors } from "../../src/storage/sqlite/vectors/vectors.ts";
import { describeStore } from "../contract/store-contract.ts";
import { findFaults, makeFolder, openRaw } from "../helpers/sqlite-files.ts";
import { codeOf, file, hello, prose, unit } from "../helpers/store-files.ts";

const paths = new WeakMap<object, string>();

describeStore("SqliteStore", {
  makePlace() {
    const { folder, remove } = makeFolder();
    const path = join(folder, "new", "folder", "index.db");
    const place = { open: () => openSqliteStore({ path }), cleanUp: remove };
    paths.set(place, path);
    return place;
  },
  checkSound(place) {
    expect(findFaults(paths.get(place) ?? "")).toEqual([]);
  },
});

describe("SqliteStore", () => {
  const made = makeFolder();
  let count = 0;
  const newPath = (): string => join(made.folder, `${count++}.db`);
  const closing: { close(): void }[] = [];
  const opened = (...options: Parameters<typeof openSqliteStore>) => {
    const store = openSqliteStore(...options);
    closing.push(store);
    return store;
  };

  afterEach(() => {
    for (const one of closing.splice(0)) one.close();
  });

  afterAll(made.remove);

  it("makes a file that says what it is", () => {
    const path = newPath();
    const store = opened({ path });
    expect(store.path).toBe(path);
    expect(store.facts.stats().schemaVersion).toBe(schemaVersion);
    const raw = openRaw(path);
    closing.push(raw);
    const pragma = (name: string): unknown => raw.pragma(name, { simple: true });
    expect(pragma("application_id")).toBe(applicationId);
    expect(pragma("user_version")).toBe(schemaVersion);
    expect(pragma("journal_mode")).toBe("wal");
    expect(pragma("auto_vacuum")).toBe(2);
  });

  it("sets what its connection needs", () => {
    const { db } = openDatabase({
      path: newPath(),
      cacheBytes: 3 * 1_024 * 1_024,
      readonly: false,
    });
    closing.push(db);
    const settings = Object.fromEntries(
      [
        ...["synchronous", "foreign_keys", "cache_size", "mmap_size", "temp_store"],
        ...["busy_timeout", "journal_size_limit", "trusted_schema"],
      ].map((name) => [name, db.pragma(name, { simple: true })]),
    );
    expect(settings).toEqual({
      synchronous: 1,
      foreign_keys: 1,
      cache_size: -3_072,
      mmap_size: 0,
      temp_store: 2,
      busy_timeout: 5_000,
      journal_size_limit: 64 * 1_024 * 1_024,
      trusted_schema: 0,
    });
  });

  it("keeps the text once, and words without a copy of it", () => {
    const sizeWith = (text: string): { path: string; bytes: number } => {
      const path = newPath();
      const store = opened({ path });
      store.files.put([file("a.txt", [text])]);
      store.close();
      return { path, bytes: statSync(path).size };
    };
    const unusual = "zyzzyva".repeat(30_000);
    const { path, bytes } = sizeWith(unusual);
    expect(bytes - sizeWith("small").bytes).toBeLessThan(unusual.length * 1.2);
    const raw = openRaw(path);
    closing.push(raw);
    const tables = raw.prepare("SELECT name FROM sqlite_schema WHERE name LIKE '%_content'").all();
    expect(tables).toEqual([]);
  });

  it("reads without writing, beside a writer, and sees what was committed", () => {
    const path = newPath();
    const writer = opened({ path });
    writer.files.put([file("a.txt", [prose])]);
    const reader = opened({ path, readonly: true });
    expect(reader.texts.search("marmot", 5)).toHaveLength(1);
    writer.files.put([file("b.ts", [hello])]);
    expect(reader.texts.search("greet", 5)).toHaveLength(1);
    expect(reader.files.all().size).toBe(2);
    const long = Array.from(
      { length: 600 },
      (_, i) => `zz${"y".repeat(i % 60)}q${"x".repeat(i % 7)}`,
    );
    expect(reader.texts.search(`${long.join(" ")} marmot`, 5)).toHaveLength(1);
    expect(codeOf(() => reader.facts.set("a", "b"))).toBe("HAYPILE_PERMISSION");
  });

  it("opens files with odd names", () => {
    for (const name of [
      " with space.db",
      "file:x?mode=memory",
      "a?b#c%20.db",
      "ä ü 客户 😀",
      ":memory:",
    ]) {
      const path = join(made.folder, name);
      opened({ path }).files.put([file("a.txt", [prose])]);
      expect(statSync(path).isFile()).toBe(true);
      expect(opened({ path, readonly: true }).facts.stats().chunks).toBe(1);
    }
  });

  it("gives pages back to the system after a great removal", () => {
    const path = newPath();
    const store = opened({ path });
    const texts = (n: number): string[] =>
      Array.from({ length: 20 }, (_, i) => `text ${n} ${i} ${"padding ".repeat(100)}`);
    store.files.put(Array.from({ length: 50 }, (_, n) => file(`f${n}.txt`, texts(n))));
    store.optimize();
    const before = store.facts.stats().databaseBytes;
    store.files.remove(Array.from({ length: 45 }, (_, n) => `f${n}.txt`));
    store.optimize();
    expect(store.facts.stats().databaseBytes).toBeLessThan(before / 3);
    expect(findFaults(path)).toEqual([]);
  });

  it("bounds the cache it reports", () => {
    const store = opened({ path: newPath(), cacheBytes: 128 * 1_024 });
    store.files.put([
      file(
        "a.txt",
        Array.from({ length: 500 }, (_, i) => `${i} ${prose}`),
      ),
    ]);
    expect(store.facts.stats().cacheBytes).toBe(128 * 1_024);
  });

  it("compares vectors in JavaScript as sqlite-vec does", () => {
    const path = newPath();
    const store = opened({ path });
    store.vectors.claimModel({ id: "eight", dimensions: 8 });
    store.files.put([
      file(
        "a.txt",
        Array.from({ length: 200 }, (_, i) => `text ${i}`),
      ),
    ]);
    const ids = store.pending.page(0, 200).map((row) => row.id);
    const vectors = Float32Array.from({ length: 1_600 }, (_, i) => Math.sin(i * i));
    store.vectors.put(ids, vectors);
    const { db, hasVectorFunctions } = openDatabase({ path, cacheBytes: 1e6, readonly: true });
    closing.push(db);
    expect(hasVectorFunctions).toBe(true);
    const plain = new Vectors(db, false, new CodedVectors(db, new Changes(db), path));
    for (let q = 0; q < 20; q++) {
      const query = unit(...Array.from({ length: 8 }, (_, i) => Math.cos(q * 7 + i)));
      const expected = store.vectors.search(query, 10);
      const found = plain.search(query, 10);
      expect(found.map((hit) => hit.chunkId)).toEqual(expected.map((hit) => hit.chunkId));
      for (const [i, hit] of found.entries()) {
        expect(hit.score).toBeCloseTo(expected[i]?.score ?? 9, 4);
      }
    }
  });

  it("is made once by four processes that open a cold path together", async () => {
    const path = join(made.folder, "cold", "index.db");
    mkdirSync(join(made.folder, "cold"));
    const script = join(import.meta.dirname, "..", "concurrency", "store-cold-opener.ts");
    const ends = await Promise.all(
      Array.from({ length: 4 }, (_, i) => ended(script, [path, `f${i}.txt`])),
    );
    expect(ends).toEqual([0, 0, 0, 0].map((code) => ({ code, said: "" })));
    expect([...opened({ path }).files.all().keys()]).toEqual([
      "f0.txt",
      "f1.txt",
      "f2.txt",
      "f3.txt",
    ]);
    expect(findFaults(path)).toEqual([]);
  }, 30_000);

  it("loads no driver at import", async () => {
    const script = join(import.meta.dirname, "..", "concurrency", "store-import-only.ts");
    expect(await ended(script, [])).toEqual({ code: 0, said: "" });
  });
});

/** How a child process ended, and what it said on stderr. */
function ended(script: string, args: string[]): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script, ...args], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (data) => {
      said += data;
    });
    child.on("close", (code) => resolve({ code, said }));
  });
}
