/*
 * Answers that go on: events as a stream ("text/event-stream"). There are only so many at once; one whose reader does not
 * keep up is dropped, and all end when the listener closes.
 */
import { throwIfAborted } from "../base/abort.ts";
import { HaypileError } from "../base/errors.ts";

/** Streams at once. */
const mostStreams = 64;
/** Bytes that may wait for a reader before it is dropped. */
export const mostUnreadBytes = 1_000_000;
/** A word now and then, so that neither end takes a quiet stream for a dead one. Milliseconds. */
const beatMs = 25_000;

/** One stream of events. */
export interface EventStream {
  /** The answer to give. */
  readonly response: Response;
  /** Ends with the stream, whoever ends it. */
  readonly signal: AbortSignal;
  /** @returns false when the stream has ended */
  send(event: string, value: unknown): boolean;
  end(): void;
}

export class Streams {
  readonly #open = new Set<Stream>();
  #beat: NodeJS.Timeout | undefined;
  #isClosed = false;

  /**
   * Opens a stream of events.
   * @param signal of the request
   * @throws HaypileError HAYPILE_OVERLOADED when there are as many as there may be; HAYPILE_CLOSED, HAYPILE_ABORTED
   */
  open(signal?: AbortSignal): EventStream {
    if (this.#isClosed) throw new HaypileError("HAYPILE_CLOSED", "The daemon leaves. Try again.");
    throwIfAborted(signal, "Opening a stream");
    if (this.#open.size >= mostStreams) {
      throw new HaypileError(
        "HAYPILE_OVERLOADED",
        `There are ${mostStreams} open streams, the most there may be. Close a page, then try again.`,
        { data: { streams: mostStreams } },
      );
    }
    const stream = new Stream(signal, () => this.#forget(stream));
    this.#open.add(stream);
    this.#beat ??= setInterval(() => {
      for (const one of [...this.#open]) one.say(": still here\n\n");
    }, beatMs).unref();
    return stream;
  }

  get count(): number {
    return this.#open.size;
  }

  /** Ends all; none is opened any more. */
  close(): void {
    this.#isClosed = true;
    for (const stream of [...this.#open]) stream.end();
  }

  #forget(stream: Stream): void {
    this.#open.delete(stream);
    if (this.#open.size > 0) return;
    clearInterval(this.#beat);
    this.#beat = undefined;
  }
}

const encoder = new TextEncoder();

class Stream implements EventStream {
  readonly response: Response;
  readonly #ended = new AbortController();
  readonly #forget: () => void;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(signal: AbortSignal | undefined, forget: () => void) {
    this.#forget = forget;
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        cancel: () => this.#finish(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: mostUnreadBytes }),
    );
    this.response = new Response(body, {
      headers: { "Content-Type": "text/event-stream", "Cache-Control": "no-store" },
    });
    signal?.addEventListener("abort", () => this.end(), { once: true });
    // Headers go out with the first bytes: whoever waits knows at once that it is open.
    this.say(": open\n\n");
  }

  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  send(event: string, value: unknown): boolean {
    return this.say(`event: ${event}\ndata: ${JSON.stringify(value ?? null)}\n\n`);
  }

  say(text: string): boolean {
    const controller = this.#controller;
    if (controller === undefined) return false;
    // What it has not read is let go with it.
    if ((controller.desiredSize ?? 0) < 0) {
      this.#finish();
      controller.error(new Error("The reader does not keep up."));
      return false;
    }
    controller.enqueue(encoder.encode(text));
    return true;
  }

  end(): void {
    const controller = this.#controller;
    this.#finish();
    controller?.close();
  }

  #finish(): void {
    if (this.#controller === undefined) return;
    this.#controller = undefined;
    this.#forget();
    this.#ended.abort();
  }
}
