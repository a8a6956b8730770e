/*
 * Answers that go on: events as a stream ("text/event-stream"). There are only so many at once, and all end when the listener
 * closes. Nothing is kept here for who does not read: what sends asks first whether more is taken.
 */
import { HaypileError } from "../base/errors.ts";

/** Streams at once, all clients together. */
const mostStreams = 64;
/** A word now and then, so that neither end takes a quiet stream for a dead one. Milliseconds. */
const beatMs = 15_000;
/** How long a client is to wait until it connects again, milliseconds. */
const retryMs = 2_000;

export const eventType = "text/event-stream";

/** One stream of events, as who sends sees it. */
export interface EventSink {
  /** The client has taken what was sent before. */
  readonly isOpen: boolean;
  /** Sends it, or leaves it with the stream to be read: ask isOpen before, where that may be much. */
  send(event: string, data: string, id?: number): void;
  end(): void;
}

export interface EventSource {
  /** @returns what is to be done when the stream has ended, whoever ended it */
  begin(sink: EventSink): () => void;
  /** The client takes more. */
  onRoom?(sink: EventSink): void;
}

export class Streams {
  readonly #open = new Set<Stream>();
  #beat: NodeJS.Timeout | undefined;
  #isClosed = false;

  /**
   * Opens a stream of events.
   * @throws HaypileError HAYPILE_OVERLOADED when there are as many as there may be; HAYPILE_CLOSED
   */
  open(source: EventSource): Response {
    if (this.#isClosed) throw new HaypileError("HAYPILE_CLOSED", "The daemon leaves. Try again.");
    if (this.#open.size >= mostStreams) {
      throw new HaypileError(
        "HAYPILE_OVERLOADED",
        `There are ${mostStreams} open streams, the most there may be. Close a page, then try again.`,
        { data: { streams: mostStreams } },
      );
    }
    const stream = new Stream(source, (one) => this.#forget(one));
    this.#open.add(stream);
    this.#beat ??= setInterval(() => {
      for (const one of [...this.#open]) one.beat();
    }, beatMs).unref();
    stream.begin();
    return new Response(stream.body, {
      headers: {
        "Content-Type": eventType,
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
      },
    });
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

class Stream implements EventSink {
  readonly body: ReadableStream<Uint8Array>;
  readonly #source: EventSource;
  readonly #forget: (one: Stream) => void;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #stop: (() => void) | undefined;

  constructor(source: EventSource, forget: (one: Stream) => void) {
    this.#source = source;
    this.#forget = forget;
    this.body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#source.onRoom?.(this),
      cancel: () => this.#finish(),
    });
  }

  begin(): void {
    // Headers go out with the first bytes: whoever waits knows at once that it is open.
    this.#write(`retry: ${retryMs}\n: open\n\n`);
    this.#stop = this.#source.begin(this);
    if (this.#controller === undefined) this.#finish();
  }

  get isOpen(): boolean {
    return (this.#controller?.desiredSize ?? 0) > 0;
  }

  send(event: string, data: string, id?: number): void {
    this.#write(`${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`);
  }

  beat(): void {
    if (this.isOpen) this.#write(": still here\n\n");
  }

  end(): void {
    const controller = this.#controller;
    this.#finish();
    controller?.close();
  }

  #write(text: string): void {
    this.#controller?.enqueue(encoder.encode(text));
  }

  #finish(): void {
    this.#controller = undefined;
    this.#forget(this);
    const stop = this.#stop;
    this.#stop = undefined;
    stop?.();
  }
}
