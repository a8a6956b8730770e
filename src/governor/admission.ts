/*
 * Work that needs memory asks first. What fits beside all that was admitted goes on; what does not
 * waits in a queue of bounded length, in its order; what can never fit, or waited too long, is
 * refused with a typed error. A grant is a promise of bytes that are not used yet: as the work touches
 * them they show up in the gauge too, so the owner ends the grant as soon as the bytes are there.
 */
import { HaypileError } from "../base/errors.ts";
import type { Clock, WorkStep } from "../ports/footprint.ts";

export interface AdmissionRequest {
  /** What wants to run, as it stands in a message: "loading the model all-minilm-l6-v2". */
  what: string;
  /** Bytes it will need beyond what is used now. */
  bytes: number;
  /** Most time to wait, milliseconds. Default 30,000. */
  waitMs?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Compare the prediction with what is measured, under this name. */
  step?: WorkStep | undefined;
  /** The peak that is foretold for the process that does it. Default: what this one has now, and `bytes`. */
  peakBytes?: number | undefined;
}

export interface Grant {
  readonly bytes: number;
  /** Ends the promise of bytes. A second call is harmless. */
  release(): void;
}

export interface AdmissionOptions {
  clock: Clock;
  /** Bytes that can still be had, before what was granted is taken off. */
  roomBytes: () => number;
  /** Most callers that wait at a time. */
  queueLength?: number | undefined;
  /** Called when a request does not fit, so that something is given up for it. */
  onShort?: (() => void) | undefined;
}

/** How often those who wait are looked at: room also comes from work that asked for nothing. */
const lookEveryMs = 50;
const defaultWaitMs = 30_000;
const defaultQueueLength = 256;

interface Waiting {
  request: AdmissionRequest;
  since: number;
  admit: (grant: Grant) => void;
  refuse: (error: HaypileError) => void;
}

export class Admission {
  readonly #options: AdmissionOptions;
  readonly #queueLength: number;
  readonly #queue: Waiting[] = [];
  #grantedBytes = 0;
  #isLooking = false;
  #refused = 0;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#queueLength = options.queueLength ?? defaultQueueLength;
  }

  get grantedBytes(): number {
    return this.#grantedBytes;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** Requests refused so far. */
  get refused(): number {
    return this.#refused;
  }

  /** @throws HaypileError HAYPILE_OVERLOADED, HAYPILE_ABORTED */
  async admit(request: AdmissionRequest): Promise<Grant> {
    if (request.signal?.aborted === true) throw aborted(request);
    if (this.#queue.length === 0 && this.#fits(request)) return this.#grant(request);
    if (this.#queue.length >= this.#queueLength) {
      this.#refused += 1;
      throw overloaded(request, `${this.#queue.length} callers wait already`);
    }
    this.#options.onShort?.();
    const { signal } = request;
    const { promise, resolve: admit, reject: refuse } = Promise.withResolvers<Grant>();
    const waiting: Waiting = { request, since: this.#options.clock.now(), admit, refuse };
    const onAbort = (): void => {
      const at = this.#queue.indexOf(waiting);
      if (at === -1) return;
      this.#queue.splice(at, 1);
      refuse(aborted(request));
    };
    this.#queue.push(waiting);
    signal?.addEventListener("abort", onAbort, { once: true });
    void this.#look();
    try {
      return await promise;
    } finally {
      // One signal may be that of very many waits.
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** Refuses all that wait: the governor is going away. */
  close(): void {
    for (const { request, refuse } of this.#queue.splice(0)) {
      refuse(new HaypileError("HAYPILE_CLOSED", `The engine was closed before ${request.what}.`));
    }
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const { clock } = this.#options;
    try {
      while (this.#queue.length > 0) {
        this.#serve();
        if (this.#queue.length > 0) await clock.sleep(lookEveryMs);
      }
    } finally {
      this.#isLooking = false;
    }
  }

  /** First come, first served: a small request does not starve a large one before it. */
  #serve(): void {
    const now = this.#options.clock.now();
    for (const waiting of [...this.#queue]) {
      const { request, since } = waiting;
      if (now - since < (request.waitMs ?? defaultWaitMs)) continue;
      this.#queue.splice(this.#queue.indexOf(waiting), 1);
      this.#refused += 1;
      waiting.refuse(overloaded(request, `it waited ${Math.round(now - since)} ms for memory`));
    }
    for (;;) {
      const first = this.#queue[0];
      if (first === undefined || !this.#fits(first.request)) break;
      this.#queue.shift();
      first.admit(this.#grant(first.request));
    }
    if (this.#queue.length > 0) this.#options.onShort?.();
  }

  #fits({ bytes }: AdmissionRequest): boolean {
    return bytes <= this.#options.roomBytes() - this.#grantedBytes;
  }

  #grant({ bytes }: AdmissionRequest): Grant {
    this.#grantedBytes += bytes;
    let isOver = false;
    return {
      bytes,
      release: () => {
        if (isOver) return;
        isOver = true;
        this.#grantedBytes -= bytes;
        this.#serve();
      },
    };
  }
}

function overloaded({ what, bytes }: AdmissionRequest, why: string): HaypileError {
  return new HaypileError(
    "HAYPILE_OVERLOADED",
    `Expected room for ${what}, which needs about ${Math.ceil(bytes / 1e6)} MB, but ${why}. Ask again later, ask for less at a time, or raise --max-memory.`,
    { data: { what, bytes } },
  );
}

function aborted({ what }: AdmissionRequest): HaypileError {
  return new HaypileError("HAYPILE_ABORTED", `The caller stopped ${what}.`);
}
