/*
 * The end of a client's input, held back until what it asked is answered: a pipe that says all at once and ends
 * (`printf … | haypile mcp`) is owed its answers as well as a client that stays.
 */
import { PassThrough, type Readable } from "node:stream";
import type { JSONRPCMessage } from "@modelcontextprotocol/server";

/** Longer than any tool may take. */
const longestMs = 90_000;

interface Told {
  id?: string | number | null | undefined;
  method?: string | undefined;
  params?: { requestId?: string | number | undefined } | undefined;
}

export class HeldEnd {
  /** What the input says, and its end when all is answered. */
  readonly input = new PassThrough();
  readonly #unanswered = new Set<string | number>();
  #hasEnded = false;
  #late: NodeJS.Timeout | undefined;

  constructor(input: Readable) {
    let last = 10;
    input.on("data", (data: Buffer) => {
      last = data.at(-1) ?? last;
    });
    input.once("end", () => {
      // The last line may have no end of its own.
      if (last !== 10) this.input.write("\n");
      this.#hasEnded = true;
      this.#late = setTimeout(() => this.input.end(), longestMs);
      // What was read last has yet to be heard of by those that answer.
      setImmediate(() => this.#noteDone());
    });
    input.once("close", () => {
      if (!this.#hasEnded) this.input.end();
    });
    input.pipe(this.input, { end: false });
  }

  /** A message of the client. A subscription is answered only when the connection ends: it is not waited for. */
  asked(message: JSONRPCMessage): void {
    const { id, method, params } = message as Told;
    if (method === undefined) return;
    if (method === "notifications/cancelled") this.#settle(params?.requestId);
    else if (id !== undefined && id !== null && method !== "subscriptions/listen") {
      this.#unanswered.add(id);
    }
  }

  /** A message to the client. */
  answered(message: JSONRPCMessage): void {
    const { id, method } = message as Told;
    if (method === undefined && id !== null) this.#settle(id);
  }

  #settle(id: string | number | undefined): void {
    if (id !== undefined) this.#unanswered.delete(id);
    this.#noteDone();
  }

  #noteDone(): void {
    if (!this.#hasEnded || this.#unanswered.size > 0) return;
    clearTimeout(this.#late);
    this.input.end();
  }
}
