/* Splits the resident memory of this process by owner. What no owner claims is said, not hidden. */
import { type MemoryUsage, readMemoryUsage } from "../native/memory.ts";
import type { SqliteStore } from "../storage/sqlite/store.ts";
import type { EngineParts } from "./engine.ts";
import type { MemoryReport } from "./types.ts";

export interface StoreMemory {
  /** Page cache of the database, at most. */
  databaseCacheBytes: number;
  /** Bits of vectors. */
  bitsBytes: number;
  /** What the runtime holds for the reranker; undefined while none is loaded. */
  rerankerBytes?: number | undefined;
  /** Caches of queries and results, an estimate from above. */
  cacheBytes?: number;
}

/** What Engine.memory() gives. */
export function memoryReport(
  { addonFolder, reranker, memory, caches }: EngineParts,
  store: SqliteStore | undefined,
): MemoryReport {
  const usage = readMemoryUsage(addonFolder);
  const owners = memoryOwners(usage, {
    databaseCacheBytes: store?.stats().cacheBytes ?? 0,
    bitsBytes: store?.bitsBytes ?? 0,
    rerankerBytes: reranker?.loaded?.report().sessionBytes,
    cacheBytes: caches.bytes,
  });
  const governor = memory.governor?.state();
  return { process: usage, owners, caches: caches.statistics(), governor };
}

export function memoryOwners(
  usage: MemoryUsage,
  { databaseCacheBytes, bitsBytes, rerankerBytes, cacheBytes = 0 }: StoreMemory,
  node: NodeJS.MemoryUsage = process.memoryUsage(),
): MemoryReport["owners"] {
  const ofReranker = Math.min(rerankerBytes ?? 0, usage.runtimeBytes);
  const owners: MemoryReport["owners"] = [
    {
      owner: "JavaScript heap",
      bytes: Math.max(0, node.heapTotal - cacheBytes),
      note: `${mb(node.heapUsed)} MB used, with the caches`,
    },
    { owner: "caches", bytes: cacheBytes, note: "vectors of queries, results of searches" },
    {
      owner: "buffers",
      // The bits are told to V8 too, and have a line of their own.
      bytes: Math.max(0, node.external - bitsBytes),
      note: "array buffers and other memory JavaScript holds outside its heap",
    },
    {
      owner: "model",
      bytes: usage.runtimeBytes - ofReranker,
      note: `ONNX Runtime's allocator; ${mb(usage.runtimePeakBytes)} MB at most`,
    },
    { owner: "vector bits", bytes: bitsBytes, note: "what searches of a large index scan" },
    ...(rerankerBytes === undefined
      ? []
      : [{ owner: "reranker", bytes: ofReranker, note: "its session, of the same allocator" }]),
    { owner: "database cache", bytes: databaseCacheBytes, note: "pages SQLite keeps, at most" },
    {
      owner: "mapped files",
      bytes: usage.fileBytes,
      note: "programs, libraries and model weights; the system can take them back",
    },
  ];
  const claimed = owners.reduce((sum, { bytes }) => sum + bytes, 0);
  owners.push({
    owner: "other",
    bytes: Math.max(0, usage.rssBytes - claimed),
    note: "thread stacks, Node itself, ONNX Runtime's tables, allocator slack",
  });
  return owners;
}

function mb(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
