/*
 * Answers that go on as long as a client likes: each ends within a second or so when what was shown for it is good no more,
 * because its client was revoked or its token is over.
 */
import type { ServerResponse } from "node:http";
import type { DoorKeeper } from "./clients/door-keeper.ts";
import type { Client } from "./rights/rights.ts";

/** Milliseconds. Only while something is being answered. */
const lookMs = 1_000;

export class OpenAnswers {
  readonly #keeper: Pick<DoorKeeper, "isGoodStill">;
  readonly #open = new Map<ServerResponse, { bearer: string; client: Client }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(keeper: Pick<DoorKeeper, "isGoodStill">) {
    this.#keeper = keeper;
  }

  watch(bearer: string, client: Client, response: ServerResponse): void {
    this.#open.set(response, { bearer, client });
    this.#timer ??= setInterval(() => this.#look(), lookMs).unref();
    response.once("close", () => {
      this.#open.delete(response);
      if (this.#open.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    });
  }

  #look(): void {
    for (const [response, { bearer, client }] of [...this.#open]) {
      if (!this.#keeper.isGoodStill(bearer, client)) response.destroy();
    }
  }
}
