/* Vectors of a real index packed with a loss, used, and brought back. */
import { spawn } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Engine, open } from "../../src/index.ts";
import { scanKernels } from "../../src/native/vector-scan.ts";
import type { ScoredChunk } from "../../src/ports/store.ts";
import { type VectorFormat, vectorFormats } from "../../src/ports/vector-scan.ts";
import { makeCompactCopy, takeCompactCopy, undoCompact } from "../../src/storage/sqlite/compact.ts";
import { openDatabase } from "../../src/storage/sqlite/file/open.ts";
import { openSqliteStore, type SqliteStore } from "../../src/storage/sqlite/store.ts";
import { indexedSources } from "../helpers/indexed-sources.ts";
import { repository } from "../helpers/model.ts";
import { findFaults } from "../helpers/sqlite-files.ts";

const { scratch, tree, original, withIndex } = indexedSources("compact-vectors");
const helper = join(repository, "test", "helpers", "compact-once.ts");
const queries = ["byte size of a flag", "acquire the lock", "merge segments in the background"];

function query<T>(path: string, sql: string): T[] {
  const { db } = openDatabase({ path, cacheBytes: 1e6, readonly: true });
  try {
    return db.prepare(sql).pluck().all() as T[];
  } finally {
    db.close();
  }
}

const lengthsOf = (path: string): number[] =>
  query(path, "SELECT DISTINCT length(data) FROM vectors ORDER BY 1");

/** Every vector, as a string. */
const vectorsOf = (path: string): string[] =>
  query(path, "SELECT scale || hex(data) FROM vectors ORDER BY chunk_id");

async function pathsOf(engine: Engine): Promise<string[][]> {
  const found = await Promise.all(queries.map((text) => engine.search(text, { k: 5 })));
  return found.map(({ hits }) => hits.map(({ path, startLine }) => `${path}:${startLine}`));
}

describe("compact with a target that needs a loss", () => {
  it("packs vectors, searches on, packs what comes later, and brings full vectors back", async () => {
    await withIndex(async (engine, path) => {
      const full = vectorsOf(path);
      const [dimensions = 0] = lengthsOf(path);
      const hits = await pathsOf(engine);
      const lossless = await engine.compaction.prepare();
      lossless.discard();
      const plan = await engine.compaction.prepare({ targetBytes: lossless.after.bytes - 4_096 });
      // The first format suffices, and nothing that loses more is taken.
      expect(plan.steps.at(-1)).toMatchObject({ name: "vectors", format: "4-bit" });
      expect(plan.before.recallAt10).toBe(1);
      expect(plan.after.recallAt10).toBeGreaterThan(0.8);
      expect(plan.after.recallAt10).toBeLessThanOrEqual(1);
      expect(vectorsOf(path)).toEqual(full);
      const bytes = await plan.apply();
      expect(bytes).toBe(plan.after.bytes);
      expect(bytes).toBeLessThanOrEqual(plan.targetBytes ?? 0);
      expect(lengthsOf(path)).toEqual([dimensions / 2]);
      expect(findFaults(path)).toEqual([]);

      // Through the connection that was open all the time.
      const packedHits = await pathsOf(engine);
      expect(packedHits.flat().filter((hit) => hits.flat().includes(hit)).length).toBeGreaterThan(
        10,
      );
      const details = await engine.indexReport();
      expect(details.packed).toEqual({
        format: "4-bit",
        bytesPerVector: dimensions / 2,
        recallAt10: Number(plan.after.recallAt10?.toFixed(4)),
        isRetired: false,
      });
      expect(details.recallAt10).toBe(1);
      await expect(engine.compaction.prepare({ vectors: "pq8" })).rejects.toMatchObject({
        code: "HAYPILE_USAGE",
        message: expect.stringContaining("compact --undo"),
      });

      const added = join(tree, "added.ts");
      writeFileSync(added, "/** Waters the flowers of the garden. */\nexport const hose = 1;\n");
      try {
        await engine.index();
        expect(lengthsOf(path)).toEqual([dimensions / 2]);
        const garden = await engine.search("water the flowers in a garden");
        expect(garden.hits[0]?.path).toBe("added.ts");
      } finally {
        rmSync(added);
      }
      await engine.index();

      const undone = engine.compaction.undo();
      expect(undone.vectors).toBe(full.length);
      // Until the next run the packed ones serve; what a search met is full already.
      const meanwhile = (await pathsOf(engine)).flat();
      expect(meanwhile.filter((hit) => hits.flat().includes(hit)).length).toBeGreaterThan(10);
      expect((await engine.indexReport()).packed?.isRetired).toBe(true);
      await engine.index();
      expect(vectorsOf(path)).toEqual(full);
      expect(query(path, "SELECT count(*) FROM vector_codes")).toEqual([0]);
      expect((await engine.indexReport()).packed).toBeUndefined();
      expect(await pathsOf(engine)).toEqual(hits);
      expect(findFaults(path)).toEqual([]);
    });
  });

  it("names the least size that can be reached, which is the one that can", async () => {
    await withIndex(async (engine, path) => {
      const full = vectorsOf(path);
      const smallest: number = await engine.compaction.prepare({ targetBytes: 20_000 }).then(
        () => 0,
        (error) => error.data.smallestBytes,
      );
      expect(existsSync(`${path}.compact`)).toBe(false);
      expect(vectorsOf(path)).toEqual(full);
      const plan = await engine.compaction.prepare({ targetBytes: smallest });
      expect(plan.steps.at(-1)).toMatchObject({ name: "vectors", format: "pq8" });
      expect(plan.after.bytes).toBe(smallest);
      plan.discard();
      await expect(
        engine.compaction.prepare({ targetBytes: smallest, vectors: "full" }),
      ).rejects.toMatchObject({ message: expect.stringContaining("vectors not packed") });
    });
  });

  it("loses no vector and no text when it is killed at any moment", async () => {
    await withIndex(async (engine, path) => {
      await engine.close();
      const chunks = query<number>(path, "SELECT count(*) FROM vectors")[0];
      let killed = 0;
      for (let attempt = 0; attempt < 8; attempt += 1) {
        const child = spawn(process.execPath, [helper, tree, path, "pq4"], {
          stdio: ["ignore", "pipe", "inherit"],
        });
        await new Promise((begun) => child.stdout.once("data", begun));
        const timer = setTimeout(() => child.kill("SIGKILL"), attempt * 150);
        const signal = await new Promise((done) => child.once("exit", (_, by) => done(by)));
        clearTimeout(timer);
        if (signal === "SIGKILL") killed += 1;
        // Killed after --undo, packed vectors serve until they are made anew.
        const undone = query(path, "SELECT count(*) FROM vector_codes WHERE retired = 1")[0] === 1;
        const faults = findFaults(path).filter((fault) => !(undone && fault.endsWith(renewed)));
        expect(faults).toEqual([]);
        expect(query(path, "SELECT count(*) FROM vectors")).toEqual([chunks]);
        // All full, or all packed with the codebook beside them.
        const packed = query(path, "SELECT count(*) FROM vector_codes")[0];
        expect(lengthsOf(path)).toEqual([packed === 1 ? 64 : 256]);
      }
      expect(killed).toBeGreaterThan(0);
      const again = await open({ folder: tree, database: path });
      again.compaction.undo();
      await again.index();
      await again.close();
      expect(vectorsOf(path)).toEqual(vectorsOf(original));
    });
  });
});

const renewed = "chunk both embedded and pending";
const dimensions = 64;
const kernels = scanKernels();

/** Around forty centres. */
function madeUp(seed: number): Float32Array {
  let state = (seed * 2654435761 + 1) >>> 0;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  const centre = Array.from({ length: dimensions }, (_, i) => Math.sin((seed % 40) * 97 + i * 7));
  const vector = Float32Array.from(centre, (value) => value + 0.7 * next());
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

function putMadeUp(store: SqliteStore, from: number, count: number): number[] {
  store.files.put([
    {
      path: `from${from}.txt`,
      stamp: { sizeBytes: 1, mtimeMs: 1, readMs: 2 },
      contentHash: `${from}`,
      language: "text",
      chunks: Array.from({ length: count }, (_, i) => ({
        text: `chunk ${from + i}`,
        startLine: i + 1,
        endLine: i + 1,
        tokens: 2,
      })),
    },
  ]);
  const ids = store.pending.page(0, count).map(({ id }) => id);
  const rows = new Float32Array(count * dimensions);
  for (const [i] of ids.entries()) rows.set(madeUp(from + i), i * dimensions);
  store.vectors.put(ids, rows);
  return ids;
}

describe.each(vectorFormats)("a large index packed as %s", (format: VectorFormat) => {
  it("is searched by its bits as before, with rows that are in no segment", async () => {
    const path = join(scratch, `large-${format}.db`);
    const store = openSqliteStore({ path, kernels, scanFrom: 100 });
    try {
      store.vectors.claimModel({ id: "made-up", dimensions });
      putMadeUp(store, 0, 3_000);
      store.optimize();
      await store.settled();
      const { loose } = store.vectors.scanReport();
      const seeds = Array.from({ length: 30 }, (_, i) => i * 100);
      const truth = seeds.map((seed) => store.vectors.search(madeUp(seed), 10));
      const options = { path, targetBytes: 0, codec: "off", vectors: format } as const;
      await makeCompactCopy(options);
      await takeCompactCopy(path);
      // The bits are still those of the full vectors.
      expect(store.vectors.scanReport()).toMatchObject({ kind: "bits", vectors: 3_000, loose });
      const later = putMadeUp(store, 3_000, 50);
      const found = { asPacked: 0, asFull: 0, self: 0 };
      for (const [at, seed] of seeds.entries()) {
        const near = await store.vectors.nearest(madeUp(seed), 10);
        const ids = new Set(near.map(({ chunkId }) => chunkId));
        const countIn = (hits: ScoredChunk[] = []): number =>
          hits.filter(({ chunkId }) => ids.has(chunkId)).length;
        found.asPacked += countIn(store.vectors.search(madeUp(seed), 10)) / 300;
        found.asFull += countIn(truth[at]) / 300;
        if (ids.has(seed + 1)) found.self += 1;
      }
      // Ten of 75 around a centre, told apart by noise alone: by chance 0.13 would be found.
      expect(found.asPacked).toBeGreaterThan(0.75);
      expect(found.asFull).toBeGreaterThan({ "4-bit": 0.7, pq4: 0.4, pq8: 0.25 }[format]);
      expect(found.self).toBeGreaterThan(25);
      // A row that came later is packed, loose, and found.
      const own = await store.vectors.nearest(madeUp(3_049), 1, Uint32Array.from(later));
      expect(own[0]?.chunkId).toBe(later.at(-1));
      expect(store.vectors.similarities([1, 1, 2], "model")[1]).toBeCloseTo(1, 5);
      expect(store.vectors.sample(20)).toHaveLength(20);
      expect(findFaults(path)).toEqual([]);
    } finally {
      store.close();
    }
  });
});

describe("a small index packed as pq4", () => {
  async function packedStore(name: string): Promise<SqliteStore> {
    const path = join(scratch, `${name}.db`);
    const store = openSqliteStore({ path, kernels });
    store.vectors.claimModel({ id: "made-up", dimensions });
    putMadeUp(store, 0, 200);
    await makeCompactCopy({ path, targetBytes: 0, codec: "off", vectors: "pq4" });
    await takeCompactCopy(path);
    return store;
  }

  it("is searched among the chunks that a filter lets through", async () => {
    const store = await packedStore("filtered");
    const allowed = Uint32Array.from([5, 77, 150]);
    const found = store.vectors.search(madeUp(76), 10, allowed);
    expect(found[0]?.chunkId).toBe(77);
    expect(found.map(({ chunkId }) => chunkId).sort((a, b) => a - b)).toEqual([5, 77, 150]);
    expect(found[0]?.score).toBeGreaterThan(0.8);
    expect(found[0]?.score).toBeLessThan(1.05);
    store.close();
  });

  it("compares full vectors beside packed ones after undo", async () => {
    const store = await packedStore("mixed");
    expect(undoCompact(store.path).vectors).toBe(200);
    // What is made anew is full.
    store.vectors.put([3], madeUp(2));
    expect(lengthsOf(store.path)).toEqual([dimensions / 4, dimensions]);
    expect(store.vectors.search(madeUp(2), 1)[0]).toMatchObject({ chunkId: 3 });
    expect(store.vectors.search(madeUp(2), 1)[0]?.score).toBeCloseTo(1, 2);
    expect(store.vectors.search(madeUp(10), 1)[0]?.chunkId).toBe(11);
    expect(store.pending.count()).toBe(199);
    store.close();
  });

  it("says so when its codebook is damaged", async () => {
    const store = await packedStore("damaged");
    const { db } = openDatabase({ path: store.path, cacheBytes: 1e6, readonly: false });
    db.exec("UPDATE vector_codes SET data = x'00'");
    db.close();
    store.close();
    const again = openSqliteStore({ path: store.path, kernels });
    expect(() => again.vectors.search(madeUp(1), 1)).toThrow(
      expect.objectContaining({ code: "HAYPILE_DB_CORRUPT" }),
    );
    again.close();
  });

  it("forgets its codebook when it is emptied and another model claims it", async () => {
    const store = await packedStore("claimed");
    store.files.remove(["from0.txt"]);
    store.vectors.claimModel({ id: "another", dimensions: 32 });
    expect(store.vectors.packed()).toBeUndefined();
    store.close();
  });
});
