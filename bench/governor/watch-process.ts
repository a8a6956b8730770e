/*
 * Watches a process and its children from outside. Peaks come from the kernel where it keeps them
 * (VmHWM, of the process itself); sums of several processes are sampled.
 */
import { readFileSync } from "node:fs";

export interface Peaks {
  /** VmHWM of the process, bytes. */
  ownBytes: number;
  /**
   * Most of its memory that belongs to no file, sampled. The kernel may take pages of files out of a process that
   * has not touched them for a while, the sooner the busier the machine: this figure is without them.
   */
  anonBytes: number;
  /** Most of: its resident memory and what its children have for themselves. */
  togetherBytes: number;
  /** Most of the plain sum, in which shared pages of programs count once a process. */
  sumBytes: number;
  /** VmHWM of the largest child. */
  childBytes: number;
}

/** Starts watching; stop() gives the peaks. */
export function watchProcess(pid: number, everyMs = 5): { stop: () => Peaks; peaks: Peaks } {
  const peaks: Peaks = { ownBytes: 0, anonBytes: 0, togetherBytes: 0, sumBytes: 0, childBytes: 0 };
  const look = (): void => {
    const own = statusOf(pid);
    if (own === undefined) return;
    let together = own.rss;
    let sum = own.rss;
    for (const child of childrenOf(pid)) {
      const status = statusOf(child);
      // A child that is just being forked is still a copy of its parent: every page is shared.
      if (status === undefined || commandOf(child) === commandOf(pid)) continue;
      together += status.anon;
      sum += status.rss;
      peaks.childBytes = Math.max(peaks.childBytes, status.peak);
    }
    peaks.ownBytes = Math.max(peaks.ownBytes, own.peak);
    peaks.anonBytes = Math.max(peaks.anonBytes, own.anon);
    peaks.togetherBytes = Math.max(peaks.togetherBytes, together);
    peaks.sumBytes = Math.max(peaks.sumBytes, sum);
  };
  look();
  const timer = setInterval(look, everyMs);
  return {
    peaks,
    stop: () => {
      clearInterval(timer);
      return peaks;
    },
  };
}

function statusOf(pid: number): { rss: number; peak: number; anon: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/status`, "utf8");
    const kb = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0) * 1024;
    if (kb("VmRSS") === 0) return undefined;
    return { rss: kb("VmRSS"), peak: kb("VmHWM"), anon: kb("RssAnon") };
  } catch {
    return undefined;
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
      .trim()
      .split(" ")
      .filter((text) => text !== "")
      .map(Number);
  } catch {
    return [];
  }
}
