/*
 * The limit of "ulimit -d" on Linux. It counts address space that may be written to, used or not: V8 reserves
 * half a gigabyte for machine code, and each thread its stack. What is left is what we may use.
 */
import { readSystemText } from "../base/files/read-file.ts";

export interface DataLimit {
  /** The limit, bytes. */
  limitBytes: number;
  /** Of it what is taken and not used: reservations there are, and those of threads to come. */
  reservedBytes: number;
}

/** Stacks of threads that start with the first file and the first model, 8 MB each. */
const stackBytes = 64e6;

/** Undefined without such a limit. */
export function readDataLimit(): DataLimit | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const limits = readSystemText("/proc/self/limits");
    const limitBytes = Number(/^Max data size\s+(\d+)/m.exec(limits)?.[1] ?? Number.NaN);
    return Number.isFinite(limitBytes) ? { limitBytes, reservedBytes: reserved() } : undefined;
  } catch {
    return undefined;
  }
}

function reserved(): number {
  const status = readSystemText("/proc/self/status");
  const bytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0) * 1024;
  return Math.max(0, bytes("VmData") - bytes("RssAnon")) + stackBytes;
}
