/* What the faces see of the engine. */

import type { MemoryEvent, MemoryPeak } from "../base/events.ts";
import type { CacheStatistics } from "../cache/cache-budget.ts";
import type { GovernorState } from "../governor/governor.ts";
import type { IndexReport } from "../indexing/report.ts";
import type { NativeSessionReport } from "../native/binding.ts";
import type { Footprint, HostInfo } from "../native/footprint.ts";
import type { StoreStats } from "../ports/store.ts";
import type { SearchResult as FoundHits } from "../search/request.ts";
import type { ProviderUse } from "./models/provider.ts";

export type { MemoryEvent, MemoryPeak } from "../base/events.ts";
export type { IndexProgress } from "../indexing/report.ts";
export type { ProviderUse } from "./models/provider.ts";

/** What one index run did. */
export type IndexResult = IndexReport & {
  /** Of the chunks embedded, those whose vector was in the shared cache. */
  fromCache: number;
};

/** A run that brings an index up to date just now. */
export interface IndexRun {
  /** Process that runs it. */
  pid: number;
  /** It is this process. */
  isOwn: boolean;
  /** When it began, ISO 8601. */
  since: string;
  /** "reading" files, or "embedding" chunks; undefined for other work on the index, such as making it smaller. */
  phase: "reading" | "embedding" | undefined;
  filesDone: number;
  /** Found so far. */
  filesTotal: number;
  chunksDone: number;
  chunksTotal: number;
  /** Milliseconds until all chunks have their vector; undefined until that is known. */
  msLeft: number | undefined;
}

export type SearchResult = FoundHits & {
  /** The run that is at work on the index, in this process or another: hits may be missing yet. */
  indexing: IndexRun | undefined;
};

export type { SearchFilter } from "../search/question/filter.ts";
export type { RerankReport, SearchHit } from "../search/request.ts";
export type { WhyChunk, WhyResult } from "../search/why.ts";

/** How a model is run. Every value has a default that fits this machine (docs/configuration.md). */
export interface RuntimeOptions {
  /** Runs of the model side by side, 1 to 1024. Default: the usable CPUs over intraOpThreads. */
  workers?: number;
  /** Most padded tokens of one run, 1 to 1,048,576. Default by tier. It decides peak memory. */
  tokensPerRun?: number;
  /** Bind each worker to a CPU of its own; where that cannot be, the model's report says why. Default false. */
  pin?: boolean;
  /** Bind workers to the CPUs of this NUMA node, 0 to 4095. Default: any. */
  numaNode?: number;
  /** Threads inside one run, 1 to 256. Default by tier. */
  intraOpThreads?: number;
  spinning?: boolean;
  cpuArena?: boolean;
  memoryPattern?: boolean;
  /** Where it runs; falls back to the CPU and says why. Default "cpu". */
  provider?: "cpu" | "cuda" | "coreml";
  /** true: where that provider cannot be had, opening and loading fail with HAYPILE_PROVIDER. Default false. */
  strict?: boolean;
  /** false: load the model file as it is, without the per-machine cache. */
  graphCache?: boolean;
}

/** Values that others follow, for the whole of a machine. */
export interface HostOptions {
  /** Whose values are the defaults. Default "auto": by the score of the machine. */
  tier?: "light" | "standard" | "heavy" | "auto";
  /** How much of the machine to take. Default "balanced". */
  profile?: "conservative" | "balanced" | "development" | "aggressive";
  /** As in OpenOptions. */
  maxMemoryBytes?: number;
}

export interface ModelOptions extends RuntimeOptions, HostOptions {
  /** Name of a known model. Default: the index's model, else all-minilm-l6-v2. */
  model?: string;
  /** Folder with model.onnx and tokenizer.json, in place of a known model's own. */
  modelFolder?: string;
}

export interface OpenOptions extends ModelOptions {
  /** The folder whose index is meant. Default: the current folder. */
  folder?: string;
  /** The database file. Default: one per folder under the user's data folder. */
  database?: string;
  /** Folder of a cross-encoder: searches let it put their best candidates in order. Default: none. */
  reranker?: string;
  /**
   * Most memory of this process and the parse processes together, bytes. Work waits, shrinks or is refused
   * rather than go above. Default: HAYPILE_MAX_MEMORY or what a file says, else no limit.
   */
  maxMemoryBytes?: number;
  /** An unused model is freed after so long, milliseconds; the next use loads it again. Default 30,000; 0: never. */
  modelIdleMs?: number;
  /** false: neither ask nor fill the cache of vectors that all indexes share. Default true. */
  embeddingCache?: boolean;
  /**
   * Most memory of the caches (vectors of queries, results of searches), bytes; 0 turns them off.
   * Default by tier.
   */
  cacheBytes?: number;
  /**
   * true: note which queries are asked, in a file of the cache folder, and ask the most frequent ones in the
   * background when the index is opened again. For engines that live long. Default false: nothing is noted.
   */
  warm?: boolean;
  /** false: note no counts, times and memory for "haypile analyze". Default true; no text is ever noted. */
  activity?: boolean;
  /** Most bytes of that cache's file; what was not asked for the longest goes. Default 1 GiB. */
  embeddingCacheBytes?: number;
  /** Take the index of the nearest folder above when the folder has none. Default false. */
  nearest?: boolean;
  /**
   * Most memory of the bits by which a large index is searched, bytes. Those that do not fit are read
   * for each search: slower, with the same result. Default by tier; 128 MB are for 2.5 million chunks.
   */
  bitsBudgetBytes?: number;
  /** Vectors from which on an index is searched by bits; fewer are all compared. Default 8,000. */
  bitsFrom?: number;
  /**
   * How texts of a new index are packed (docs/compression.md). "off" (the default) begins nothing; an index
   * whose texts are packed goes on packing. "zstd" needs Node 22.15 or newer.
   */
  textCompression?: "off" | "deflate" | "zstd";
  /** SQLite's page cache, bytes. Default by tier. */
  pageCacheBytes?: number;
  /** How the file is kept: values of the storage options that are not said. Default: "low-memory" in tier light, else "balanced". */
  storageProfile?: "low-memory" | "balanced" | "high-performance";
  /** The kind of disk the index lies on. Default "auto". */
  disk?: "ssd" | "hdd" | "sd" | "auto";
  /** When SQLite waits for the disk. Default "normal". */
  synchronous?: "full" | "normal" | "off";
  /** Log gathered before it is moved into the database, bytes. Default by storage profile. */
  checkpointBytes?: number;
  /** Size the log file is cut back to, bytes. Default by storage profile. */
  walLimitBytes?: number;
  /** Part of the file that is mapped into memory, bytes. Default by storage profile. */
  mmapBytes?: number;
}

/** What callers may say that the options table knows. */
export type ConfigurableOptions = OpenOptions;

export interface EngineStatus {
  version: string;
  /** The indexed folder. */
  root: string;
  database: string;
  /** ISO 8601 time of the last finished index run; undefined when none has finished. */
  lastIndex: string | undefined;
  model: { id: string; dimensions: number } | undefined;
  index: StoreStats;
  /** The run that is at work on it, in this process or another. */
  indexing: IndexRun | undefined;
  /** The provider that was asked for in place of the CPU, and what came of it; undefined when none was. */
  provider?: ProviderUse;
}

export interface IndexDetails {
  scan: {
    /** "exact": every row is compared; "bits": candidates by bits, scored exactly. */
    kind: "exact" | "bits";
    vectors: number;
    /** Vectors in no segment yet: compared one by one. */
    loose: number;
    /** Memory of the bits, bytes; 0 until a search loads them. */
    bytes: number;
    /** Most memory they may take. */
    budgetBytes: number;
    /** Vectors whose bits do not fit and are read for each search. */
    streamed: number;
    /** This process is making segments. */
    isBuilding: boolean;
  };
  /** How vectors are packed with a loss (haypile compact); undefined: they are not. */
  packed:
    | {
        format: string;
        bytesPerVector: number;
        /** Of the true best ten by full vectors, when it was compacted. */
        recallAt10: number;
        /** The next index run makes full vectors again. */
        isRetired: boolean;
      }
    | undefined;
  /** Share of the true best ten that the search finds; undefined without vectors. */
  recallAt10: number | undefined;
  recallSamples: number;
  symbols: { definitions: number; references: number; names: number };
}

/** Who takes resident memory, bytes. */
export interface MemoryOwner {
  owner: string;
  bytes: number;
  /** Of those, bytes that nothing uses now. */
  idleBytes?: number;
  note: string;
}

/** Something that can be done; greatest saving first. */
export interface MemoryAdvice {
  /** What to set. */
  option: string;
  /** What that does, and what it costs. */
  effect: string;
  /** Expected, bytes; of the peak where the effect says so. */
  savesBytes: number;
}

export interface MemoryEfficiency {
  /** 0 to 100. */
  score: number;
  idleBytes: number;
  formula: string;
}

/** Where this process's memory is. All in bytes. */
export interface MemoryReport {
  process: Footprint;
  /** Sum of the owners: what is resident, as the system's list of mappings has it. */
  totalBytes: number;
  owners: MemoryOwner[];
  /** The last of the owners. */
  unaccountedBytes: number;
  /** Processes of this engine; their memory is not in the owners. */
  children: { owner: string; pid: number; rssBytes: number | undefined }[];
  peak: MemoryPeak;
  /** Why each owner was loaded or freed last; the oldest first. */
  events: MemoryEvent[];
  efficiency: MemoryEfficiency;
  advice: MemoryAdvice[];
  /** The limit, what counts against it, and what is given up now; undefined without a limit. */
  governor?: GovernorState | undefined;
  /** Caches in memory: how full they are, how often they were right, and why entries went. */
  caches: CacheStatistics;
}

/** How the model was loaded, with its options as they took effect. */
export type ModelReport = NativeSessionReport & { modelId: string; dimensions: number };

/** The machine, for banners and reports. */
export type HostSummary = HostInfo & { runtimeVersion: string };
