/* Gathers what receipt/owners.ts splits: mappings, counters, models, child processes, events. */
import { getHeapStatistics } from "node:v8";
import { childBytes } from "../../base/child-facts.ts";
import { footprintEvents } from "../../base/events.ts";
import { readSystemText } from "../../base/files/read-file.ts";
import { readFootprint, readFootprintMap, readMallocUsage } from "../../native/footprint.ts";
import type { OnnxReranker } from "../../native/reranker.ts";
import type { FootprintReport } from "../../ports/answers/footprint-report.ts";
import type { SyntaxParser } from "../../ports/syntax.ts";
import type { SqliteStore } from "../../storage/sqlite/store.ts";
import type { EngineCaches } from "../caches/engine-caches.ts";
import type { CeilingGuard } from "../ceiling/guard.ts";
import type { LoadedEmbedder } from "../models/loaded-embedder.ts";
import { footprintAdvice, footprintEfficiency } from "./advice.ts";
import { footprintOwners, type SessionFootprint, unaccounted } from "./owners.ts";

export interface ReceiptParts {
  addonFolder: string | undefined;
  database: string;
  embedder: { loaded: LoadedEmbedder | undefined };
  reranker: { loaded: OnnxReranker | undefined } | undefined;
  parser: SyntaxParser;
  caches: EngineCaches;
  ceiling: CeilingGuard;
}

/** Where this process's memory is just now. `store`: undefined while the database is not open. */
export function footprintReceipt(
  parts: ReceiptParts,
  store: SqliteStore | undefined,
): FootprintReport {
  const { addonFolder, database, embedder, parser } = parts;
  const model = embedder.loaded?.report();
  const reranker = parts.reranker?.loaded?.report();
  const modelOwner = `model ${embedder.loaded?.modelId}`;
  const rerankerOwner = `reranker ${parts.reranker?.loaded?.modelId}`;
  const sessions: SessionFootprint[] = [
    ...(model === undefined ? [] : [{ ...model, owner: modelOwner }]),
    ...(reranker === undefined ? [] : [{ ...reranker, owner: rerankerOwner }]),
  ];
  // Counters first: reading the list of mappings takes memory itself.
  const malloc = readMallocUsage(addonFolder);
  const databaseCacheBytes = store?.facts.stats().cacheBytes ?? 0;
  const map = readFootprintMap(addonFolder);
  const usage = readFootprint(addonFolder);
  const owners = footprintOwners({
    usage,
    map,
    malloc,
    node: process.memoryUsage(),
    v8MallocBytes: getHeapStatistics().malloced_memory,
    sessions,
    database,
    databaseCacheBytes,
    bitsBytes: store?.bitsBytes ?? 0,
    lengthsBytes: store?.lengthsBytes ?? 0,
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
    peak: footprintEvents.look(),
    events: footprintEvents.newestByOwner(),
    caches: parts.caches.statistics(),
    governor: parts.ceiling.governor?.state(),
    efficiency: footprintEfficiency(owners, unaccountedBytes),
    advice: footprintAdvice({
      owners,
      runtimePeakBytes: usage.runtimePeakBytes,
      model: model && { ...model, owner: modelOwner },
      reranker: reranker && rerankerOwner,
    }),
  };
}

/** Undefined when it has ended, and while it has not said it where there is no /proc. */
function residentBytesOf(pid: number): number | undefined {
  if (process.platform !== "linux") return childBytes(pid);
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readSystemText(`/proc/${pid}/status`));
    return kilobytes === null ? undefined : Number(kilobytes[1]) * 1024;
  } catch {
    return undefined;
  }
}
