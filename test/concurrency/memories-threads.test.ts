/** Memories from worker threads, while the database is tidied, and while the model comes and goes. */
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, expect, it } from "vitest";
import { LazyEmbedder } from "../../src/engine/models/lazy-embedder.ts";
import { HashEmbedder } from "../helpers/hash-embedder.ts";
import { type MemoryBench, memoryBench } from "../helpers/open-memories.ts";

let bench: MemoryBench;

beforeEach(() => {
  bench = memoryBench();
});

afterEach(async () => await bench.end());

function inThread(name: string, count: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const script = join(import.meta.dirname, "memories-worker-thread.ts");
    const worker = new Worker(script, { workerData: { path: bench.path, name, count } });
    worker.on("message", resolve);
    worker.on("error", reject);
  });
}

it("works from several worker threads and while the file is tidied", async () => {
  const memories = await bench.open();
  let isDone = false;
  const tidying = (async () => {
    for (let round = 0; !isDone; round++) {
      const { id } = await memories.remember(`to be erased ${round} ${"x ".repeat(500)}`);
      await memories.forget(id, { hard: true });
      await memories.collect();
    }
  })();
  const ids = (await Promise.all([0, 1, 2].map((at) => inThread(String(at), 60)))).flat();
  isDone = true;
  await tidying;
  expect(new Set(ids).size).toBe(180);
  for (const id of ids) expect((await memories.get(id))?.id).toBe(id);
  const { searched, hits } = await memories.recall("thread wrote sentence", { k: 200 });
  expect([searched, hits.length]).toEqual([180, 180]);
}, 60_000);

it("works while the model is unloaded and loaded again", async () => {
  let loads = 0;
  const lazy = new LazyEmbedder({ id: "hash", dimensions: 64, maxTokens: 256 }, async () => {
    loads += 1;
    await new Promise((done) => setTimeout(done, 5));
    return new HashEmbedder();
  });
  const memories = await bench.open({ embedder: lazy });
  const writing = (async () => {
    for (let at = 0; at < 100; at++) await memories.remember(`memory ${at} under pressure`);
  })();
  for (let round = 0; round < 10; round++) {
    await lazy.unload();
    await memories.settled();
    expect((await memories.recall(`memory ${round} under pressure`)).isPartial).toBe(false);
  }
  await writing;
  await memories.settled();
  expect(loads).toBeGreaterThan(1);
  expect(await memories.stats()).toMatchObject({ memories: 100, withoutVector: 0 });
}, 60_000);

it("embeds what another process left behind; what another model writes waits for its vectors", async () => {
  const silent = await bench.open({ embedder: undefined });
  await silent.remember("left behind without a vector");
  await silent.close();
  const memories = await bench.open({ embedder: new HashEmbedder({ modelId: "first" }) });
  await memories.remember("with a vector");
  await memories.settled();
  const other = await bench.open({
    embedder: new HashEmbedder({ modelId: "other", dimensions: 96 }),
  });
  await other.remember("by another model");
  await other.settled();
  // Two models' vectors never stand side by side: until all are made anew, the other finds by words.
  for (const [service, meaning] of [
    [memories, expect.any(Number)],
    [other, undefined],
  ] as const) {
    const { hits } = await service.recall("vector", { why: true });
    expect(hits[0]?.memory.text).toContain("vector");
    expect(hits[0]?.why?.meaning).toEqual(meaning);
    const { hits: written } = await service.recall("another model", { why: true });
    expect(written[0]?.memory.text).toBe("by another model");
  }
}, 60_000);
