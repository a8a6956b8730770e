/* What the system says of processes and of memory. Linux says it in /proc; what another system doesn't say is undefined. */
import { totalmem } from "node:os";
import { childBytes } from "../../base/child-facts.ts";
import { readSystemText } from "../../base/files/read-file.ts";

/** What a process may count on: the machine's memory, or a container's limit below it. @param limit 0: there is none */
export function systemMemory(
  limit: number | undefined = process.constrainedMemory(),
  all = totalmem(),
): number {
  return limit !== undefined && limit > 0 && limit < all ? limit : all;
}

/** Address space of a process, this one unless another folder of /proc is named. */
export function virtualBytesOf(folder = "/proc/self"): number | undefined {
  return process.platform === "linux" ? figureIn(folder, "VmSize") : undefined;
}

/** Undefined when it has ended, and while it has not said it where there is no /proc. */
export function residentBytesOf(pid: number): number | undefined {
  return process.platform === "linux" ? figureIn(`/proc/${pid}`, "VmRSS") : childBytes(pid);
}

function figureIn(folder: string, name: string): number | undefined {
  try {
    const status = readSystemText(`${folder}/status`);
    const line = status.split("\n").find((one) => one.startsWith(`${name}:`));
    const kilobytes = line === undefined ? null : /^\s+(\d+) kB$/.exec(line.slice(name.length + 1));
    return kilobytes === null ? undefined : Number(kilobytes[1]) * 1024;
  } catch {
    return undefined;
  }
}
