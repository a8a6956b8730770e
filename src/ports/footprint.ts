/* What services and the governor of memory say to each other. All sizes in bytes. */

/** What the operating system says now. */
export interface FootprintReading {
  /** Resident memory of this process. */
  ownBytes: number;
  /** Memory of our other processes that is theirs alone: pages of programs are counted once, with ours. */
  childBytes: number;
  /** What the machine, or our control group where that is less, could still give. */
  freeBytes: number;
}

export interface FootprintGauge {
  read(): FootprintReading;
}

export interface Clock {
  /** Milliseconds that never go back. */
  now(): number;
  /** Resolves after so many milliseconds; earlier, when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Tells a long job how much to take on next. */
export interface Pacer {
  /**
   * Before each batch: how many chunks it may have, at most `most`. Waits while memory is above the limit.
   * 0: stop here, what is left comes with a later run.
   */
  batch(most: number, signal?: AbortSignal): Promise<number>;
  /** After each batch: what it had; 0 and 0 when a run begins. Later batches have the size that was the fastest. */
  batchDone?(chunks: number, tokens: number): void;
}

/** Work whose need of memory is foretold, by name. */
export type WorkStep = "model load" | "parse" | "segment of bits";

/** Runs work when there is room for so many bytes. @throws HaypileError HAYPILE_OVERLOADED */
export type RunInRoom = <T>(bytes: number, run: () => Promise<T>) => Promise<T>;

/** What is given up when memory is short, by name. */
export type LadderStepName =
  | "smaller batches"
  | "smaller caches"
  | "idle models unloaded"
  | "fewer workers"
  | "reranker off"
  | "static model for new text"
  | "no new work";

/** How near to the limit: below the warning mark, above it, above the critical mark. */
export type FootprintLevel = "calm" | "warning" | "critical";
