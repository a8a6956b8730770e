/*
 * How much one client may ask: a bucket of requests that fills by the minute, and places for those at work. Each server
 * counts for itself, so that none has to ask another; with several, a client gets as much of each.
 */
import { Bucket } from "./bucket.ts";
import type { Limits } from "./rights.ts";

export const defaultLimits: Limits = {
  perMinute: 1_200,
  concurrent: 16,
  bodyBytes: 4 * 1024 * 1024,
};

/** Clients that are remembered; of more the one goes that asked longest ago and has nothing at work. */
const mostKnown = 10_000;

interface Known {
  bucket: Bucket;
  running: number;
}

export type Admission =
  | { isIn: true; done: () => void }
  | { isIn: false; why: "rate" | "concurrent"; retryAfterS: number };

export class ClientLimits {
  readonly #now: () => number;
  /** In the order in which they asked last. */
  readonly #known = new Map<string, Known>();

  /** @param now milliseconds, ever larger */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  get known(): number {
    return this.#known.size;
  }

  /** Call `done` when the answer is over, once or more often. */
  admit(key: string, { perMinute, concurrent }: Limits): Admission {
    const nowMs = this.#now();
    const known = this.#known.get(key) ?? { bucket: new Bucket(perMinute, nowMs), running: 0 };
    this.#known.delete(key);
    this.#known.set(key, known);
    if (this.#known.size > mostKnown) this.#forgetOne();
    if (known.running >= concurrent) return { isIn: false, why: "concurrent", retryAfterS: 1 };
    const retryAfterS = known.bucket.take(perMinute, nowMs);
    if (retryAfterS > 0) return { isIn: false, why: "rate", retryAfterS };
    known.running += 1;
    let isDone = false;
    return {
      isIn: true,
      done: () => {
        if (!isDone) known.running -= 1;
        isDone = true;
      },
    };
  }

  #forgetOne(): void {
    for (const [key, { running }] of this.#known) {
      if (running > 0) continue;
      this.#known.delete(key);
      return;
    }
  }
}
