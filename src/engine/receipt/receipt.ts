/* Gathers what receipt/owners.ts splits: mappings, counters, models, child processes, events. */
import { getHeapStatistics } from "node:v8";
import { footprintEvents } from "../../base/events.ts";
import { readFootprint, readFootprintMap, readMallocUsage } from "../../native/footprint.ts";
import type { OnnxReranker } from "../../native/reranker.ts";
import type { OpenIndexFacts } from "../../ports/answers/daemon/ram.ts";
import type {
  CacheStatistics,
  FootprintReport,
  FootprintShare,
} from "../../ports/answers/footprint-report.ts";
import type { SessionReport } from "../../ports/answers/index-facts.ts";
import type { IndexStore } from "../../ports/store.ts";
import type { SyntaxParser } from "../../ports/syntax.ts";
import type { EngineCaches } from "../caches/engine-caches.ts";
import type { CeilingGuard } from "../ceiling/guard.ts";
import type { LoadedEmbedder } from "../models/loaded-embedder.ts";
import { footprintAdvice, footprintEfficiency } from "./advice.ts";
import { footprintOwners, unaccounted } from "./owners.ts";
import { residentBytesOf, systemMemory, virtualBytesOf } from "./system-figures.ts";

export interface ReceiptParts {
  addonFolder: string | undefined;
  database: string;
  embedder: { loaded: LoadedEmbedder | undefined };
  reranker: { loaded: OnnxReranker | undefined } | undefined;
  parser: SyntaxParser;
  caches: EngineCaches;
  ceiling: CeilingGuard;
}

/** A model or reranker that is loaded, by its owner's name. */
export interface LoadedSession extends SessionReport {
  owner: string;
}

/** What a receipt is made of: of one engine, or of all that a process has open. */
export interface ReceiptSources {
  addonFolder: string | undefined;
  /** Files of the databases that are open. */
  databases: readonly string[];
  model: LoadedSession | undefined;
  reranker: LoadedSession | undefined;
  /** Others that are loaded besides. */
  others?: readonly LoadedSession[] | undefined;
  parser: SyntaxParser;
  ceiling: CeilingGuard;
  databaseCacheBytes: number;
  bitsBytes: number;
  lengthsBytes: number;
  memoriesBytes?: number | undefined;
  caches: CacheStatistics;
  /** Files of the indexes that are open, and memories. */
  files: number;
  memories?: number | undefined;
  /** Of the daemon, connected now. */
  clients?: number | undefined;
}

/** Where this process's memory is just now. `store`: undefined while the database is not open. */
export function footprintReceipt(
  parts: ReceiptParts,
  store: IndexStore | undefined,
): FootprintReport {
  const { addonFolder, database, embedder, parser, ceiling } = parts;
  const model = embedder.loaded?.report();
  const reranker = parts.reranker?.loaded?.report();
  return receiptOf({
    addonFolder,
    databases: [database],
    model: model && { ...model, owner: `model ${embedder.loaded?.modelId}` },
    reranker: reranker && { ...reranker, owner: `reranker ${parts.reranker?.loaded?.modelId}` },
    parser,
    ceiling,
    ...storeBytes(store),
    caches: parts.caches.statistics(),
  });
}

/** What an open database holds in RAM, bytes. */
function storeBytes(
  store: IndexStore | undefined,
): Pick<ReceiptSources, "databaseCacheBytes" | "bitsBytes" | "lengthsBytes" | "files"> {
  const stats = store?.facts.stats();
  return {
    files: stats?.files ?? 0,
    databaseCacheBytes: stats?.cacheBytes ?? 0,
    bitsBytes: store?.bitsBytes ?? 0,
    lengthsBytes: store?.lengthsBytes ?? 0,
  };
}

/** What an engine has of its process. */
export interface EngineShare extends OpenIndexFacts {
  database: string;
}

/** @param store undefined while the database is not open */
export function engineShare(
  { root, database, caches }: ReceiptParts & { root: string },
  store: IndexStore | undefined,
): EngineShare {
  return { folder: root, database, ...storeBytes(store), caches: caches.statistics() };
}

/** Splits this process's memory among what it is told of. */
export function receiptOf(sources: ReceiptSources): FootprintReport {
  const { addonFolder, model, reranker, others = [], caches } = sources;
  const { parser, ceiling, databases, ...counted } = sources;
  const sessions = [model, reranker, ...others].filter((session) => session !== undefined);
  // Counters first: reading the list of mappings takes memory itself.
  const malloc = readMallocUsage(addonFolder);
  const map = readFootprintMap(addonFolder);
  const usage = readFootprint(addonFolder);
  const owners = footprintOwners({
    usage,
    map,
    malloc,
    node: process.memoryUsage(),
    v8MallocBytes: getHeapStatistics().malloced_memory,
    sessions,
    databases,
    databaseCacheBytes: counted.databaseCacheBytes,
    bitsBytes: counted.bitsBytes,
    lengthsBytes: counted.lengthsBytes,
    memoriesBytes: counted.memoriesBytes,
    cacheBytes: caches.bytes,
    nodePath: process.execPath,
  });
  const unaccountedBytes = owners.find(({ owner }) => owner === unaccounted)?.bytes ?? 0;
  const { databaseCacheBytes, bitsBytes, lengthsBytes, memoriesBytes = 0 } = counted;
  const systemBytes = systemMemory();
  return {
    process: usage,
    virtualBytes: virtualBytesOf(),
    systemBytes,
    systemShare: usage.rssBytes / systemBytes,
    perFile: shareOf(counted.files, databaseCacheBytes + bitsBytes + lengthsBytes + caches.bytes),
    perMemory: shareOf(counted.memories ?? 0, memoriesBytes),
    perClient: shareOf(counted.clients ?? 0, usage.rssBytes),
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
    caches,
    governor: ceiling.governor?.state(),
    efficiency: footprintEfficiency(owners, unaccountedBytes),
    advice: footprintAdvice({
      owners,
      runtimePeakBytes: usage.runtimePeakBytes,
      model,
      reranker: reranker?.owner,
    }),
  };
}

/** Undefined where there is none of it. */
export function shareOf(count: number, bytes: number): FootprintShare | undefined {
  return count === 0 ? undefined : { count, bytes, eachBytes: Math.round(bytes / count) };
}
