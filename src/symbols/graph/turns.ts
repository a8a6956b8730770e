import { throwIfAborted } from "../../base/abort.ts";
import { yieldToEventLoop } from "../../base/yield.ts";

/** How long a question over the whole graph may hold the event loop, milliseconds. */
const longestTurnMs = 15;

/** Long work in turns: others have theirs between two, and a signal ends it. */
export class Turns {
  readonly #signal: AbortSignal | undefined;
  #sinceMs = performance.now();

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /** To be called often. @throws HaypileError HAYPILE_ABORTED */
  async next(): Promise<void> {
    throwIfAborted(this.#signal, "The question");
    if (performance.now() - this.#sinceMs < longestTurnMs) return;
    await yieldToEventLoop();
    throwIfAborted(this.#signal, "The question");
    this.#sinceMs = performance.now();
  }
}
