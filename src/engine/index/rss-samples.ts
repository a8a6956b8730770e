/* How much memory an index run takes while texts get their vectors: a line for operators, at most one in so many seconds. */
import { mb } from "../../base/byte-count.ts";
import { logWork } from "../../base/log.ts";
import type { GovernorState } from "../../ports/answers/footprint-report.ts";

const everyMs = 10_000;

export class RssSamples {
  readonly #now: () => number;
  readonly #tell: (line: string) => void;
  #batches = 0;
  #lastMs: number | undefined;

  /** @param now milliseconds that never go back */
  constructor(now: () => number = () => performance.now(), tell: (line: string) => void = logWork) {
    this.#now = now;
    this.#tell = tell;
  }

  /** A batch begins. @param governor undefined: there is no limit */
  batch(governor: Pick<GovernorState, "usedBytes" | "limitBytes"> | undefined): void {
    this.#batches += 1;
    const now = this.#now();
    if (this.#lastMs !== undefined && now - this.#lastMs < everyMs) return;
    this.#lastMs = now;
    const usedBytes = governor?.usedBytes ?? process.memoryUsage.rss();
    const limit = governor === undefined ? "none" : mb(governor.limitBytes);
    this.#tell(
      `embed: RSS sample batch_idx=${this.#batches} rss_mb=${mb(usedBytes)} limit_mb=${limit}`,
    );
  }
}

/** Of this process: all its index runs together. */
export const rssSamples = new RssSamples();
