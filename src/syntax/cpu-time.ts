/* CPU time of a process: a limit in it says the same however busy the machine is. */
import { readSystemText } from "../base/files/read-file.ts";

/** Linux counts in this unit for every program, whatever the kernel's own is. */
const msPerTick = 10;

/** Milliseconds that a process has computed; undefined when it is gone, and where the system does not say (Linux does). */
export function cpuMsOf(pid: number): number | undefined {
  try {
    // The name in brackets may hold anything, brackets too. Behind it: state, then numbers.
    const text = readSystemText(`/proc/${pid}/stat`);
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const ticks = Number(fields[11]) + Number(fields[12]);
    return Number.isFinite(ticks) ? ticks * msPerTick : undefined;
  } catch {
    return undefined;
  }
}

/** Milliseconds that this thread has computed; all threads of the process where Node is older. */
export function ownCpuMs(): number {
  const { user, system } = process.threadCpuUsage?.() ?? process.cpuUsage();
  return (user + system) / 1000;
}
