/* What so many files and memories are expected to take on this machine. */

export interface PlanAsked {
  /** Files that an index run would read. */
  files: number;
  /** Their text, bytes. Default: 5,000 a file. */
  textBytes?: number | undefined;
  memories: number;
  /** Characters of one. Default 200. */
  memoryChars?: number | undefined;
}

/** Bytes on disk and in memory, seconds of CPU time, seconds by the clock where nothing else is at work. */
export interface Foretold {
  index: {
    files: number;
    textBytes: number;
    chunks: number;
    tokens: number;
    diskBytes: number;
    /** Of the cache of vectors that all indexes share. */
    cacheBytes: number;
    cpuSeconds: number;
    /** Of the process that indexes. */
    peakBytes: number;
    /** Of the parse process beside it, while files are read; much of it are Node's pages, which both share. */
    parserBytes: number;
  };
  memories: {
    memories: number;
    chars: number;
    diskBytes: number;
    cpuSeconds: number;
    /** What stays in the RAM of who is asked, beside the model. */
    residentBytes: number;
  };
  diskBytes: number;
  cpuSeconds: number;
  seconds: number;
  /** Of one process that does both, without the parse process. */
  peakBytes: number;
}

export interface Plan extends Foretold {
  model: string;
  machine: {
    cpus: number;
    memoryBytes: number;
    /** memory.max, where it is said. */
    limitBytes?: number | undefined;
    /** Free on the disk of the data folder; left out where the system does not say. */
    freeBytes?: number | undefined;
    /** Measured now: tokens of a second of CPU time. */
    tokensPerCpuSecond: number;
  };
  /** What does not fit, with what to do; [] where all fits. */
  warnings: string[];
}
