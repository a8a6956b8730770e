/*
 * Reads the memory of our processes from the operating system. Pages of programs and libraries that
 * several of our processes share are one page of memory: they are counted with this process, and of
 * the others only what is theirs alone. That is also how a control group counts.
 */
import { freemem, totalmem } from "node:os";
import { childBytes } from "../base/child-facts.ts";
import { readSystemText } from "../base/files/read-file.ts";
import type { FootprintGauge, FootprintReading } from "../ports/footprint.ts";

export interface ProcessGaugeOptions {
  /** Ids of our other processes that run now. */
  children: () => readonly number[];
  /** The limit of the control group, bytes; undefined: none. */
  groupLimitBytes?: number | undefined;
}

const pageBytes = 4096;
/** What others take is read less often than what is ours: it costs as much, and is never as close a call. */
const freeEveryMs = 500;

export class ProcessGauge implements FootprintGauge {
  readonly #children: () => readonly number[];
  readonly #groupLimitBytes: number | undefined;
  readonly #groupFolder: string | undefined;
  #freeBytes = 0;
  #freeReadMs = Number.NEGATIVE_INFINITY;

  constructor({ children, groupLimitBytes }: ProcessGaugeOptions) {
    this.#children = children;
    this.#groupLimitBytes = groupLimitBytes;
    this.#groupFolder = groupLimitBytes === undefined ? undefined : groupFolder();
  }

  read(): FootprintReading {
    let childBytes = 0;
    for (const pid of this.#children()) childBytes += privateBytes(pid);
    const now = performance.now();
    if (now - this.#freeReadMs >= freeEveryMs) {
      this.#freeReadMs = now;
      this.#freeBytes = this.#readFree();
    }
    return { ownBytes: process.memoryUsage.rss(), childBytes, freeBytes: this.#freeBytes };
  }

  /**
   * What could be had without swapping, page cache included. macOS counts only pages that nobody uses as free, a few
   * hundred MB on an idle machine: it would look short of memory at all times, so there what others take is not counted.
   */
  #readFree(): number {
    const freeBytes = process.platform === "darwin" ? totalmem() : freemem();
    if (this.#groupLimitBytes === undefined || this.#groupFolder === undefined) return freeBytes;
    const usedBytes = groupUsage(this.#groupFolder) ?? 0;
    // A group may be made smaller while we run.
    const limitBytes = Math.min(this.#groupLimitBytes, groupLimit(this.#groupFolder));
    return Math.min(freeBytes, Math.max(0, limitBytes - usedBytes));
  }
}

/**
 * Memory that a child of ours shares with no file; 0 when it is gone. Elsewhere than on Linux all its resident memory,
 * as it said with its last answer.
 */
export function privateBytes(pid: number): number {
  if (process.platform !== "linux") return childBytes(pid) ?? 0;
  try {
    // Pages: size, resident, of these shared with files, and more.
    const [, resident = 0, shared = 0] = readSystemText(`/proc/${pid}/statm`)
      .split(" ")
      .map(Number);
    return Math.max(0, resident - shared) * pageBytes;
  } catch {
    return 0;
  }
}

const usageFiles = ["memory.current", "memory.usage_in_bytes"];
const limitFiles = ["memory.max", "memory.limit_in_bytes"];

/** What a group may have now, bytes; Infinity where it does not say. */
function groupLimit(folder: string): number {
  const limits = limitFiles.map((file) => numberIn(`${folder}/${file}`));
  return limits.find((bytes) => bytes !== undefined) ?? Number.POSITIVE_INFINITY;
}

/** The folder of our own control group, of version 2 or 1; undefined where it cannot be read. */
function groupFolder(): string | undefined {
  try {
    const text = readSystemText("/proc/self/cgroup");
    const unified = /^0::(.*)$/m.exec(text)?.[1] ?? "";
    const memory = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m.exec(text)?.[1] ?? "";
    // Inside a container the mount often shows the container's own group at its top.
    const folders = [
      `/sys/fs/cgroup/memory${memory}`,
      "/sys/fs/cgroup/memory",
      `/sys/fs/cgroup${unified}`,
      "/sys/fs/cgroup",
    ];
    return folders.find((folder) => groupUsage(folder) !== undefined);
  } catch {
    return undefined;
  }
}

/** What a group holds that the kernel cannot take back at once: without its cache of files. */
function groupUsage(folder: string): number | undefined {
  for (const file of usageFiles) {
    const usedBytes = numberIn(`${folder}/${file}`);
    if (usedBytes === undefined) continue;
    return Math.max(0, usedBytes - cachedBytes(folder));
  }
  return undefined;
}

function cachedBytes(folder: string): number {
  try {
    const stat = readSystemText(`${folder}/memory.stat`);
    return [...stat.matchAll(/^(?:in)?active_file (\d+)$/gm)].reduce(
      (sum, [, bytes]) => sum + Number(bytes),
      0,
    );
  } catch {
    return 0;
  }
}

function numberIn(file: string): number | undefined {
  try {
    const value = Number(readSystemText(file));
    return Number.isFinite(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
