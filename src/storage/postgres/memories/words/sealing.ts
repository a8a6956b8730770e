/*
 * Words of many young parts are packed into lists (schema/tables/words.ts) by the server, while this client goes on. Nothing
 * is lost where that fails, and whoever only reads gets by with what is there: the next one who writes asks again.
 */
import type { PgLink } from "../../link/link.ts";

/** A namespace with so many is sealed: fewer are found fast enough by the index of words. */
const leastParts = 2_048;
/** Sealed in one transaction, which whoever erases waits for. */
const mostParts = 4_096;
/** After so many parts that this client wrote it asks again. */
const askAfter = 1_024;
const sealMs = 60_000;
/**
 * Between two steps, milliseconds: longer than it takes whoever erases, and found a step at work, to try again (guard.ts, turns.ts).
 * A step that took long says that all do.
 */
const leastRestMs = 300;
const restShare = 0.25;

export interface SealingOptions {
  leastParts?: number | undefined;
  mostParts?: number | undefined;
  /** Called between two steps, with milliseconds; for tests. */
  rest?: ((ms: number) => Promise<void>) | undefined;
}

export class Sealing {
  readonly #link: PgLink;
  readonly #least: number;
  readonly #most: number;
  readonly #rest: (ms: number) => Promise<void>;
  /** Of a rest. */
  #timer: NodeJS.Timeout | undefined;
  #waiting = 0;
  #written = 0;
  #work: Promise<unknown> | undefined;

  constructor(link: PgLink, options: SealingOptions = {}) {
    this.#link = link;
    this.#least = options.leastParts ?? leastParts;
    this.#most = options.mostParts ?? Math.max(mostParts, this.#least);
    this.#rest = options.rest ?? ((ms) => this.#pause(ms));
  }

  /** A part more is written. */
  note(): void {
    this.#written += 1;
    if (this.#written >= Math.min(askAfter, this.#least)) this.begin();
  }

  /** Has all sealed that is due, a step after the other. */
  begin(): void {
    this.#written = 0;
    this.#work ??= this.#sealAll()
      .catch(() => undefined)
      .finally(() => {
        this.#work = undefined;
      });
  }

  /** Resolves when all that was asked for is done, or has failed. */
  async settled(): Promise<void> {
    this.#waiting += 1;
    this.#timer?.ref();
    try {
      await this.#work;
    } finally {
      this.#waiting -= 1;
    }
  }

  async #sealAll(): Promise<void> {
    for (;;) {
      const began = performance.now();
      const [row] = await this.#link.later<{ parts: number }>(
        "SELECT memory_seal_words($1, $2) AS parts",
        [this.#least, this.#most],
        { limitMs: sealMs, on: "words" },
      );
      if (row === undefined || row.parts === 0) return;
      // Whoever erases waits for a step that is at work, and would meet the next one.
      await this.#rest(Math.max(leastRestMs, (performance.now() - began) * restShare));
    }
  }

  /** No process lives on for it alone. */
  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#timer = setTimeout(resolve, ms);
      if (this.#waiting === 0) this.#timer.unref();
    });
    this.#timer = undefined;
  }
}
