/* Gathers what memory-owners.ts splits: mappings, counters, models, child processes, events. */
import { getHeapStatistics } from "node:v8";
import { memoryEvents } from "../base/events.ts";
import { readSystemText } from "../base/read-file.ts";
import { readMallocUsage, readMemoryMap, readMemoryUsage } from "../native/memory.ts";
import type { OnnxReranker } from "../native/reranker.ts";
import type { SyntaxParser } from "../ports/syntax.ts";
import type { SqliteStore } from "../storage/sqlite/store.ts";
import type { EngineCaches } from "./engine-caches.ts";
import { memoryAdvice, memoryEfficiency } from "./memory-advice.ts";
import type { MemoryGuard } from "./memory-guard.ts";
import { memoryOwners, type SessionMemory, unaccounted } from "./memory-owners.ts";
import type { LoadedEmbedder } from "./model-loading.ts";
import type { MemoryReport } from "./types.ts";

export interface ReceiptParts {
  addonFolder: string | undefined;
  database: string;
  embedder: { loaded: LoadedEmbedder | undefined };
  reranker: { loaded: OnnxReranker | undefined } | undefined;
  parser: SyntaxParser;
  caches: EngineCaches;
  memory: MemoryGuard;
}

/** Where this process's memory is just now. `store`: undefined while the database is not open. */
export function memoryReceipt(parts: ReceiptParts, store: SqliteStore | undefined): MemoryReport {
  const { addonFolder, database, embedder, parser } = parts;
  const model = embedder.loaded?.report();
  const reranker = parts.reranker?.loaded?.report();
  const modelOwner = `model ${embedder.loaded?.modelId}`;
  const rerankerOwner = `reranker ${parts.reranker?.loaded?.modelId}`;
  const sessions: SessionMemory[] = [
    ...(model === undefined ? [] : [{ ...model, owner: modelOwner }]),
    ...(reranker === undefined ? [] : [{ ...reranker, owner: rerankerOwner }]),
  ];
  // Counters first: reading the list of mappings takes memory itself.
  const malloc = readMallocUsage(addonFolder);
  const databaseCacheBytes = store?.facts.stats().cacheBytes ?? 0;
  const map = readMemoryMap(addonFolder);
  const usage = readMemoryUsage(addonFolder);
  const owners = memoryOwners({
    usage,
    map,
    malloc,
    node: process.memoryUsage(),
    v8MallocBytes: getHeapStatistics().malloced_memory,
    sessions,
    database,
    databaseCacheBytes,
    bitsBytes: store?.bitsBytes ?? 0,
    cacheBytes: parts.caches.bytes,
    nodePath: process.execPath,
  });
  const unaccountedBytes = owners.find(({ owner }) => owner === unaccounted)?.bytes ?? 0;
  return {
    process: usage,
    totalBytes: map?.totalBytes ?? usage.rssBytes,
    owners,
    unaccountedBytes,
    children: (parser.pids ?? []).map((pid) => ({
      owner: "parse process",
      pid,
      rssBytes: residentBytesOf(pid),
    })),
    peak: memoryEvents.look(),
    events: memoryEvents.newestByOwner(),
    caches: parts.caches.statistics(),
    governor: parts.memory.governor?.state(),
    efficiency: memoryEfficiency(owners, unaccountedBytes),
    advice: memoryAdvice({
      owners,
      runtimePeakBytes: usage.runtimePeakBytes,
      model: model && { ...model, owner: modelOwner },
      reranker: reranker && rerankerOwner,
    }),
  };
}

/** Undefined when it has ended, and where there is no /proc. */
function residentBytesOf(pid: number): number | undefined {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readSystemText(`/proc/${pid}/status`));
    return kilobytes === null ? undefined : Number(kilobytes[1]) * 1024;
  } catch {
    return undefined;
  }
}
