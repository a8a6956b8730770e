import { describe, expect, it } from "vitest";
import { footprintAdvice, footprintEfficiency } from "../../../../src/engine/receipt/advice.ts";
import { type FootprintFacts, footprintOwners } from "../../../../src/engine/receipt/owners.ts";

const facts: FootprintFacts = {
  usage: {
    rssBytes: 100e6,
    peakRssBytes: 120e6,
    anonBytes: 60e6,
    fileBytes: 40e6,
    runtimeBytes: 3e6,
    runtimePeakBytes: 9e6,
  },
  map: {
    totalBytes: 100e6,
    files: [
      { path: "/opt/node", bytes: 20e6 },
      { path: "/lib/libonnxruntime.so.1", bytes: 9e6 },
      { path: "/lib/haypile.node", bytes: 1e6 },
      { path: "/m/better-sqlite3/prebuilds/linux-x64.node", bytes: 1e6 },
      { path: "/cache/graphs/a/model.data", bytes: 4e6 },
      { path: "/cache/graphs/a/model.onnx", bytes: 1e6 },
      { path: "/models/static/table.bin", bytes: 2e6 },
      { path: "/data/i.db-shm", bytes: 0.5e6 },
      { path: "/lib/libc.so.6", bytes: 1.5e6 },
    ],
    mallocBytes: 20e6,
    heapBytes: 25e6,
    codeBytes: 1e6,
    stackBytes: 2e6,
    runtimeBytes: 5e6,
    otherBytes: 6e6,
    systemBytes: 1e6,
  },
  malloc: { usedBytes: 19e6, mappedBytes: 4e6, atStartBytes: 3e6, runtimeTableBytes: 0.5e6 },
  node: { heapTotal: 26e6, heapUsed: 18e6, external: 8e6, arrayBuffers: 2e6 },
  v8MallocBytes: 0.5e6,
  sessions: [
    {
      owner: "model m",
      openedPath: "/cache/graphs/a/model.onnx",
      sessionBytes: 2e6,
      tableBytes: 7e6,
    },
  ],
  databases: ["/data/i.db"],
  databaseCacheBytes: 1e6,
  bitsBytes: 3e6,
  nodePath: "/opt/node",
};

const bytesOf = (owners: { owner: string; bytes: number }[]): Record<string, number> =>
  Object.fromEntries(owners.map(({ owner, bytes }) => [owner, bytes]));

describe("footprintOwners", () => {
  it("gives every byte one owner", () => {
    const owners = footprintOwners(facts);
    expect(bytesOf(owners)).toEqual({
      "JavaScript heap": 25e6,
      "compiled code": 1e6,
      "model m": 9e6,
      "ONNX Runtime's tables": 0.5e6,
      activations: 1e6,
      "vector bits": 3e6,
      buffers: 2e6,
      "Node's own blocks": 3.5e6,
      "database cache": 1e6,
      // 24 MB in arenas and mapped blocks, 19 MB of them in use.
      "kept by malloc": 5e6,
      "kept by the runtime's allocator": 2e6,
      "thread stacks": 2e6,
      Node: 20e6,
      "ONNX Runtime": 9e6,
      "Haypile's core": 1e6,
      SQLite: 1e6,
      "weights of model m": 5e6,
      "other weights": 2e6,
      "database files": 0.5e6,
      "other files": 1.5e6,
      kernel: 1e6,
      // 2 MB of pages in no block, 2 MB of blocks that nobody claims.
      unaccounted: 4e6,
    });
    expect(owners.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(100e6);
    expect(owners.find(({ owner }) => owner === "JavaScript heap")?.idleBytes).toBe(7e6);
  });

  it("says what lengths of chunks take, where any are kept", () => {
    const owners = footprintOwners({ ...facts, lengthsBytes: 1.5e6 });
    expect(bytesOf(owners)).toMatchObject({ "lengths of chunks": 1.5e6, unaccounted: 2.5e6 });
    const byCounters = footprintOwners({ ...facts, map: undefined, lengthsBytes: 1.5e6 });
    expect(bytesOf(byCounters)["lengths of chunks"]).toBe(1.5e6);
  });

  it("takes vectors of memories out of the buffers, and adds nothing by that", () => {
    const owners = footprintOwners({ ...facts, memoriesBytes: 1.5e6 });
    expect(bytesOf(owners)).toMatchObject({ "vectors of memories": 1.5e6, buffers: 0.5e6 });
    expect(owners.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(100e6);
    const byCounters = bytesOf(footprintOwners({ ...facts, map: undefined, memoriesBytes: 1.5e6 }));
    expect(byCounters).toMatchObject({ "vectors of memories": 1.5e6, buffers: 0.5e6 });
  });

  it("never gives owners more than there is", () => {
    const owners = footprintOwners({
      ...facts,
      bitsBytes: 500e6,
      databaseCacheBytes: 500e6,
      usage: { ...facts.usage, runtimeBytes: 50e6 },
    });
    expect(owners.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(100e6);
    expect(bytesOf(owners)).toMatchObject({ "vector bits": 11.5e6, unaccounted: 2e6 });
  });

  it("goes by counters where no mappings are listed", () => {
    const owners = footprintOwners({ ...facts, map: undefined, malloc: undefined });
    expect(owners.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(100e6);
    expect(bytesOf(owners)).toMatchObject({ "JavaScript heap": 26e6, "mapped files": 40e6 });
    expect(owners.at(-1)).toMatchObject({ owner: "unaccounted", bytes: 25e6 });
  });
});

describe("what follows from it", () => {
  const owners = footprintOwners(facts);

  it("an efficiency with its parts", () => {
    // Idle: 7 MB of the heap, 5 MB of malloc, 2 MB of the runtime's allocator.
    expect(footprintEfficiency(owners, 4e6)).toMatchObject({ score: 82, idleBytes: 14e6 });
    expect(footprintEfficiency([], 0).score).toBe(0);
  });

  it("advice with option and saving, the greatest first", () => {
    const model = {
      owner: "model m",
      sessionBytes: 2e6,
      loadedFrom: "plain" as const,
      workers: 4,
      tokensPerRun: 320,
    };
    const advice = footprintAdvice({ owners, runtimePeakBytes: 9e6, model, reranker: undefined });
    expect(advice.map(({ option, savesBytes }) => [option.split(" (")[0], savesBytes])).toEqual([
      ["--model static", 24.5e6],
      ["node --max-semi-space-size=2 --optimize-for-size", 7e6],
      ["--workers 1", 5_250_000],
      ["environment variable MALLOC_ARENA_MAX=2", 5e6],
      ["--tokens-per-run 160", 3.5e6],
      ["bitsBudgetBytes of open(), smaller", 3e6],
      ["no --no-graph-cache", 2e6],
    ]);
    for (const { effect } of advice) expect(effect).toMatch(/\w{3}/);
  });

  it("no advice where there is nothing to save", () => {
    const small = owners.map((owner) => ({ ...owner, bytes: 1e6, idleBytes: 0 }));
    const nothing = { runtimePeakBytes: 0, model: undefined, reranker: undefined };
    expect(footprintAdvice({ owners: small, ...nothing })).toEqual([]);
  });
});
