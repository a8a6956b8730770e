/* What an index holds, how it is searched, and what runs it. */
import type { StoreState } from "../../base/measures/stores.ts";
import type { ModelName } from "../../base/model-name.ts";
import type { Configuration } from "../../config/load.ts";
import type { PackedVectors, ScanReport, StoreStats } from "../store.ts";
import type { ScipStatus } from "./exact-uses.ts";
import type { IndexRun } from "./index-run.ts";
import type { MigrationStatus } from "./migration.ts";

/** What was asked for other than the CPU, and what came of it. */
export interface ProviderUse {
  requested: "cuda" | "coreml";
  used: "cpu" | "cuda" | "coreml";
  /** Why it is not the one that was asked for; "" when it is. */
  reason: string;
}

/** Versions of files that searches at a revision have read, kept in the cache folder. */
export interface RevisionsKept {
  /** Its file, absolute. */
  database: string;
  /** On disk, with its log. */
  bytes: number;
  files: number;
  chunks: number;
  /** Chunks without a vector of the model. */
  withoutVector: number;
  /** Those asked for last, at most 32, the last first. */
  revisions: {
    commit: string;
    /** When it was committed, and when it was asked for, ISO 8601. */
    date: string;
    asked: string;
  }[];
}

/** A server that the settings name, as it was when it was last tried: what does not answer at once is not waited for. */
export interface StoreReport extends StoreState {
  keeps: ("memories" | "indexes")[];
}

export interface EngineStatus {
  version: string;
  /** The indexed folder. */
  root: string;
  database: string;
  /** ISO 8601 time of the last finished index run; undefined when none has finished. */
  lastIndex: string | undefined;
  /** Of the vectors, with their format. */
  model: ModelName | undefined;
  index: StoreStats;
  /** The run that is at work on it, in this process or another. */
  indexing: IndexRun | undefined;
  /** What searches at a revision keep; undefined: nothing. */
  revisions?: RevisionsKept | undefined;
  /** Exact uses from SCIP indexes; undefined: none was taken. */
  scip?: ScipStatus | undefined;
  /** New vectors that are on their way, and how far they are. */
  migration?: MigrationStatus | undefined;
  /** Why searches do not go by the vectors of the index, as a sentence; undefined where they do. */
  vectorsNote?: string | undefined;
  /** How it is kept up to date by itself; undefined: it is not, by this process. */
  watched?: WatchedProject | undefined;
  /** Servers that memories and indexes are kept on, by the settings; undefined: all is in files of this machine. */
  stores?: StoreReport[] | undefined;
  /** The provider that was asked for in place of the CPU, and what came of it; undefined when none was. */
  provider?: ProviderUse | undefined;
  /** What runs the model; undefined for a static one, and for one that is not here. */
  runner?: ModelRunner | undefined;
}

/** A project whose index is kept up to date by itself. */
export interface WatchedProject {
  root: string;
  /** "events": by what the system tells; "polling": by looking at all files now and then; "opening": soon. */
  how: "opening" | "events" | "polling";
  /** Why the system tells nothing; undefined: it does. */
  why: string | undefined;
  /** Folders with a watch of the system. */
  folders: number;
  /** ISO 8601. */
  since: string;
}

export interface IndexDetails {
  scan: ScanReport;
  /** How vectors are packed with a loss (haypile compact); undefined: they are not. */
  packed: PackedVectors | undefined;
  /** Share of the true best ten that the search finds; undefined without vectors. */
  recallAt10: number | undefined;
  recallSamples: number;
  symbols: { definitions: number; references: number; names: number };
}

export interface HostInfo {
  architecture: string;
  cpuModel: string;
  /** e.g. ["avx2", "fma", "avx512f", "avx512vnni"] or ["neon", "dotprod", "i8mm"]. */
  cpuFeatures: string[];
  logicalCpus: number;
  /** CPUs this process may run on (affinity mask). */
  usableCpus: number;
  totalMemoryBytes: number;
  /** Container limits; undefined when there is none. `version` 0 = no cgroup found. */
  cgroup: {
    version: 0 | 1 | 2;
    memoryLimitBytes?: number | undefined;
    cpuQuota?: number | undefined;
  };
}

/** Instructions that run packed weights; "scalar" are those every CPU has. */
export type EncoderIsa =
  | "scalar"
  | "avx2"
  | "avx-vnni"
  | "avx512-vnni"
  | "neon"
  | "neon-dotprod"
  | "neon-i8mm";

/** What runs a model: ONNX Runtime, or the core alone where the weights are packed for it. */
export type ModelEngine = "onnx" | "direct";

/** How a model is run, known before it is loaded. */
export interface ModelRunner {
  engine: ModelEngine;
  /** Of packed weights; undefined: ONNX Runtime's own choice. */
  isa: EncoderIsa | undefined;
}

export interface SessionOptions {
  intraOpThreads: number;
  spinning: boolean;
  cpuArena: boolean;
  memoryPattern: boolean;
  provider: "cpu" | "cuda" | "coreml";
  /** Most memory of the GPU for this model, bytes; 0: no limit of its own. CUDA alone has one. */
  gpuMemoryBytes: number;
  /** How that is taken: as much as is needed, or twice the last piece. */
  gpuArena: "same" | "double";
}

export interface SessionReport extends SessionOptions {
  engine: ModelEngine;
  /** Instructions that run packed weights; "" for an ordinary ONNX graph. */
  isa: EncoderIsa | "";
  /** Of ONNX Runtime; "" where it does not run the model. */
  runtimeVersion: string;
  /** "cpu" after a fallback; `fallbackReason` says why. */
  providerRequested: "cpu" | "cuda" | "coreml";
  fallbackReason: string;
  /** How the model was loaded: an optimised graph, the file as it is, or packed weights. */
  loadedFrom: "cache" | "built-cache" | "plain" | "packed";
  /** Why the cache was not used ("" = it was). */
  cacheNote: string;
  loadMs: number;
  workers: number;
  /** Where workers were bound, or why not; "" when that was not asked for. */
  placement: string;
  tokensPerRun: number;
  /** Bytes the runtime's allocator holds for the session after loading. */
  sessionBytes: number;
  /** The model file, or the graph in the cache, that was opened. */
  openedPath: string;
  /** Bytes of malloc that the graph and its kernels took: by the difference, so other threads' too. */
  tableBytes: number;
}

/** How the model was loaded, with its options as they took effect. */
export type ModelReport = SessionReport & { modelId: string; dimensions: number };

/** The machine and what runs the model, for banners and reports. */
export interface HostSummary extends HostInfo {
  /** Undefined for a static model, which has no runs. */
  runner: ModelRunner | undefined;
  /** Of ONNX Runtime; undefined where the model does not need it. */
  runtimeVersion: string | undefined;
}

export interface KnownIndex {
  /** The folder it is of, absolute; undefined when the file cannot say. */
  folder: string | undefined;
  /** Its file, absolute. */
  database: string;
  /** On disk, with its log. */
  bytes: number;
  /** End of the last run that finished, ISO 8601. */
  lastIndex: string | undefined;
  /** When it was last opened or written, ISO 8601. */
  lastUsed: string | undefined;
  /** The folder is not there any more. */
  vanished: boolean;
  /** The file is damaged or none of ours. Damage deep inside the file does not show here. */
  damaged: boolean;
  /** Why the file could not be read, as a sentence; also where it is sound but busy, say. */
  problem?: string | undefined;
  /** The folder is not there, and what it lies on may only not be mounted. */
  mayBeUnmounted?: boolean | undefined;
  /** How it is kept up to date by itself; left out: it is not, by the answering process. */
  watched?: WatchedProject | undefined;
  /** Where it was asked for, and the file could be read. */
  details?: IndexContents | undefined;
}

/** What an index holds, read beside whoever uses it. */
export interface IndexContents {
  files: number;
  chunks: number;
  /** Chunks without a vector of the model. */
  waiting: number;
  /** By files, most first. */
  languages: { language: string; files: number }[];
  /** Files whose definitions are missing. */
  unparsed: number;
  /** Of the vectors; left out before the first. */
  model?: ModelName | undefined;
  /** The run that is at work on it, in any process. */
  indexing?: IndexRun | undefined;
}

/** Which index it is, and what it is run with. */
export interface IndexFacts {
  /** The folder the index is of, absolute. */
  root: string;
  database: string;
  /** There is something to search. */
  hasIndex: boolean;
  /** The model's name with its number format. */
  modelName: string;
  /** What every option is, and where that comes from. */
  configuration: Configuration;
}

export interface RemovedFile {
  path: string;
  bytes: number;
}

export interface DownloadResult {
  name: string;
  folder: string;
  bytes: number;
  /** Files for which neither we nor the hub stated a SHA-256. */
  unverified: string[];
}
