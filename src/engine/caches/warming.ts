/*
 * Makes the caches of a new engine warm: asks what was asked most in earlier ones, one query after the
 * other, only while nobody else is searching, and only as long as the budget has room. close() ends it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { SearchCallOptions } from "../../ports/answers/search.ts";
import { QueryRecord } from "./query-record.ts";

/** Nobody has searched for so long, milliseconds. */
const quietMs = 250;
/** The rest of the budget is left to what comes. */
const shareFilled = 0.75;

export interface WarmingParts {
  /** The file of the queries. */
  recordPath: string;
  search: (query: string, options: SearchCallOptions) => Promise<unknown>;
  /** Whether a search writes nothing: every chunk has its vector. */
  isReady: () => boolean;
  budget: () => { bytes: number; maxBytes: number };
}

export class Warming {
  readonly #parts: WarmingParts;
  readonly #record: QueryRecord;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  #lastUse = performance.now();
  #isOwn = false;

  constructor(parts: WarmingParts) {
    this.#parts = parts;
    this.#record = new QueryRecord(parts.recordPath);
    this.#done = this.#warm().catch(() => undefined);
  }

  /** Resolves when all is warm that will be. */
  get done(): Promise<void> {
    return this.#done;
  }

  /** A search of the caller's has begun. */
  note(query: string, options: SearchCallOptions): void {
    if (this.#isOwn) return;
    this.#lastUse = performance.now();
    this.#record.note(query, options);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#done;
    this.#record.save();
  }

  async #warm(): Promise<void> {
    const { signal } = this.#stop;
    for (const { query, options } of this.#record.top()) {
      await this.#quiet();
      const { bytes, maxBytes } = this.#parts.budget();
      if (bytes > maxBytes * shareFilled || !this.#parts.isReady()) return;
      try {
        // note() is called before the first await of a search: it cannot be another's.
        this.#isOwn = true;
        const searching = this.#parts.search(query, { ...options, signal });
        this.#isOwn = false;
        await searching;
      } catch {
        // A query that cannot be asked any more; or the end, which the next wait tells.
      } finally {
        this.#isOwn = false;
      }
    }
  }

  /** Waits until nobody has searched for a while. @throws when close() was called */
  async #quiet(): Promise<void> {
    const { signal } = this.#stop;
    for (;;) {
      const left = this.#lastUse + quietMs - performance.now();
      if (left <= 0) return;
      // It keeps no process alive.
      await sleep(left, undefined, { signal, ref: false });
    }
  }
}
