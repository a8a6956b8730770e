/* CPU time of a server's processes on this machine: it says more than time where others work, too. Linux alone. */
import { readdirSync, readFileSync } from "node:fs";

/** Of one process, milliseconds, as exact as the kernel counts it; 0 where it is gone. */
export function cpuMsOf(pid: number): number {
  try {
    const spent = Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0]) / 1e6;
    // Kernels that do not count it so say 0; ticks of ten milliseconds they all have.
    return spent > 0 ? spent : ticksOf(pid, [11, 12]);
  } catch {
    return 0;
  }
}

/** Of all processes of a server, those that have ended as well. @param backend of any connection of it */
export function serverCpuMs(backend: number): number {
  const postmaster = Number(fieldsOf(backend)[1]);
  const living = readdirSync("/proc").filter((name) => /^\d+$/u.test(name) && isOf(name));
  const ended = ticksOf(postmaster, [13, 14]);
  return living.reduce((sum, pid) => sum + cpuMsOf(Number(pid)), ended);

  function isOf(pid: string): boolean {
    try {
      return Number(fieldsOf(pid)[1]) === postmaster;
    } catch {
      return false;
    }
  }
}

function ticksOf(pid: number, places: readonly number[]): number {
  const fields = fieldsOf(pid);
  return places.reduce((sum, place) => sum + Number(fields[place]) * 10, 0);
}

/** What /proc/PID/stat has after the name, which may have blanks: its state, its parent, … */
function fieldsOf(pid: number | string): string[] {
  return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
}
