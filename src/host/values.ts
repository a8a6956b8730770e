/*
 * What a tier means in numbers. Pure: a tier and the facts of a machine in, values out. Each can be
 * overridden alone (src/config/options/options.ts); profiles change these (src/host/profiles.ts).
 */
import type { Disk } from "./read-facts.ts";
import type { Tier } from "./score.ts";

export interface TierValues {
  /** Threads inside one run of the model. */
  intraOpThreads: number;
  /** Runs side by side, so that workers × intraOpThreads fills the usable CPUs. */
  workers: number;
  /** Most padded tokens of one run: what other tools call a batch (docs/configuration.md). */
  tokensPerRun: number;
  quantisation: "int8" | "fp32";
  /** Whether searches look at the best hits once more, token by token. */
  rerank: "off" | "on";
  /** What the whole process should stay below, bytes. */
  maxMemoryBytes: number;
  /** All caches of results together, bytes. */
  cacheBytes: number;
  /** The bits by which a large index is searched, bytes. */
  bitsBytes: number;
  /** SQLite's page cache, bytes. */
  pageCacheBytes: number;
}

const MB = 1_000_000;

/** Columns: light, standard, heavy. */
const table = {
  intraOpThreads: { light: 1, standard: 2, heavy: 4 },
  // Larger runs took more CPU time for each text (docs/decisions/0019).
  tokensPerRun: { light: 320, standard: 320, heavy: 320 },
  quantisation: { light: "int8", standard: "int8", heavy: "fp32" },
  // Twenty passages cost a twentieth of a second with VNNI, three times as much on a slow core (docs/decisions/0152).
  rerank: { light: "off", standard: "on", heavy: "on" },
  cacheBytes: { light: 16 * MB, standard: 64 * MB, heavy: 256 * MB },
  bitsBytes: { light: 32 * MB, standard: 128 * MB, heavy: 512 * MB },
  pageCacheBytes: { light: 4 * MB, standard: 16 * MB, heavy: 64 * MB },
} as const;

/** The limit is a share of memory, kept inside the bounds of its tier. */
const memoryLimits = {
  light: { share: 1 / 8, least: 192 * MB, most: 768 * MB },
  standard: { share: 1 / 12, least: 768 * MB, most: 2_000 * MB },
  heavy: { share: 1 / 12, least: 2_000 * MB, most: 8_000 * MB },
} as const;

export function tierValues(tier: Tier, host: { cores: number; memoryBytes: number }): TierValues {
  // Two workers at least, where there are two CPUs: one run leaves them idle between its products.
  const intraOpThreads = Math.min(
    table.intraOpThreads[tier],
    Math.max(1, Math.floor(host.cores / 2)),
  );
  const maxMemoryBytes = memoryLimit(tier, host.memoryBytes);
  // Caches never take more than their part of the limit: a forced tier on a small machine still fits.
  const part = (bytes: number, share: number): number =>
    Math.min(bytes, wholeMb(maxMemoryBytes * share));
  return {
    intraOpThreads,
    workers: Math.max(1, Math.floor(host.cores / intraOpThreads)),
    tokensPerRun: table.tokensPerRun[tier],
    quantisation: table.quantisation[tier],
    rerank: table.rerank[tier],
    maxMemoryBytes,
    cacheBytes: part(table.cacheBytes[tier], 1 / 8),
    bitsBytes: part(table.bitsBytes[tier], 1 / 4),
    pageCacheBytes: part(table.pageCacheBytes[tier], 1 / 16),
  };
}

/** Never more than half of what there is: other programs live here too. */
function memoryLimit(tier: Tier, memoryBytes: number): number {
  const { share, least, most } = memoryLimits[tier];
  const wanted = Math.min(most, Math.max(least, memoryBytes * share));
  return wholeMb(Math.min(wanted, memoryBytes / 2));
}

function wholeMb(bytes: number): number {
  return Math.max(MB, Math.floor(bytes / MB) * MB);
}

/** How SQLite's file is kept: page size at creation, and how much log is gathered before it is moved. */
export interface StorageValues {
  pageSizeBytes: number;
  checkpointBytes: number;
  walLimitBytes: number;
  mmapBytes: number;
  /** Undefined: the tier's. */
  pageCacheBytes: number | undefined;
  /** Undefined: the tier's. */
  bitsBytes: number | undefined;
}

export const storageProfiles = ["low-memory", "balanced", "high-performance"] as const;
export type StorageProfile = (typeof storageProfiles)[number];

/** The log is moved into the database after so many bytes: 1,000, 4,000 and 10,000 pages of 4 kB. */
const storageTable: Readonly<Record<StorageProfile, Omit<StorageValues, "pageSizeBytes">>> = {
  "low-memory": {
    checkpointBytes: 4_096_000,
    walLimitBytes: 16 * MB,
    mmapBytes: 0,
    pageCacheBytes: 4 * MB,
    bitsBytes: 32 * MB,
  },
  balanced: {
    checkpointBytes: 16_384_000,
    walLimitBytes: 64 * MB,
    mmapBytes: 0,
    pageCacheBytes: undefined,
    bitsBytes: undefined,
  },
  "high-performance": {
    checkpointBytes: 40_960_000,
    walLimitBytes: 256 * MB,
    // Measured without a gain, and a mapped file that is cut short ends the process (docs/decisions/0060).
    mmapBytes: 0,
    pageCacheBytes: 64 * MB,
    bitsBytes: 512 * MB,
  },
};

/** Slow seeks and slow erasing both like fewer, larger writes. */
const slowDiskCheckpointBytes = 40_960_000;

export function storageValues(profile: StorageProfile, disk: Disk): StorageValues {
  const values = storageTable[profile];
  if (disk === "ssd") return { ...values, pageSizeBytes: 4_096 };
  return {
    ...values,
    pageSizeBytes: 8_192,
    checkpointBytes: Math.max(values.checkpointBytes, slowDiskCheckpointBytes),
    walLimitBytes: Math.max(values.walLimitBytes, 64 * MB),
  };
}
