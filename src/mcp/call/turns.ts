import { ToolFailure } from "../answer/tool-failure.ts";

/** Calls that may wait behind those that run. */
const mostWaiting = 256;

/** Lets so many calls of a connection run at once; the others wait in order. */
export class Turns {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(most = 16) {
    this.#most = most;
  }

  /** @throws ToolFailure when too many wait, or the call is stopped before its turn */
  async take<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#most) await this.#wait(signal);
    else this.#running += 1;
    try {
      if (signal.aborted) throw new ToolFailure("The call was stopped before its turn came.");
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  /** The one who ends hands over its turn, so nobody comes in between. */
  #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length >= mostWaiting) {
      return Promise.reject(
        new ToolFailure(
          `${mostWaiting} calls of this connection are waiting already. Wait for answers before asking more.`,
        ),
      );
    }
    return new Promise((resolve, reject) => {
      const turn = (): void => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = (): void => {
        const at = this.#waiting.indexOf(turn);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(new ToolFailure("The call was stopped before its turn came."));
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.push(turn);
    });
  }
}
