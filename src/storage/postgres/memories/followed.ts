/*
 * Keeps what is held of the memories near to what others write: the server tells of each commit. Every question looks by
 * itself whether something is new, so a note that is lost costs the next one some milliseconds and nothing else.
 */
import { log } from "../../../base/log.ts";
import type { ResidentRows } from "../../shared/rows/resident.ts";
import type { PgLink } from "../link/link.ts";

/** Many notes that come together are one look. */
const pauseMs = 50;
/** Where many write all the time, every client would look at every write: so long after a look there is none. */
const betweenMs = 1_000;

export interface FollowedParts {
  link: PgLink;
  channel: string;
  resident: ResidentRows;
  /** Notes of our own writes have this number. */
  own: number;
}

export class Followed {
  readonly #parts: FollowedParts;
  readonly #stop: () => void;
  #timer: NodeJS.Timeout | undefined;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(parts: FollowedParts) {
    this.#parts = parts;
    this.#stop = parts.link.onNotify(parts.channel, (payload) => this.#told(payload));
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#stop();
  }

  #told(payload: string): void {
    if (this.#isClosed || payload === String(this.#parts.own)) return;
    const restMs = this.#lookedAtMs + betweenMs - performance.now();
    this.#timer ??= setTimeout(() => void this.#look(), Math.max(pauseMs, restMs)).unref();
  }

  async #look(): Promise<void> {
    this.#timer = undefined;
    this.#lookedAtMs = performance.now();
    const { link, resident } = this.#parts;
    // Nothing is held before the first question.
    if (this.#isClosed || resident.count === 0 || !link.isUp || link.inTransaction) return;
    try {
      await resident.load();
    } catch (error) {
      log("debug", `what others wrote comes with the next question: ${String(error)}`);
    }
  }
}
