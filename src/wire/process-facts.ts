/* What the system says of a process of this user: is it there, is it the one that was meant, does it move. */
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { readSystemText } from "../base/files/read-file.ts";
import { windowsCalls } from "../native/system.ts";

/** A process and when it began: a number alone may be another's later. */
export interface ProcessName {
  pid: number;
  startTime: string | undefined;
}

export interface ProcessState {
  /** By a signal (Ctrl-Z, kill -STOP) or a debugger. */
  isStopped: boolean;
  /** Ended, and not yet taken note of by its parent. */
  isZombie: boolean;
  /** Processor time of all its threads, in the system's own unit: it only tells whether there was more. */
  cpu: number;
}

/** True while the process with this number is the one that was meant. */
export function isSameProcess({ pid, startTime }: ProcessName): boolean {
  const calls = windowsCalls();
  if (calls !== undefined) {
    const state = calls.processState(pid);
    if (state === undefined || state.isEnded) return false;
    return startTime === undefined || state.startTime === startTime;
  }
  try {
    process.kill(pid, 0);
  } catch {
    // Nobody has the number, or somebody whose process we could not be.
    return false;
  }
  const fields = statFields(pid);
  if (fields?.[0] === "Z" || fields?.[0] === "X") return false;
  return startTime === undefined || processStart(pid) === startTime;
}

/** When a process began, in the system's own words. Undefined where they cannot be had. */
export function processStart(pid: number): string | undefined {
  const calls = windowsCalls();
  if (calls !== undefined) return calls.processState(pid)?.startTime;
  if (process.platform === "darwin") {
    const { stdout } = spawnSync("/bin/ps", ["-o", "lstart=", "-p", String(pid)], {
      encoding: "utf8",
      timeout: 5_000,
      env: { LC_ALL: "C" },
    });
    return (stdout ?? "").trim() || undefined;
  }
  return statFields(pid)?.[19];
}

/** Undefined where the system does not say (Linux and Windows do), or the process is gone. */
export function processState(pid: number): ProcessState | undefined {
  const said = windowsCalls()?.processState(pid);
  if (said !== undefined) return { isStopped: false, isZombie: said.isEnded, cpu: said.cpu };
  const fields = statFields(pid);
  if (fields === undefined) return undefined;
  const [state = "", ...rest] = fields;
  return {
    isStopped: state === "T" || state === "t",
    isZombie: state === "Z" || state === "X",
    cpu: Number(rest[10]) + Number(rest[11]),
  };
}

/** Whether a process has this file, that of a lock, open. Undefined where that cannot be told. */
export function holdsFile(pid: number, path: string): boolean | undefined {
  const calls = windowsCalls();
  if (calls !== undefined) {
    if (calls.isLocked(path) === false) return false;
    const holders = calls.holdersOf(path) ?? [];
    // Locked, and by nobody that the system names: it does not say.
    return holders.length === 0 ? undefined : holders.some((one) => one.pid === pid);
  }
  const wanted = statSync(path, { throwIfNoEntry: false });
  if (wanted === undefined) return undefined;
  const folder = `/proc/${pid}/fd`;
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return undefined;
  }
  return names.some((name) => {
    try {
      const { dev, ino } = statSync(join(folder, name));
      return dev === wanted.dev && ino === wanted.ino;
    } catch {
      return false;
    }
  });
}

/** The process that has a write lock on the file, as the system lists them; undefined: none, or it does not say. */
export function lockHolder(path: string): ProcessName | undefined {
  const calls = windowsCalls();
  if (calls !== undefined) {
    const holders = calls.isLocked(path) === true ? calls.holdersOf(path) : undefined;
    // Of several one may only be looking at it.
    return holders?.length === 1 ? holders[0] : undefined;
  }
  const inode = statSync(path, { throwIfNoEntry: false })?.ino;
  let lines: string[];
  try {
    lines = readSystemText("/proc/locks").split("\n");
  } catch {
    return undefined;
  }
  for (const line of lines) {
    // 1: POSIX  ADVISORY  WRITE 1234 fd:01:5678 0 EOF
    const [, , , mode, pid, file] = line.split(/\s+/u);
    if (mode !== "WRITE" || file?.split(":")[2] !== String(inode)) continue;
    // Another disk may have a file of the same number.
    const startTime = processStart(Number(pid));
    if (startTime === undefined || holdsFile(Number(pid), path) !== true) continue;
    return { pid: Number(pid), startTime };
  }
  return undefined;
}

/** What a daemon has open with a few clients and indexes; native/bridge/starter_posix.cc has the same number. */
export const leastFiles = 64;

/** How many files this process may have open at most (Node itself goes up to that); undefined: not known. */
export function mostFiles(): number | undefined {
  try {
    const said = /^Max open files\s+\S+\s+(\S+)/m.exec(readSystemText("/proc/self/limits"));
    const most = Number(said?.[1]);
    return Number.isSafeInteger(most) ? most : undefined;
  } catch {
    return undefined;
  }
}

/** The fields of /proc/<pid>/stat from the third on, the state. */
function statFields(pid: number): string[] | undefined {
  try {
    const text = readSystemText(`/proc/${pid}/stat`);
    // The name, in brackets, may hold anything.
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}
