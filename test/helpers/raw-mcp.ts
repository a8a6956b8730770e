/* A client that writes bytes as it likes and reads lines: for input that no library would send. */
import type { Readable, Writable } from "node:stream";

export const initialize = {
  jsonrpc: "2.0",
  id: "init",
  method: "initialize",
  params: {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "raw", version: "1" },
  },
};

interface Message {
  id?: string | number | null;
  method?: string;
  result?: Record<string, unknown>;
  error?: { code: number; message: string };
  params?: Record<string, unknown>;
}

export class RawClient {
  readonly #output: Writable;
  readonly messages: Message[] = [];
  /** Lines that are no JSON: there must be none. */
  readonly strayLines: string[] = [];
  readonly ended: Promise<void>;
  #waiting: (() => void)[] = [];

  constructor(input: Readable, output: Writable) {
    this.#output = output;
    let rest = "";
    input.setEncoding("utf8");
    input.on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#take(line);
    });
    this.ended = new Promise((resolve) => {
      for (const event of ["end", "close", "error"]) input.once(event, () => resolve());
    });
    output.on("error", () => undefined);
  }

  #take(line: string): void {
    try {
      this.messages.push(JSON.parse(line));
    } catch {
      this.strayLines.push(line);
    }
    for (const wake of this.#waiting.splice(0)) wake();
  }

  raw(bytes: string | Uint8Array): void {
    this.#output.write(bytes);
  }

  send(message: unknown): void {
    this.raw(`${JSON.stringify(message)}\n`);
  }

  async answer(id: string | number | null, limitMs = 20_000): Promise<Message> {
    const end = Date.now() + limitMs;
    for (;;) {
      const found = this.messages.find((one) => one.id === id && one.method === undefined);
      if (found !== undefined) return found;
      if (Date.now() > end)
        throw new Error(`No answer to ${id}; came: ${JSON.stringify(this.messages)}`);
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        setTimeout(resolve, 100);
      });
    }
  }

  async call(
    id: string,
    name: string,
    args: Record<string, unknown> = {},
    meta?: Record<string, unknown>,
  ): Promise<Message> {
    this.send(callOf(id, name, args, meta));
    return await this.answer(id);
  }

  async open(): Promise<this> {
    this.send(initialize);
    await this.answer("init");
    this.send({ jsonrpc: "2.0", method: "notifications/initialized" });
    return this;
  }
}

export function callOf(
  id: string,
  name: string,
  args: Record<string, unknown> = {},
  meta?: Record<string, unknown>,
): unknown {
  const params = { name, arguments: args, ...(meta !== undefined && { _meta: meta }) };
  return { jsonrpc: "2.0", id, method: "tools/call", params };
}
