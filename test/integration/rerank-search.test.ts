/* A whole engine with a reranker: real files, index, static model, and a small real cross-encoder. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine, OpenOptions } from "../../src/index.ts";
import { open } from "../../src/index.ts";
import { writeTinyReranker } from "../helpers/tiny-reranker.ts";

const scratch = mkdtempSync(join(tmpdir(), "haypile-rerank-"));
const tree = join(scratch, "tree");
const query = "the garden walk";
// The word that decides nothing in the index decides all here.
const reranker = writeTinyReranker(join(scratch, "reranker"), { words: { the: 10, walk: 1 } });

async function withEngine<T>(
  options: Partial<OpenOptions>,
  use: (engine: Engine) => Promise<T>,
): Promise<T> {
  const engine = await open({
    folder: tree,
    database: join(scratch, "index.db"),
    model: "static",
    embeddingCache: false,
    ...options,
  });
  try {
    return await use(engine);
  } finally {
    await engine.close();
  }
}

beforeAll(async () => {
  mkdirSync(tree);
  for (let i = 0; i < 19; i += 1) {
    const word = ["rose", "tulip", "pond", "bench", "hedge"][i % 5];
    const what = i % 2 === 0 ? "walk" : "gate";
    writeFileSync(join(tree, `${what}${i}.txt`), `garden ${what} ${i} along ${word} ${i * 7}\n`);
  }
  writeFileSync(join(tree, "gate.txt"), "the garden gate\n");
  await withEngine({}, async (engine) => {
    await engine.index();
  });
});

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

describe("search with a reranker", () => {
  it("is off by default", async () => {
    await withEngine({}, async (engine) => {
      const { hits, reranked, cut } = await engine.search(query, { k: 20 });
      expect(reranked).toBeUndefined();
      expect(cut).toEqual([]);
      expect(hits.every((hit) => hit.parts.rerank === undefined)).toBe(true);
      expect(hits[0]?.path).not.toBe("gate.txt");
      await expect(engine.search(query, { rerank: true })).rejects.toMatchObject({
        code: "HAYPILE_USAGE",
      });
      expect(engine.footprint().owners.some(({ owner }) => owner.startsWith("reranker"))).toBe(
        false,
      );
    });
  });

  it("changes the order as the scores say, and names them", async () => {
    await withEngine({ reranker }, async (engine) => {
      const plain = await engine.search(query, { k: 20, rerank: false });
      expect(plain.reranked).toBeUndefined();
      const { hits, reranked, timesMs } = await engine.search(query, { k: 20 });
      expect(reranked).toEqual({ pairs: reranked?.of, of: reranked?.of, complete: true });
      expect(reranked?.of).toBe(20);
      expect(hits[0]).toMatchObject({ path: "gate.txt", parts: { rerank: 10 } });
      for (const hit of hits.slice(1)) expect([0, 1]).toContain(hit.parts.rerank);
      expect(hits.slice(1).map(({ path }) => path)).not.toContain("gate.txt");
      expect(timesMs.rerank).toBeGreaterThan(0);
      expect(
        engine.footprint().owners.find(({ owner }) => owner.startsWith("reranker"))?.bytes,
      ).toBeGreaterThan(0);
    });
  });

  it("gives the order without it when the time is up, and says so", async () => {
    // Without caches: what is remembered is never too late.
    await withEngine({ reranker, cacheBytes: 0 }, async (engine) => {
      const plain = await engine.search(query, { rerank: false });
      // Loaded first: the model of the index must not be what comes too late.
      await engine.search(query);
      const late = await engine.search(query, { deadlineMs: 0.01 });
      expect(late.reranked).toMatchObject({ pairs: 0, complete: false, why: "deadline" });
      expect(late.cut.join()).toMatch(/deadline passed when 0 of \d+ candidates were reranked/);
      expect(late.hits.every((hit) => hit.parts.rerank === undefined)).toBe(true);
      const enough = await engine.search(query, { deadlineMs: 30_000 });
      expect(enough.reranked?.complete).toBe(true);
      expect(enough.hits[0]?.path).toBe("gate.txt");
      expect(plain.hits[0]?.path).not.toBe("gate.txt");
    });
  });

  it("stops when the caller does", async () => {
    await withEngine({ reranker }, async (engine) => {
      await expect(engine.search(query, { signal: AbortSignal.abort() })).rejects.toMatchObject({
        code: "HAYPILE_ABORTED",
      });
      expect((await engine.search(query)).reranked?.complete).toBe(true);
    });
  });

  it("explains a place", async () => {
    await withEngine({ reranker }, async (engine) => {
      const { chunks, verdict } = await engine.why(query, "gate.txt");
      expect(chunks[0]).toMatchObject({ rank: 1, rankByReranker: 1, parts: { rerank: 10 } });
      expect(verdict).toMatch(/gate\.txt is hit 1: .*number 1 by the reranker/);
      const without = await engine.why(query, "gate.txt", { rerank: false });
      expect(without.chunks[0]?.rankByReranker).toBeNull();
      expect(without.verdict).not.toMatch(/reranker/);
    });
  });
});
