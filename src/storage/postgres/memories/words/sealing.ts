/*
 * Words of many young parts are packed into lists (schema/tables/words.ts) by the server, while this client goes on. Nothing
 * is lost where that fails, and whoever only reads gets by with what is there: the next one who writes asks again.
 */
import type { PgLink } from "../../link/link.ts";

/** A namespace with so many is sealed: fewer are found fast enough by the index of words. */
const leastParts = 8_192;
/** Sealed in one transaction, which whoever erases waits for. */
const mostParts = 8_192;
/** After so many parts that this client wrote it asks again. */
const askAfter = 1_024;
const sealMs = 60_000;

export interface SealingOptions {
  leastParts?: number | undefined;
  mostParts?: number | undefined;
}

export class Sealing {
  readonly #link: PgLink;
  readonly #least: number;
  readonly #most: number;
  #written = 0;
  #work: Promise<unknown> | undefined;

  constructor(link: PgLink, options: SealingOptions = {}) {
    this.#link = link;
    this.#least = options.leastParts ?? leastParts;
    this.#most = options.mostParts ?? Math.max(mostParts, this.#least);
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
    await this.#work;
  }

  async #sealAll(): Promise<void> {
    for (;;) {
      const [row] = await this.#link.later<{ parts: number }>(
        "SELECT memory_seal_words($1, $2) AS parts",
        [this.#least, this.#most],
        { limitMs: sealMs, on: "words" },
      );
      if (row === undefined || row.parts === 0) return;
    }
  }
}
