/* What was counted in the last minute, from copies of counters that only grow. */
import type { TimeHistogram } from "../../base/measures/histogram.ts";
import { type WriteKind, writeMeasures } from "../../base/measures/writes.ts";

interface Copy {
  atMs: number;
  writes: ReadonlyMap<WriteKind, TimeHistogram>;
  calls: { ok: number; failed: number };
}

const minuteMs = 60_000;
/** Looks are not quite in time. */
const slackMs = 2_000;

export class LastMinute {
  readonly #copies: Copy[] = [];

  /** Copies what has changed since the copy before. @param nowMs never goes back */
  copy(nowMs: number, calls: { ok: number; failed: number }): void {
    const before = this.#copies.at(-1)?.writes;
    const writes = new Map<WriteKind, TimeHistogram>();
    for (const [kind, { whole }] of writeMeasures.kinds()) {
      const known = before?.get(kind);
      writes.set(kind, known !== undefined && known.count === whole.count ? known : whole.copy());
    }
    this.#copies.push({ atMs: nowMs, writes, calls });
    // The oldest that is kept is the one from which the last minute is counted.
    while (
      this.#copies.length > 1 &&
      nowMs - (this.#copies[1]?.atMs ?? nowMs) >= minuteMs - slackMs
    ) {
      this.#copies.shift();
    }
  }

  /** Before the first copy: all there is. */
  writes(kind: WriteKind): TimeHistogram | undefined {
    const found = writeMeasures.kinds().find(([name]) => name === kind)?.[1];
    const [oldest] = this.#copies;
    if (found === undefined) return undefined;
    return found.whole.since(oldest?.writes.get(kind));
  }

  calls(now: { ok: number; failed: number }): { ok: number; failed: number } {
    const { ok, failed } = this.#copies[0]?.calls ?? { ok: 0, failed: 0 };
    return { ok: now.ok - ok, failed: now.failed - failed };
  }
}
