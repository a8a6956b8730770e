/*
 * What was counted in the last minute, from copies of counters that only grow: the difference to the oldest copy that is kept. The
 * first is made at the start, so that in the first minute all since then counts.
 */

import { type DatabaseSort, databaseSorts, logTotals } from "../../base/measures/databases.ts";
import type { TimeHistogram } from "../../base/measures/histogram.ts";
import { type WriteKind, writeMeasures } from "../../base/measures/writes.ts";
import type { LogRates } from "../../ports/answers/daemon/stats.ts";

interface Copy {
  atMs: number;
  writes: ReadonlyMap<WriteKind, TimeHistogram>;
  calls: { ok: number; failed: number };
  logs: Record<DatabaseSort, LogRates>;
}

const minuteMs = 60_000;
/** Looks are not quite in time. */
const slackMs = 2_000;

export class LastMinute {
  readonly #copies: Copy[] = [];

  /** @param nowMs as of copy() */
  constructor(nowMs: number, calls: { ok: number; failed: number }) {
    this.copy(nowMs, calls);
  }

  /** Copies what has changed since the copy before. @param nowMs never goes back */
  copy(nowMs: number, calls: { ok: number; failed: number }): void {
    const before = this.#copies.at(-1)?.writes;
    const writes = new Map<WriteKind, TimeHistogram>();
    for (const [kind, { whole }] of writeMeasures.kinds()) {
      const known = before?.get(kind);
      writes.set(kind, known !== undefined && known.count === whole.count ? known : whole.copy());
    }
    this.#copies.push({ atMs: nowMs, writes, calls, logs: counted() });
    // The oldest that is kept is the one from which the last minute is counted.
    while (
      this.#copies.length > 1 &&
      nowMs - (this.#copies[1]?.atMs ?? nowMs) >= minuteMs - slackMs
    ) {
      this.#copies.shift();
    }
  }

  /** @param whole all writes of the kind */
  writes(kind: WriteKind, whole: TimeHistogram): TimeHistogram {
    return whole.since(this.#copies[0]?.writes.get(kind));
  }

  /** What logs did, a second. */
  rates(nowMs: number): Record<DatabaseSort, LogRates> {
    const [oldest] = this.#copies;
    const now = counted();
    const seconds = Math.max(1, (nowMs - (oldest?.atMs ?? nowMs)) / 1000);
    const rate = (sort: DatabaseSort, of: keyof LogRates): number =>
      Math.round(((now[sort][of] - (oldest?.logs[sort][of] ?? 0)) / seconds) * 1000) / 1000;
    return bySort((sort) => ({
      commits: rate(sort, "commits"),
      checkpoints: rate(sort, "checkpoints"),
      pagesMoved: rate(sort, "pagesMoved"),
    }));
  }

  calls(now: { ok: number; failed: number }): { ok: number; failed: number } {
    const { ok, failed } = this.#copies[0]?.calls ?? { ok: 0, failed: 0 };
    return { ok: now.ok - ok, failed: now.failed - failed };
  }
}

function counted(): Record<DatabaseSort, LogRates> {
  const totals = logTotals();
  return bySort((sort) => {
    const { commits, checkpoints, pagesMoved } = totals[sort];
    return { commits, checkpoints, pagesMoved };
  });
}

function bySort(of: (sort: DatabaseSort) => LogRates): Record<DatabaseSort, LogRates> {
  const [index, memories, cache] = databaseSorts;
  return { [index]: of(index), [memories]: of(memories), [cache]: of(cache) };
}
