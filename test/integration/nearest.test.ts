/* Search over bits against the exact search, through writes, removals, damage and other processes. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { scanKernels } from "../../src/native/vector-scan.ts";
import { openSqliteStore, type SqliteStore } from "../../src/storage/sqlite/store.ts";
import { addVectors, madeUpVector } from "../helpers/made-up-vectors.ts";

const dimensions = 64;
const kernels = scanKernels();

let folder: string;
let path: string;
let stores: SqliteStore[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "haypile-nearest-"));
  path = join(folder, "index.db");
  stores = [];
});

afterEach(() => {
  for (const store of stores) store.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(scanFrom = 100): SqliteStore {
  const store = openSqliteStore({ path, kernels, scanFrom });
  store.vectors.claimModel({ id: "made-up", dimensions });
  stores.push(store);
  return store;
}

const vectorOf = (seed: number): Float32Array => madeUpVector(seed, dimensions);
const add = (store: SqliteStore, from: number, count: number): number[] =>
  addVectors(store, from, count, dimensions);

async function recall(store: SqliteStore, questions = 40, k = 10): Promise<number> {
  let found = 0;
  for (let question = 0; question < questions; question += 1) {
    const vector = vectorOf(1_000_000 + question);
    const exact = new Set(store.vectors.search(vector, k).map(({ chunkId }) => chunkId));
    const near = await store.vectors.nearest(vector, k);
    expect(near).toHaveLength(Math.min(k, exact.size));
    for (let i = 1; i < near.length; i += 1) {
      expect(near[i - 1]?.score).toBeGreaterThanOrEqual(near[i]?.score as number);
    }
    found += near.filter(({ chunkId }) => exact.has(chunkId)).length;
  }
  return found / (questions * k);
}

describe("nearest", () => {
  it("compares every row of a small index, and finds what the exact search finds", async () => {
    const store = open(100);
    add(store, 0, 50);
    store.optimize();
    await store.settled();
    expect(store.vectors.scanReport().kind).toBe("exact");
    expect(await recall(store)).toBe(1);
  });

  it("uses bits in a large one, with scores close to the exact ones", async () => {
    const store = open();
    add(store, 0, 3000);
    store.optimize();
    await store.settled();
    expect(store.vectors.scanReport()).toMatchObject({ kind: "bits", vectors: 3000, loose: 0 });
    expect(await recall(store)).toBeGreaterThanOrEqual(0.97);
    expect(store.vectors.scanReport().bytes).toBeGreaterThan(3000 * 8);
    const vector = vectorOf(5);
    const [best] = await store.vectors.nearest(vector, 1);
    expect(best?.score).toBeCloseTo(store.vectors.search(vector, 1)[0]?.score as number, 2);
  });

  it("finds rows that came since, and not those that went", async () => {
    const store = open();
    add(store, 0, 2000);
    store.optimize();
    await store.settled();
    await recall(store, 2);
    add(store, 2000, 300);
    const vector = vectorOf(2200);
    const [hit] = await store.vectors.nearest(vector, 1);
    expect(hit?.score).toBeGreaterThan(0.99);
    store.files.remove(["f2200.txt", "f7.txt"]);
    expect((await store.vectors.nearest(vector, 5)).map(({ chunkId }) => chunkId)).not.toContain(
      hit?.chunkId,
    );
    expect((await store.vectors.nearest(vectorOf(7), 1))[0]?.score).toBeLessThan(0.99);
    expect(await recall(store)).toBeGreaterThanOrEqual(0.97);
  });

  it("follows a vector that changed", async () => {
    const store = open();
    const ids = add(store, 0, 1000);
    store.optimize();
    await store.settled();
    await recall(store, 2);
    const moved = vectorOf(999_999).map((value) => -value);
    store.vectors.put([ids[3] as number], moved);
    expect((await store.vectors.nearest(moved, 1))[0]?.chunkId).toBe(ids[3]);
    store.optimize();
    await store.settled();
    expect((await store.vectors.nearest(moved, 1))[0]?.chunkId).toBe(ids[3]);
  });

  it("sees what another connection wrote, and its compaction", async () => {
    const reader = open();
    const writer = open();
    add(writer, 0, 1500);
    expect(await recall(reader, 3)).toBe(1);
    writer.optimize();
    await writer.settled();
    expect(await recall(reader)).toBeGreaterThanOrEqual(0.97);
    add(writer, 1500, 20_000);
    writer.optimize();
    await writer.settled();
    expect(await recall(reader)).toBeGreaterThanOrEqual(0.95);
    expect(reader.vectors.scanReport().vectors).toBe(21_500);
  });

  it("is the same after opening again", async () => {
    const store = open();
    add(store, 0, 1200);
    store.optimize();
    await store.settled();
    const before = await store.vectors.nearest(vectorOf(77), 20);
    store.close();
    expect(await open().vectors.nearest(vectorOf(77), 20)).toEqual(before);
  });

  it.each([
    ["UPDATE segments SET bits = zeroblob(length(bits))"],
    ["UPDATE segments SET bits = substr(bits, 9)"],
    ["UPDATE segments SET ids = zeroblob(3)"],
    ["UPDATE segments SET count = 5"],
    ["UPDATE segments SET sum = 1"],
    ["UPDATE segment_state SET value = zeroblob(5) WHERE key = 'mean'"],
    ["DELETE FROM segment_state WHERE key = 'mean'"],
    ["DELETE FROM segments"],
  ])("answers exactly after damage, and makes the bits again: %s", async (damage) => {
    const store = open();
    add(store, 0, 1000);
    store.optimize();
    await store.settled();
    await recall(store, 1);
    store.close();
    const raw = new Database(path);
    raw.exec(damage);
    raw.close();
    const again = open();
    expect(await recall(again)).toBeGreaterThanOrEqual(0.97);
    again.optimize();
    await again.settled();
    expect(await recall(again)).toBeGreaterThanOrEqual(0.97);
    expect(again.vectors.scanReport().loose).toBe(0);
  });

  it("needs no addon", async () => {
    const store = openSqliteStore({ path, scanFrom: 10 });
    stores.push(store);
    store.vectors.claimModel({ id: "made-up", dimensions });
    add(store, 0, 100);
    store.optimize();
    await store.settled();
    expect(await recall(store)).toBe(1);
    expect(existsSync(path)).toBe(true);
  });
});
