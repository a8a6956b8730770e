/*
 * Some answers go on as long as the client likes. They were begun by somebody who was let in, and whether that still holds is
 * looked at again and again: who signed out, whose session is over or whose token was deleted is told nothing more.
 */
import type { ServerResponse } from "node:http";

/** Milliseconds. Only while something is being answered. */
const lookMs = 1_000;

export class Welcome {
  readonly #isIn: (given: string | undefined) => boolean;
  readonly #open = new Map<ServerResponse, string | undefined>();
  #timer: NodeJS.Timeout | undefined;

  /** @param isIn whether what a request shows as its bearer is good */
  constructor(isIn: (given: string | undefined) => boolean) {
    this.#isIn = isIn;
  }

  /** Ends the answer, and its connection, when what was shown for it is good no more. */
  watch(given: string | undefined, response: ServerResponse): void {
    this.#open.set(response, given);
    this.#timer ??= setInterval(() => this.#look(), lookMs).unref();
    response.once("close", () => {
      this.#open.delete(response);
      if (this.#open.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    });
  }

  #look(): void {
    const judged = new Map<string | undefined, boolean>();
    for (const [response, given] of [...this.#open]) {
      const isIn = judged.get(given) ?? this.#isIn(given);
      judged.set(given, isIn);
      if (!isIn) response.destroy();
    }
  }
}
