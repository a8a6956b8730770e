/* How segments come to be, are tidied up, and are searched when their bits do not fit into memory. */
import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { scanKernels } from "../../src/native/vector-scan.ts";
import { acquireIndexLock } from "../../src/storage/sqlite/file/lock.ts";
import {
  openSqliteStore,
  type SqliteStore,
  type SqliteStoreOptions,
} from "../../src/storage/sqlite/store.ts";
import { addVectors, madeUpVector } from "../helpers/made-up-vectors.ts";
import { segmentFacts } from "../helpers/segment-faults.ts";
import { findFaults, makeFolder, openRaw } from "../helpers/sqlite-files.ts";
import { codeOf } from "../helpers/store-files.ts";

const kernels = scanKernels();
let dimensions = 64;
let made: ReturnType<typeof makeFolder>;
let path: string;
let stores: SqliteStore[];

beforeEach(() => {
  made = makeFolder();
  path = join(made.folder, "index.db");
  stores = [];
  dimensions = 64;
});

afterEach(() => {
  for (const store of stores) store.close();
  made.remove();
});

function open(options: Partial<SqliteStoreOptions> = {}): SqliteStore {
  const store = openSqliteStore({ path, kernels, scanFrom: 100, ...options });
  if (options.readonly !== true) store.vectors.claimModel({ id: "made-up", dimensions });
  stores.push(store);
  return store;
}

const shared = makeFolder();
afterAll(() => shared.remove());

/** A store of so many vectors, which is made once; with segments, or with none yet. */
async function openFilled(count: number, isBuilt = false): Promise<SqliteStore> {
  const kept = join(shared.folder, `${count}-${dimensions}-${isBuilt}.db`);
  if (!existsSync(kept)) {
    const store = openSqliteStore({ path: `${kept}.new`, kernels, scanFrom: 100 });
    store.vectors.claimModel({ id: "made-up", dimensions });
    addVectors(store, 0, count, dimensions);
    if (isBuilt) store.optimize();
    await store.settled();
    store.close();
    copyFileSync(`${kept}.new`, kept);
  }
  copyFileSync(kept, path);
  return open();
}

async function built(store: SqliteStore): Promise<ReturnType<typeof segmentFacts>> {
  store.optimize();
  await store.settled();
  return segmentFacts(path);
}

const vectorOf = (seed: number): Float32Array => madeUpVector(seed, dimensions);
const paths = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `f${from + i}.txt`);

/** Share of the true best ten that are found, over 20 questions. */
async function recall(store: SqliteStore): Promise<number> {
  let found = 0;
  for (let question = 0; question < 20; question += 1) {
    const vector = vectorOf(1_000_000 + question);
    const exact = new Set(store.vectors.search(vector, 10).map(({ chunkId }) => chunkId));
    const near = await store.vectors.nearest(vector, 10);
    expect(near).toHaveLength(exact.size);
    expect(new Set(near.map(({ chunkId }) => chunkId)).size).toBe(near.length);
    found += near.filter(({ chunkId }) => exact.has(chunkId)).length;
  }
  return found / 200;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("making segments", () => {
  it("goes on in the background, while searches find all", async () => {
    const store = await openFilled(20_000);
    store.optimize();
    expect(store.vectors.scanReport()).toMatchObject({
      kind: "bits",
      loose: 20_000,
      isBuilding: true,
    });
    const seen = new Set<number>();
    while (store.vectors.scanReport().isBuilding) {
      const { loose } = store.vectors.scanReport();
      seen.add(loose);
      const seed = 19_999 - seen.size * 40;
      const [hit] = await store.vectors.nearest(vectorOf(seed), 1);
      expect(hit?.score).toBeGreaterThan(0.99);
      await turn();
    }
    // It was searched before the first segment, and between two.
    expect(seen.size).toBeGreaterThan(1);
    const facts = segmentFacts(path);
    expect(facts).toMatchObject({ dead: 0, loose: 0, faults: [] });
    expect(facts.segments.length).toBeGreaterThan(1);
    expect(await recall(store)).toBeGreaterThanOrEqual(0.95);
  }, 60_000);

  it("is begun by a search that meets many loose rows, and by none that meets few", async () => {
    addVectors(open(), 0, 3_000, dimensions);
    const reader = open();
    await reader.vectors.nearest(vectorOf(1), 1);
    await reader.settled();
    expect(segmentFacts(path)).toMatchObject({ loose: 0, faults: [] });
    addVectors(reader, 3_000, 300, dimensions);
    await reader.vectors.nearest(vectorOf(1), 1);
    await reader.settled();
    expect(segmentFacts(path)).toMatchObject({ loose: 300, faults: [] });
    expect((await reader.vectors.nearest(vectorOf(3_200), 1))[0]?.score).toBeGreaterThan(0.99);
  });

  it("stops when the store is closed, and is gone on from", async () => {
    const store = await openFilled(20_000);
    store.optimize();
    while (store.vectors.scanReport().loose === 20_000) await turn();
    store.close();
    await store.settled();
    const half = segmentFacts(path);
    expect(half.faults).toEqual([]);
    expect(half.segments.length).toBeGreaterThan(0);
    expect(half.loose).toBeGreaterThan(0);
    const again = open();
    expect(await recall(again)).toBeGreaterThanOrEqual(0.95);
    const whole = await built(again);
    expect(whole).toMatchObject({ loose: 0, faults: [] });
    expect(whole.segments.slice(0, half.segments.length)).toEqual(half.segments);
  }, 60_000);

  it("is done by one builder at a time, and left to it by the others", async () => {
    const first = open();
    addVectors(first, 0, 12_000, dimensions);
    const lock = acquireIndexLock(`${path}.bits`);
    expect((await built(first)).segments).toEqual([]);
    expect(await recall(first)).toBe(1);
    lock.release();
    const second = open();
    first.optimize();
    second.optimize();
    await Promise.all([first.settled(), second.settled()]);
    expect(segmentFacts(path)).toMatchObject({ loose: 0, faults: [] });
    expect(await recall(second)).toBeGreaterThanOrEqual(0.95);
  }, 60_000);

  it("waits for another writer without holding anything up", async () => {
    const store = open();
    addVectors(store, 0, 2_000, dimensions);
    const raw = openRaw(path);
    raw.exec("BEGIN IMMEDIATE");
    let turns = 0;
    // optimize() itself waits for the writer: a search asks the builder too.
    await store.vectors.nearest(vectorOf(1), 1);
    // Who waits for the writer holds a turn up for seconds; on a busy machine one may take a tenth of one.
    const [least, most] = [Date.now() + 300, Date.now() + 20_000];
    while (Date.now() < least || (turns <= 20 && Date.now() < most)) {
      await turn();
      turns += 1;
    }
    expect(store.vectors.scanReport()).toMatchObject({ loose: 2_000, isBuilding: true });
    expect(turns).toBeGreaterThan(20);
    raw.exec("COMMIT");
    raw.close();
    await store.settled();
    expect(segmentFacts(path)).toMatchObject({ loose: 0, faults: [] });
  });

  it("keeps up with rows that come, change and go meanwhile", async () => {
    const store = open();
    const other = open();
    const ids = addVectors(store, 0, 15_000, dimensions);
    store.optimize();
    for (let round = 0; store.vectors.scanReport().isBuilding || round < 10; round += 1) {
      const writer = round % 2 === 0 ? store : other;
      writer.files.remove(paths(round * 20, round * 20 + 10));
      addVectors(writer, 20_000 + round * 10, 10, dimensions);
      const changed = ids[((round * 997) % 14_000) + 500] as number;
      writer.vectors.put([changed], vectorOf(500_000 + round));
      await turn();
    }
    expect(segmentFacts(path).faults).toEqual([]);
    await built(store);
    expect(segmentFacts(path).faults).toEqual([]);
    expect(await recall(store)).toBeGreaterThanOrEqual(0.95);
    expect(await recall(other)).toBeGreaterThanOrEqual(0.95);
    expect(findFaults(path)).toEqual([]);
  }, 60_000);

  it("is not done by a store for searching only", async () => {
    const writer = open();
    addVectors(writer, 0, 1_000, dimensions);
    const reader = open({ readonly: true });
    expect(await recall(reader)).toBe(1);
    await reader.settled();
    expect(segmentFacts(path)).toMatchObject({ loose: 1_000, segments: [] });
    expect(existsSync(`${path}.bits.lock`)).toBe(false);
    await built(writer);
    expect(await recall(reader)).toBeGreaterThanOrEqual(0.95);
  });
});

describe("tidying up segments", () => {
  it("makes those anew that have many dead rows, and leaves the others", async () => {
    const store = await openFilled(20_000);
    const before = await built(store);
    store.files.remove(paths(0, 4_000));
    store.files.remove(paths(12_000, 12_100));
    expect(segmentFacts(path)).toMatchObject({ dead: 4_100, faults: [] });
    expect(await recall(store)).toBeGreaterThanOrEqual(0.95);
    const after = await built(store);
    expect(after).toMatchObject({ dead: 100, faults: [] });
    expect(after.segments.map(({ id }) => id)).toContain(before.segments[1]?.id);
    expect(after.segments.map(({ id }) => id)).not.toContain(before.segments[0]?.id);
    expect(await recall(store)).toBeGreaterThanOrEqual(0.95);
  }, 60_000);

  it("makes one of many small ones", async () => {
    const store = open();
    addVectors(store, 0, 600, dimensions);
    for (let round = 1; round <= 9; round += 1) {
      await built(store);
      addVectors(store, round * 1_000, 600, dimensions);
    }
    const facts = await built(store);
    expect(facts).toMatchObject({ dead: 0, loose: 0, faults: [] });
    expect(facts.segments.length).toBeLessThan(8);
    expect(await recall(store)).toBeGreaterThanOrEqual(0.95);
  }, 60_000);

  it("makes all anew when the index has outgrown the mean", async () => {
    const store = open();
    addVectors(store, 0, 1_000, dimensions);
    const [first] = (await built(store)).segments;
    addVectors(store, 1_000, 4_000, dimensions);
    const facts = await built(store);
    expect(facts).toMatchObject({ loose: 0, faults: [] });
    expect(facts.segments).toEqual([{ id: first?.id, rows: 5_000 }]);
    expect(await recall(store)).toBeGreaterThanOrEqual(0.97);
  }, 60_000);

  it("is gone on from wherever making all anew was stopped", async () => {
    await openFilled(20_000, true);
    const raw = openRaw(path);
    raw.exec("DELETE FROM segment_state WHERE key = 'mean'");
    raw.close();
    const seen = new Set<string>();
    for (let turns = 1, isWhole = false; !isWhole; turns += 1) {
      const store = open();
      store.optimize();
      for (let i = 0; i < turns && store.vectors.scanReport().isBuilding; i += 1) await turn();
      expect((await store.vectors.nearest(vectorOf(77), 1))[0]?.score).toBeGreaterThan(0.99);
      isWhole = !store.vectors.scanReport().isBuilding;
      store.close();
      await store.settled();
      const facts = segmentFacts(path);
      isWhole &&= facts.loose === 0 && facts.segments.length > 0;
      seen.add(`${facts.segments.length} ${facts.loose}`);
      expect(turns).toBeLessThan(1_000);
    }
    expect(seen.size).toBeGreaterThan(3);
    expect(segmentFacts(path)).toMatchObject({ loose: 0, faults: [] });
    expect(await recall(open())).toBeGreaterThanOrEqual(0.95);
  }, 120_000);
});

describe("a budget for bits", () => {
  /** With loose, dead and changed rows, and the same questions to every budget. */
  async function answers(store: SqliteStore): Promise<unknown[]> {
    const found: unknown[] = [];
    const even = Uint32Array.from({ length: 4_500 }, (_, i) => (i + 1) * 2);
    for (let question = 0; question < 8; question += 1) {
      found.push(await store.vectors.nearest(vectorOf(2_000_000 + question), 20));
      found.push(await store.vectors.nearest(vectorOf(2_000_000 + question), 5, even));
    }
    found.push(
      await store.vectors.nearest(vectorOf(1), 500),
      await store.vectors.nearest(vectorOf(3), 1),
    );
    return found;
  }

  it.each([8, 100, 384])(
    "gives the same answers whatever it is (%i dimensions)",
    async (size) => {
      dimensions = size;
      const writer = open();
      const ids = addVectors(writer, 0, 9_500, size);
      await built(writer);
      writer.files.remove(paths(100, 900));
      addVectors(writer, 30_000, 250, size);
      writer.vectors.put([ids[9] as number], vectorOf(600_000));
      const wanted = await answers(writer);
      const whole = writer.vectors.scanReport();
      expect(whole).toMatchObject({ streamed: 0, loose: 251 });
      writer.close();
      for (const budget of [0, whole.bytes - 1, whole.bytes]) {
        const store = open({ bitsBudgetBytes: budget });
        expect(await answers(store)).toEqual(wanted);
        const report = store.vectors.scanReport();
        expect(report.bytes).toBeLessThanOrEqual(budget);
        expect(report.budgetBytes).toBe(budget);
        expect(report.streamed > 0).toBe(budget < whole.bytes);
        expect(store.bitsBytes).toBe(report.bytes);
        store.close();
        expect(store.bitsBytes).toBe(0);
      }
    },
    90_000,
  );

  it("may change at any time, also while it is searched", async () => {
    const store = await openFilled(20_000, true);
    const wanted = await answers(store);
    const { bytes } = store.vectors.scanReport();
    expect(bytes).toBeGreaterThan(0);
    store.limitBits(0);
    expect(store.bitsBytes).toBe(0);
    const under = answers(store);
    for (const budget of [bytes, 0, bytes / 2, bytes]) {
      await turn();
      store.limitBits(Math.floor(budget));
    }
    expect(await under).toEqual(wanted);
    expect(await answers(store)).toEqual(wanted);
    expect(store.bitsBytes).toBe(bytes);
  }, 60_000);

  it("is followed while segments are made and merged", async () => {
    (await openFilled(20_000)).close();
    const store = open({ bitsBudgetBytes: 0 });
    store.optimize();
    while (store.vectors.scanReport().isBuilding) {
      const seed = Math.floor(Math.random() * 20_000);
      expect((await store.vectors.nearest(vectorOf(seed), 1))[0]?.score, `${seed}`).toBeGreaterThan(
        0.99,
      );
      await turn();
    }
    store.files.remove(paths(0, 9_000));
    store.optimize();
    while (store.vectors.scanReport().isBuilding) {
      const seed = 9_000 + Math.floor(Math.random() * 11_000);
      expect((await store.vectors.nearest(vectorOf(seed), 1))[0]?.score, `${seed}`).toBeGreaterThan(
        0.99,
      );
      await turn();
    }
    // The first segment is gone whole; too few of the second are dead to make it anew.
    expect(segmentFacts(path)).toMatchObject({ dead: 808, loose: 0, faults: [] });
    expect(await recall(store)).toBeGreaterThanOrEqual(0.95);
    expect(store.vectors.scanReport()).toMatchObject({ bytes: 0, streamed: 11_808 });
  }, 60_000);

  it("is refused when it is no number of bytes", () => {
    for (const bitsBudgetBytes of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(codeOf(() => openSqliteStore({ path, kernels, bitsBudgetBytes }))).toBe(
        "HAYPILE_USAGE",
      );
      expect(codeOf(() => open().limitBits(bitsBudgetBytes))).toBe("HAYPILE_USAGE");
    }
  });

  it("ends with HAYPILE_CLOSED when the store is closed under a search", async () => {
    (await openFilled(20_000, true)).close();
    const store = open({ bitsBudgetBytes: 0 });
    const searches = Array.from({ length: 4 }, (_, i) => store.vectors.nearest(vectorOf(i), 5));
    await turn();
    store.close();
    for (const { status, ...rest } of await Promise.allSettled(searches)) {
      if (status === "rejected") expect(rest).toMatchObject({ reason: { code: "HAYPILE_CLOSED" } });
    }
    await expect(store.vectors.nearest(vectorOf(1), 1)).rejects.toMatchObject({
      code: "HAYPILE_CLOSED",
    });
  });
});

describe("damage in a segment that is read for each search", () => {
  it.each([
    "UPDATE segments SET bits = zeroblob(length(bits))",
    "UPDATE segments SET bits = substr(bits, 9) WHERE id = 2",
    "UPDATE segments SET ids = zeroblob(length(ids)) WHERE id = 2",
    "UPDATE segments SET ids = zeroblob(3)",
    "UPDATE segments SET count = count + 1 WHERE id = 1",
    "UPDATE segments SET count = -5 WHERE id = 2",
    "UPDATE segments SET sum = -1 WHERE id = 2",
    "UPDATE segments SET sum = 1e15 WHERE id = 2",
    "DELETE FROM segments WHERE id = 1",
    "UPDATE segment_state SET value = zeroblob(5) WHERE key = 'mean'",
    `UPDATE segment_state SET value = (WITH RECURSIVE n(i, v) AS (SELECT 1, 'ffffffff' UNION ALL
       SELECT i + 1, v || 'ffffffff' FROM n WHERE i < 64) SELECT unhex(max(v)) FROM n) WHERE key = 'mean'`,
    "UPDATE segment_state SET value = x'ff' WHERE key = 'rows'",
    "UPDATE segment_state SET value = x'ff' WHERE key = 'generation'",
    "DELETE FROM segment_state",
    "INSERT INTO dead VALUES (-7), (4294967296000), (999999999)",
  ])(
    "is answered exactly, and made good: %s",
    async (damage) => {
      (await openFilled(10_000, true)).close();
      const raw = openRaw(path);
      raw.exec(damage);
      raw.close();
      const again = open({ bitsBudgetBytes: 0 });
      expect(await recall(again)).toBeGreaterThanOrEqual(0.95);
      await built(again);
      expect(await recall(again)).toBeGreaterThanOrEqual(0.95);
      await again.settled();
      const { faults, loose } = segmentFacts(path);
      // Ids of no chunk among the dead do no harm, and go with the next segment that is made anew.
      expect(faults.filter((fault) => !/died in no segment/.test(fault))).toEqual([]);
      expect(loose).toBe(0);
    },
    60_000,
  );
});
