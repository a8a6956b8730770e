/* Where the RAM of a process is: owners, events, caches, the limit. All sizes in bytes. */
import type { FootprintEvent, FootprintPeak } from "../../base/events.ts";
import type { FootprintLevel, LadderStepName, WorkStep } from "../footprint.ts";

export interface Footprint {
  rssBytes: number;
  peakRssBytes: number;
  /** Anonymous (private) part of RSS, and the part backed by files. */
  anonBytes: number;
  fileBytes: number;
  /** Bytes asked for through the runtime's allocator: now and at most. */
  runtimeBytes: number;
  runtimePeakBytes: number;
}

/** Who takes resident memory, bytes. */
export interface FootprintOwner {
  owner: string;
  bytes: number;
  /** Of those, bytes that nothing uses now. */
  idleBytes?: number | undefined;
  note: string;
}

/** Something that can be done; greatest saving first. */
export interface FootprintAdvice {
  /** What to set. */
  option: string;
  /** What that does, and what it costs. */
  effect: string;
  /** Expected, bytes; of the peak where the effect says so. */
  savesBytes: number;
}

export interface FootprintEfficiency {
  /** 0 to 100. */
  score: number;
  idleBytes: number;
  formula: string;
}

/** What is kept of many things, and how much of it one of them takes on average. */
export interface FootprintShare {
  count: number;
  /** Of all together. */
  bytes: number;
  eachBytes: number;
}

/** Where this process's memory is. All in bytes. */
export interface FootprintReport {
  process: Footprint;
  /** Address space, used or not; left out where the system does not say. */
  virtualBytes?: number | undefined;
  /** Memory that this process may count on: the machine's, or a container's limit below it. */
  systemBytes: number;
  /** Resident memory as a share of that, 0 to 1. */
  systemShare: number;
  /** What indexes hold in RAM, by indexed file; left out while none is open. Caches and the bound of the page cache are in it. */
  perFile?: FootprintShare | undefined;
  /** What memories hold in RAM, by text of one; left out while none is held. */
  perMemory?: FootprintShare | undefined;
  /** All that is resident, by client that is connected, our own commands aside; the daemon's alone, left out without one. */
  perClient?: FootprintShare | undefined;
  /** Sum of the owners: what is resident, as the system's list of mappings has it. */
  totalBytes: number;
  owners: FootprintOwner[];
  /** The last of the owners. */
  unaccountedBytes: number;
  /** Processes of this engine; their memory is not in the owners. */
  children: { owner: string; pid: number; rssBytes: number | undefined }[];
  peak: FootprintPeak;
  /** Why each owner was loaded or freed last; the oldest first. */
  events: FootprintEvent[];
  efficiency: FootprintEfficiency;
  advice: FootprintAdvice[];
  /** The limit, what counts against it, and what is given up now; undefined without a limit. */
  governor?: GovernorState | undefined;
  /** Caches in memory: how full they are, how often they were right, and why entries went. */
  caches: CacheStatistics;
}

export interface GovernorState {
  limitBytes: number;
  /** Shares of the limit at which something is done: memory.target, memory.warning, memory.critical. */
  marks: { target: number; warning: number; critical: number };
  usedBytes: number;
  /** The most that a look has seen. */
  mostUsedBytes: number;
  level: FootprintLevel;
  /** Steps of the ladder that are taken. */
  steps: readonly LadderStepName[];
  /** Callers that wait for memory, and those that were refused. */
  waiting: number;
  refused: number;
  /** Foretold and measured peaks, by what was done. */
  predictions: readonly StepRecord[];
  /** Chunks of a batch and its tokens a second, as found by trying; undefined before the first batch. */
  batch: { chunks: number; tokensPerSecond: number | undefined } | undefined;
  /** How long memory was short, and what was given up, since the governor began. */
  pressure: Pressure;
}

/** How short memory is now. */
export interface FootprintPressure {
  /** "calm" below memory.warning, "critical" above memory.critical; always "calm" without a limit. */
  level: FootprintLevel;
  /** What is used, as a share of the limit; undefined without a limit. */
  share: number | undefined;
  /** What counts against the limit; without one the resident memory of this process, bytes. */
  usedBytes: number;
  /** undefined: there is no limit. */
  limitBytes: number | undefined;
  /** What is given up now, in its order. */
  steps: readonly LadderStepName[];
}

export interface CalmOptions {
  /** Most time to wait, milliseconds, 0 to 3,600,000. Default 30,000. */
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

export interface Pressure {
  /** Time at each level, milliseconds. */
  levelMs: Record<FootprintLevel, number>;
  steps: Partial<Record<LadderStepName, { times: number; ms: number }>>;
}

export interface StepRecord {
  step: WorkStep;
  /** How often it was done. */
  count: number;
  /** Of those, how often the peak was within 15 % of the prediction. */
  within: number;
  /** Of the last time: peaks of the process that did it, bytes. */
  predictedBytes: number;
  measuredBytes: number;
}

/** Why entries went. */
export type EvictionCause = "size" | "ttl" | "replaced" | "cleared" | "resized";

export interface OwnerStatistics {
  owner: string;
  entries: number;
  bytes: number;
  floorBytes: number;
  hits: number;
  misses: number;
  /** Misses of keys that went for want of room not long ago: at most what twice the bytes would save. */
  regretted: number;
  evictions: Record<EvictionCause, number>;
  /** Values larger than the whole budget, which were never kept. */
  tooLarge: number;
}

export interface CacheStatistics {
  maxBytes: number;
  bytes: number;
  /** Share of the window, as it is now. */
  windowShare: number;
  owners: OwnerStatistics[];
}
