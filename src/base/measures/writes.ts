/*
 * How long writes of this process took, by what was written. Each has three parts: waiting for the turn to write, the work
 * itself, and the commit, which moves what was gathered when the log is full and waits for the disk where it is told to.
 * Only counted, never kept: what this costs is a few clock readings a write.
 */
import { TimeHistogram } from "./histogram.ts";
import type { StallCause } from "./stalls.ts";

/** What is written: first memories, then an index, then the cache of vectors. */
const writeKinds = [
  "remember",
  "update",
  "forget",
  "import",
  "links",
  "anchors",
  "uses",
  "memory-vectors",
  "memory-words",
  "memory-upkeep",
  "files",
  "words",
  "texts",
  "vectors",
  "static-vectors",
  "next-vectors",
  "segments",
  "order",
  "exact-uses",
  "facts",
  "tidy",
  "cache",
  "other",
] as const;
export type WriteKind = (typeof writeKinds)[number];

export interface WriteTimes {
  /** From the first try to the turn. */
  wait: TimeHistogram;
  /** From the turn to the commit. */
  work: TimeHistogram;
  commit: TimeHistogram;
  /** All three. */
  whole: TimeHistogram;
  /** Tries that found another writer, and writes that failed. */
  busy: number;
  failed: number;
  /** That waited too long, by what they waited for. */
  stalled: Record<StallCause, number>;
}

class WriteMeasures {
  readonly #kinds = new Map<WriteKind, WriteTimes>();

  note(kind: WriteKind, waitMs: number, workMs: number, commitMs: number): void {
    const times = this.#of(kind);
    times.wait.add(waitMs);
    times.work.add(workMs);
    times.commit.add(commitMs);
    times.whole.add(waitMs + workMs + commitMs);
  }

  noteStalled(kind: WriteKind, causes: readonly StallCause[]): void {
    for (const cause of causes) this.#of(kind).stalled[cause] += 1;
  }

  noteBusy(kind: WriteKind): void {
    this.#of(kind).busy += 1;
  }

  noteFailed(kind: WriteKind): void {
    this.#of(kind).failed += 1;
  }

  /** Kinds that were written, in the order of the list. */
  kinds(): [WriteKind, WriteTimes][] {
    return writeKinds.flatMap((kind) => {
      const times = this.#kinds.get(kind);
      return times === undefined ? [] : [[kind, times] as [WriteKind, WriteTimes]];
    });
  }

  #of(kind: WriteKind): WriteTimes {
    let times = this.#kinds.get(kind);
    if (times === undefined) {
      const [wait, work, commit, whole] = [0, 1, 2, 3].map(() => new TimeHistogram()) as [
        TimeHistogram,
        TimeHistogram,
        TimeHistogram,
        TimeHistogram,
      ];
      times = { wait, work, commit, whole, busy: 0, failed: 0, stalled: { wait: 0, commit: 0 } };
      this.#kinds.set(kind, times);
    }
    return times;
  }
}

/** Of this process. */
export const writeMeasures = new WriteMeasures();

let waitedMs = 0;

/** Runs a write whose caller has waited for its turn so long already. */
export function afterWaiting<T>(ms: number, write: () => T): T {
  waitedMs = ms;
  try {
    return write();
  } finally {
    waitedMs = 0;
  }
}

/** What the caller of the write that runs now has waited before, milliseconds. */
export function waitedBefore(): number {
  return waitedMs;
}
