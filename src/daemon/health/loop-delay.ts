/*
 * What holds up the process. The share of the time in which it is busy is there anyway; how late timers come needs a timer,
 * which runs while somebody has asked lately and no longer.
 */
import { type IntervalHistogram, monitorEventLoopDelay, performance } from "node:perf_hooks";
import type { LoopStats } from "../../ports/answers/daemon/stats.ts";

const resolutionMs = 20;
const keptForMs = 60_000;

export class LoopDelay {
  #before = performance.eventLoopUtilization();
  #watching: IntervalHistogram | undefined;
  #ends: NodeJS.Timeout | undefined;

  /** The share since it was asked before, and the delay since somebody began to ask. */
  read(): LoopStats {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#before);
    this.#before = now;
    const delay = this.#watching;
    this.#goOn();
    const share = Number.isFinite(utilization) ? utilization : 0;
    if (delay === undefined || delay.count === 0) return { busyShare: share };
    // What it says is the time from one timer to the next.
    const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - resolutionMs);
    return {
      busyShare: share,
      delay: {
        p50Ms: late(delay.percentile(50)),
        p99Ms: late(delay.percentile(99)),
        mostMs: late(delay.max),
      },
    };
  }

  close(): void {
    clearTimeout(this.#ends);
    this.#watching?.disable();
    this.#watching = undefined;
  }

  #goOn(): void {
    if (this.#watching === undefined) {
      this.#watching = monitorEventLoopDelay({ resolution: resolutionMs });
      this.#watching.enable();
    }
    clearTimeout(this.#ends);
    this.#ends = setTimeout(() => this.close(), keptForMs).unref();
  }
}
