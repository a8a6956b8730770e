/*
 * The receipt of a process that has many folders open: models, parse processes and the limit are one for all of them, so they
 * are said once. What an index holds is said of each, and summed up among the owners.
 */
import { privateBytes } from "../../governor/gauge.ts";
import type { ProcessFootprint } from "../../ports/answers/daemon/ram.ts";
import type {
  CacheStatistics,
  FootprintReport,
  OwnerStatistics,
} from "../../ports/answers/footprint-report.ts";
import type { SessionReport } from "../../ports/answers/index-facts.ts";
import type { ModelPool } from "../models/model-pool.ts";
import type { SharedParts } from "../shared-parts.ts";
import { type EngineShare, type LoadedSession, receiptOf } from "./receipt.ts";

export interface HomeShares {
  shared: SharedParts;
  engines: readonly EngineShare[];
  /** The file of memories, and what they hold in RAM; undefined while they are not open. */
  memories: { database: string; bytes: number; count: number } | undefined;
  /** Of the daemon, connected now. */
  clients?: number | undefined;
}

/** Where this process's memory is just now. */
export function processFootprint(shares: HomeShares): ProcessFootprint {
  const { shared, engines, memories, clients } = shares;
  const sessions = loadedSessions(shared.ceiling.pool);
  const [model, ...models] = sessions.filter(({ owner }) => owner.startsWith("model "));
  const [reranker, ...rerankers] = sessions.filter(({ owner }) => owner.startsWith("reranker "));
  const sum = (of: (share: EngineShare) => number): number =>
    engines.reduce((bytes, share) => bytes + of(share), 0);
  const report = receiptOf({
    addonFolder: shared.addonFolder,
    databases: [
      ...engines.map(({ database }) => database),
      ...(memories ? [memories.database] : []),
    ],
    model,
    reranker,
    others: [...models, ...rerankers],
    parser: shared.parser,
    ceiling: shared.ceiling,
    databaseCacheBytes: sum((share) => share.databaseCacheBytes),
    bitsBytes: sum((share) => share.bitsBytes),
    lengthsBytes: sum((share) => share.lengthsBytes),
    memoriesBytes: memories?.bytes,
    memories: memories?.count,
    clients,
    files: sum((share) => share.files),
    caches: together(engines.map(({ caches }) => caches)),
  });
  return {
    ...report,
    at: Date.now(),
    models: sessions.map(({ owner, sessionBytes, workers, tokensPerRun }) => ({
      owner,
      sessionBytes,
      workers,
      tokensPerRun,
    })),
    indexes: engines.map(({ database: _, ...facts }) => facts),
    memoriesBytes: memories?.bytes ?? 0,
  };
}

/** Without what only the daemon's page asks for. */
export function asFootprint(receipt: ProcessFootprint): FootprintReport {
  const { at, models, indexes, memoriesBytes, ...report } = receipt;
  return report;
}

/** What a look finds without a governor: this process, and what its parse processes have for themselves. */
export function lookAtProcess(shared: SharedParts): {
  ownBytes: number;
  childBytes: number;
} {
  const childBytes = shared.parser.pids.reduce((sum, pid) => sum + privateBytes(pid), 0);
  return { ownBytes: process.memoryUsage.rss(), childBytes };
}

/** Every model that is loaded once, whoever asks it. */
function loadedSessions(pool: ModelPool): LoadedSession[] {
  return pool.loaded().flatMap(({ owner, model }) => {
    const report = (model as { report?: () => SessionReport | undefined }).report?.();
    return report === undefined ? [] : [{ ...report, owner }];
  });
}

/** Caches of all engines as if they were one. */
function together(all: readonly CacheStatistics[]): CacheStatistics {
  const owners = new Map<string, OwnerStatistics>();
  for (const one of all.flatMap((caches) => caches.owners)) {
    const sum = owners.get(one.owner);
    owners.set(one.owner, sum === undefined ? structuredClone(one) : added(sum, one));
  }
  const sum = (of: (caches: CacheStatistics) => number): number =>
    all.reduce((total, caches) => total + of(caches), 0);
  return {
    maxBytes: sum(({ maxBytes }) => maxBytes),
    bytes: sum(({ bytes }) => bytes),
    windowShare: all.length === 0 ? 0 : sum(({ windowShare }) => windowShare) / all.length,
    owners: [...owners.values()],
  };
}

function added(to: OwnerStatistics, one: OwnerStatistics): OwnerStatistics {
  const { size, ttl, replaced, cleared, resized } = one.evictions;
  return {
    owner: to.owner,
    entries: to.entries + one.entries,
    bytes: to.bytes + one.bytes,
    floorBytes: to.floorBytes + one.floorBytes,
    hits: to.hits + one.hits,
    misses: to.misses + one.misses,
    regretted: to.regretted + one.regretted,
    evictions: {
      size: to.evictions.size + size,
      ttl: to.evictions.ttl + ttl,
      replaced: to.evictions.replaced + replaced,
      cleared: to.evictions.cleared + cleared,
      resized: to.evictions.resized + resized,
    },
    tooLarge: to.tooLarge + one.tooLarge,
  };
}
