/*
 * JSON-RPC over a pair of streams, one message a line. The SDK's transport for this says nothing of lines that it
 * cannot read; this one answers each, takes the batches of 2025-03-26, and reads no more from a client that does
 * not take its answers.
 */
import type { Readable, Writable } from "node:stream";
import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/server";
import { LineReader } from "../../base/text/line-reader.ts";
import { type Batch, readFrame, tooLongText } from "../framing.ts";

/** The longest line taken, bytes. */
export const longestLine = 10 * 1024 * 1024;
/** With so many bytes unread by the client, nothing more is taken from it. */
const mostUnread = 4 * 1024 * 1024;
/** The last revision of the protocol with batches. */
const lastWithBatches = "2025-03-26";

interface OpenBatch {
  waitsFor: Set<unknown>;
  /** Answers as JSON texts. */
  answers: string[];
}

export class LineTransport implements Transport {
  onclose?: (() => void) | undefined;
  onerror?: ((error: Error) => void) | undefined;
  onmessage?: NonNullable<Transport["onmessage"]> | undefined;
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #lines = new LineReader(longestLine, {
    line: (bytes) => this.#take(bytes),
    tooLong: (head, tail) => this.#write(tooLongText(longestLine, head, tail)),
  });
  /** By the id of a request that is in one. */
  readonly #batches = new Map<unknown, OpenBatch>();
  #version: string | undefined;
  #isClosed = false;

  constructor(input: Readable, output: Writable) {
    this.#input = input;
    this.#output = output;
  }

  async start(): Promise<void> {
    this.#input.on("data", this.#onData).on("error", this.#onError);
    this.#input.on("end", this.#onEnd).on("close", this.#onEnd);
    this.#output.on("error", this.#onEnd).on("drain", this.#onDrain);
    if (this.#input.readableEnded || this.#input.destroyed) setImmediate(this.#onEnd);
  }

  /** The SDK says so when a client and the server have agreed in `initialize`. */
  setProtocolVersion(version: string): void {
    this.#version = version;
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (this.#isClosed) throw new Error("The connection is closed.");
    const text = JSON.stringify(message);
    const id = "method" in message ? undefined : message.id;
    const batch = id === undefined ? undefined : this.#batches.get(id);
    if (batch === undefined) return this.#write(text);
    batch.answers.push(text);
    this.#settle(id, batch);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#input.off("data", this.#onData).off("error", this.#onError);
    this.#input.off("end", this.#onEnd).off("close", this.#onEnd);
    this.#output.off("error", this.#onEnd).off("drain", this.#onDrain);
    this.#input.pause();
    this.#batches.clear();
    this.onclose?.();
  }

  readonly #onData = (data: Buffer): void => {
    this.#lines.add(data);
    if (this.#output.writableLength > mostUnread) this.#input.pause();
  };

  readonly #onDrain = (): void => {
    if (!this.#isClosed) this.#input.resume();
  };

  readonly #onError = (error: Error): void => this.onerror?.(error);

  readonly #onEnd = (): void => void this.close();

  #take(line: Buffer): void {
    if (this.#isClosed) return;
    const frame = readFrame(line);
    if (frame.kind === "message") this.#deliver(frame.message);
    else if (frame.kind === "wrong") this.#write(frame.answer);
    else if (frame.kind === "batch") this.#takeBatch(frame.batch);
  }

  #takeBatch({ messages, errors, refuse }: Batch): void {
    const version = this.#version;
    if (version === undefined || version > lastWithBatches) {
      const has = version === undefined ? "has not agreed on that" : `has ${version}`;
      const why = `batches belong to protocol ${lastWithBatches}, and this connection ${has}. Send one message a line.`;
      this.#write(refuse(why));
      return;
    }
    const waitsFor = new Set(messages.filter(isRequest).map(({ id }) => id));
    const batch: OpenBatch = { waitsFor, answers: [...errors] };
    for (const id of waitsFor) this.#batches.set(id, batch);
    if (waitsFor.size === 0) this.#finish(batch);
    for (const message of messages) this.#deliver(message);
  }

  #deliver(message: JSONRPCMessage): void {
    if ("method" in message && message.method === "notifications/cancelled") {
      // What is cancelled gets no answer, and the rest of its batch must not wait for one.
      const id = (message.params as { requestId?: unknown } | undefined)?.requestId;
      const batch = this.#batches.get(id);
      if (batch !== undefined) this.#settle(id, batch);
    }
    this.onmessage?.(message);
  }

  #settle(id: unknown, batch: OpenBatch): void {
    this.#batches.delete(id);
    batch.waitsFor.delete(id);
    if (batch.waitsFor.size === 0) this.#finish(batch);
  }

  #finish({ answers }: OpenBatch): void {
    if (answers.length > 0) this.#write(`[${answers.join(",")}]`);
  }

  #write(text: string): void {
    if (!this.#isClosed && this.#output.writable) this.#output.write(`${text}\n`);
  }
}

function isRequest(message: JSONRPCMessage): message is JSONRPCMessage & { id: string | number } {
  return "method" in message && "id" in message;
}
