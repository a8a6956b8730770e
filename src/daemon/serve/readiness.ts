/*
 * Whether a server can answer: its store is asked for a memory that is not there. However many ask, the store is asked once a
 * second, and one that takes too long is not ready.
 */
import { inTime } from "../../base/deadline.ts";
import type { Memories } from "../../ports/memories.ts";

/** Milliseconds. */
const keptMs = 1_000;
const patienceMs = 2_000;

export class Readiness {
  readonly #memories: Pick<Memories, "get">;
  #asked: Promise<boolean> | undefined;
  #answeredAt = Number.NEGATIVE_INFINITY;
  #answer = false;

  constructor(memories: Pick<Memories, "get">) {
    this.#memories = memories;
  }

  async isReady(): Promise<boolean> {
    if (performance.now() - this.#answeredAt < keptMs) return this.#answer;
    this.#asked ??= this.#ask().finally(() => {
      this.#asked = undefined;
    });
    const said = await inTime(this.#asked, performance.now() + patienceMs);
    return said === true;
  }

  async #ask(): Promise<boolean> {
    try {
      await this.#memories.get("ready");
      this.#answer = true;
    } catch {
      this.#answer = false;
    }
    this.#answeredAt = performance.now();
    return this.#answer;
  }
}
