/* What the faces see of the engine. */
import type { ErrorCode } from "../base/errors.ts";
import type { EncoderIsa } from "../ports/answers/index-facts.ts";

/** How a model is run. Every value has a default that fits this machine (docs/configuration.md). */
export interface RuntimeOptions {
  /** Runs of the model side by side, 1 to 1024. Default: the usable CPUs over intraOpThreads. */
  workers?: number | undefined;
  /** Most tokens of one run, padding included, 1 to 1,048,576. Default by tier. It decides peak memory. */
  tokensPerRun?: number | undefined;
  /** Bind each worker to a CPU of its own; where that cannot be, the model's report says why. Default false. */
  pin?: boolean | undefined;
  /**
   * Bind workers to the CPUs of this NUMA node, and put weights and what workers use into its memory, 0 to 4095.
   * Default: any.
   */
  numaNode?: number | undefined;
  /** Threads inside one run of ONNX Runtime, 1 to 256. Default by tier. */
  intraOpThreads?: number | undefined;
  spinning?: boolean | undefined;
  cpuArena?: boolean | undefined;
  memoryPattern?: boolean | undefined;
  /** Where it runs; falls back to the CPU and says why. Default "cpu". */
  provider?: "cpu" | "cuda" | "coreml" | undefined;
  /** Most memory of the GPU that a model takes with "cuda", bytes. Default: no limit of its own. */
  gpuMemoryBytes?: number | undefined;
  /** How CUDA takes it: "same" as much as is needed (default), "double" the next power of two, which is faster to grow. */
  gpuArena?: "same" | "double" | undefined;
  /** true: where that provider cannot be had, opening and loading fail with HAYPILE_PROVIDER. Default false. */
  strict?: boolean | undefined;
  /**
   * What runs the model: "direct" needs packed weights and no ONNX Runtime, "onnx" is ONNX Runtime. Default "auto":
   * direct where the model has packed weights.
   */
  engine?: "auto" | "onnx" | "direct" | undefined;
  /** Instructions that run packed weights. Default "auto": the fastest this CPU has. All give the same vectors. */
  isa?: EncoderIsa | "auto" | undefined;
  /**
   * Number format wanted of a model that is installed in both: "fp32" takes the whole weights. An index with vectors keeps
   * theirs. Default by tier.
   */
  quantisation?: "int8" | "fp32" | undefined;
  /** false: load the model file as it is, without the per-machine cache. */
  graphCache?: boolean | undefined;
}

/** Values that others follow, for the whole of a machine. */
export interface HostOptions {
  /** Whose values are the defaults. Default "auto": by the score of the machine. */
  tier?: "light" | "standard" | "heavy" | "auto" | undefined;
  /** How much of the machine to take. Default "balanced". */
  profile?: "conservative" | "balanced" | "development" | "aggressive" | undefined;
  /** As in OpenOptions. */
  maxMemoryBytes?: number | undefined;
}

export interface ModelOptions extends RuntimeOptions, HostOptions {
  /** Name of a known model. Default: the index's model, else all-minilm-l6-v2. */
  model?: string | undefined;
  /** Folder with model.onnx and tokenizer.json, in place of a known model's own. */
  modelFolder?: string | undefined;
}

export interface OpenOptions extends ModelOptions {
  /** The folder whose index is meant. Default: the current folder. */
  folder?: string | undefined;
  /** The database file. Default: one per folder under the user's data folder. */
  database?: string | undefined;
  /** Model of memories: a name or a folder. Default: the memories' own, else `model`, else all-minilm-l6-v2. */
  memoriesModel?: string | undefined;
  /** Folder of a cross-encoder: searches let it put their best candidates in order. Default: none. */
  reranker?: string | undefined;
  /**
   * Most memory of this process and the parse processes together, bytes. Work waits, shrinks or is refused
   * rather than go above. Default: HAYPILE_MAX_MEMORY or what a file says, else no limit.
   */
  maxMemoryBytes?: number | undefined;
  /** Above this freed memory and unused pages are given back: a share of the limit or a size. Default "85%". */
  memoryWarning?: string | undefined;
  /** Above this one thing after another is given up (docs/memory-limits.md). Default "94%". */
  memoryCritical?: string | undefined;
  /** What was given up is taken back after five seconds below it. Default "78%". */
  memoryTarget?: string | undefined;
  /** Time between two looks at memory under a limit, milliseconds, 20 to 60,000. Default 100. */
  memoryCheckMs?: number | undefined;
  /** "aggressive": what changes no answer is given up from memoryWarning on, and V8 is told to collect. Default "gentle". */
  memoryCleanup?: "gentle" | "aggressive" | undefined;
  /** Models that stay loaded at most; before one more is, the longest unused goes. Default: as many as there is room for. */
  modelPool?: number | undefined;
  /** An unused model is freed after so long, milliseconds; the next use loads it again. Default 30,000; 0: never. */
  modelIdleMs?: number | undefined;
  /** false: neither ask nor fill the cache of vectors that all indexes share. Default true. */
  embeddingCache?: boolean | undefined;
  /**
   * Most memory of the caches (vectors of queries, results of searches), bytes; 0 turns them off.
   * Default by tier.
   */
  cacheBytes?: number | undefined;
  /**
   * true: note which queries are asked, in a file of the cache folder, and ask the most frequent ones in the
   * background when the index is opened again. For engines that live long. Default: the option cache.warm, which is off: nothing is noted.
   */
  warm?: boolean | undefined;
  /** false: note no counts, times and memory for "haypile analyze". Default true; no text is ever noted. */
  activity?: boolean | undefined;
  /** Most bytes of that cache's file; what was not asked for the longest goes. Default 1 GiB. */
  embeddingCacheBytes?: number | undefined;
  /** Take the index of the nearest folder above when the folder has none. Default false. */
  nearest?: boolean | undefined;
  /**
   * Most memory of the bits by which a large index is searched, bytes. Those that do not fit are read
   * for each search: slower, with the same result. Default by tier; 128 MB are for 2.5 million chunks.
   */
  bitsBudgetBytes?: number | undefined;
  /** Vectors from which on an index is searched by bits; fewer are all compared. Default 8,000. */
  bitsFrom?: number | undefined;
  /**
   * How texts of a new index are packed (docs/compression.md). "off" (the default) begins nothing; an index
   * whose texts are packed goes on packing. "zstd" needs Node 22.15 or newer.
   */
  textCompression?: "off" | "deflate" | "zstd" | undefined;
  /** SQLite's page cache, bytes. Default by tier. */
  pageCacheBytes?: number | undefined;
  /** How the file is kept: values of the storage options that are not said. Default: "low-memory" in tier light, else "balanced". */
  storageProfile?: "low-memory" | "balanced" | "high-performance" | undefined;
  /** The kind of disk the index lies on. Default "auto". */
  disk?: "ssd" | "hdd" | "sd" | "auto" | undefined;
  /** When SQLite waits for the disk. Default "normal". */
  synchronous?: "full" | "normal" | "off" | undefined;
  /** Log gathered before it is moved into the database, bytes. Default by storage profile. */
  checkpointBytes?: number | undefined;
  /** Size the log file is cut back to, bytes. Default by storage profile. */
  walLimitBytes?: number | undefined;
  /** Part of the file that is mapped into memory, bytes. Default by storage profile. */
  mmapBytes?: number | undefined;
}

/** Options of openHome() for all engines: those of models, memory and storage. A folder's own file may say the rest. */
export type HomeOptions = Omit<OpenOptions, "folder" | "database" | "nearest"> & {
  /** File of the memories. Default: memories.db in the data folder. */
  memoriesDatabase?: string | undefined;
  /**
   * Watch folders that are asked about, and bring their indexes up to date by itself, as the daemon does; how many and
   * how long say watch.projects and watch.idle. Default false.
   */
  watch?: boolean | undefined;
};

/** What callers may say that the options table knows. */
export type ConfigurableOptions = OpenOptions;

/** One line of what `haypile doctor` finds. */
export interface Check {
  name: string;
  /** "note": it works, but somebody may want to know. "damaged": what is stored is not what was written. */
  state: "ok" | "note" | "failed" | "damaged";
  detail: string;
  /** Of a server that keeps memories or indexes and failed: what calls over it end with. */
  code?: ErrorCode | undefined;
}

/** Runs long work when it is its turn, and ends it by the signal when others wait. */
export type Schedule = (work: (signal?: AbortSignal) => Promise<void>) => Promise<void>;
