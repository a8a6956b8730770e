/*
 * Writes that stalled: that waited for another writer, or for the disk at their commit, longer than a threshold. Counted by
 * database; many close together are one burst, which is told once.
 */

/** "wait": another process or thread was writing. "commit": the disk, or the log that was moved into the database. */
export type StallCause = "wait" | "commit";

export interface StallCounts {
  times: number;
  /** Of all together. */
  ms: number;
}

export interface Stall {
  cause: StallCause;
  /** What was written. */
  kind: string;
  ms: number;
  /** Milliseconds since 1970. */
  at: number;
}

const usualThresholdMs = 250;
/** What follows within so long belongs to the same burst. */
const burstMs = 30_000;
/** Databases that are counted apart; of more, all others together. */
const mostDatabases = 500;
const otherDatabases = "others";

const none = (): Record<StallCause, StallCounts> => ({
  wait: { times: 0, ms: 0 },
  commit: { times: 0, ms: 0 },
});

export class Stalls {
  readonly #byDatabase = new Map<string, Record<StallCause, StallCounts>>();
  readonly #all = none();
  #thresholdMs = usualThresholdMs;
  #bursts = 0;
  #last: Stall | undefined;
  #tell: (first: Stall) => void = () => undefined;

  get thresholdMs(): number {
    return this.#thresholdMs;
  }

  /** Bursts so far. */
  get bursts(): number {
    return this.#bursts;
  }

  get last(): Stall | undefined {
    return this.#last;
  }

  /** Of all databases. */
  get counts(): Readonly<Record<StallCause, Readonly<StallCounts>>> {
    return this.#all;
  }

  /** @param tell hears of the first of each burst */
  configure(thresholdMs: number, tell: (first: Stall) => void): void {
    this.#thresholdMs = thresholdMs;
    this.#tell = tell;
  }

  /** @returns which of the two were too long */
  note(
    database: string,
    kind: string,
    { waitMs, commitMs }: { waitMs: number; commitMs: number },
    at = Date.now(),
  ): StallCause[] {
    const found: StallCause[] = [];
    if (waitMs >= this.#thresholdMs) found.push("wait");
    if (commitMs >= this.#thresholdMs) found.push("commit");
    for (const cause of found) {
      const ms = cause === "wait" ? waitMs : commitMs;
      for (const counts of [this.#all, this.#of(database)]) {
        counts[cause].times += 1;
        counts[cause].ms += ms;
      }
      const stall = { cause, kind, ms: Math.round(ms), at };
      const isNew = this.#last === undefined || at - this.#last.at > burstMs;
      this.#last = stall;
      if (!isNew) continue;
      this.#bursts += 1;
      this.#tell(stall);
    }
    return found;
  }

  /** Those of one database so far. */
  of(database: string): Record<StallCause, StallCounts> {
    const { wait, commit } = this.#byDatabase.get(database) ?? none();
    return { wait: { ...wait }, commit: { ...commit } };
  }

  #of(database: string): Record<StallCause, StallCounts> {
    const isFull = this.#byDatabase.size >= mostDatabases && !this.#byDatabase.has(database);
    const key = isFull ? otherDatabases : database;
    const counts = this.#byDatabase.get(key) ?? none();
    this.#byDatabase.set(key, counts);
    return counts;
  }
}

/** Of this process. */
export const stalls = new Stalls();
