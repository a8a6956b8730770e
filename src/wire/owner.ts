/*
 * The note beside the lock that says who the daemon is and where it listens: written by the daemon, read by
 * clients, by "stop" and by people. What is read is believed only as far as it goes: a socket is tried, and a
 * process counts as the daemon while it began when the note says so.
 */
import { closeSync } from "node:fs";
import { isAbsolute } from "node:path";
import { openRegularSync, readOpenedSync } from "../base/files/read-file.ts";
import type { Endpoint } from "./endpoint.ts";
import { isLocalPipe } from "./pipes.ts";
import { holdsFile, isSameProcess } from "./process-facts.ts";

export interface Owner {
  pid: number;
  /** In the system's own unit; undefined where it cannot be told. */
  startTime: string | undefined;
  version: string;
  /** ISO 8601. */
  since: string;
  /** Of the lines on the socket. */
  protocol: number;
  /** Name of its machine: a data folder may lie on a network's disk. */
  host: string;
  /** Absolute path, or name of a pipe; undefined while it starts. */
  socket: string | undefined;
  /** Of the watchdog; undefined where there is none. */
  control: string | undefined;
}

const mostBytes = 16_384;

/** What the note says, whether or not that process is there. Undefined: no note, or none that can be used. */
export function readNote(endpoint: Pick<Endpoint, "owner">): Owner | undefined {
  try {
    const said: unknown = JSON.parse(readOwnFile(endpoint.owner));
    if (typeof said !== "object" || said === null) return undefined;
    const { pid, startTime, version, since, protocol, host, socket, control } = said as Record<
      string,
      unknown
    >;
    if (!Number.isSafeInteger(pid) || (pid as number) <= 1) return undefined;
    return {
      pid: pid as number,
      startTime: typeof startTime === "string" ? startTime : undefined,
      version: typeof version === "string" ? version : "0.0.0",
      since: typeof since === "string" ? since : "",
      protocol: typeof protocol === "number" ? protocol : 0,
      host: typeof host === "string" ? host : "",
      socket: usableAddress(socket),
      control: usableAddress(control),
    };
  } catch {
    return undefined;
  }
}

/** Who says to be the daemon, when that process is there still. */
export function readOwner(endpoint: Pick<Endpoint, "owner">): Owner | undefined {
  const owner = readNote(endpoint);
  return owner !== undefined && isSameProcess(owner) ? owner : undefined;
}

/** Whether the process a note names is the daemon: it is there, and has the lock's file open, where that can be told. */
export function isDaemon(owner: Owner, endpoint: Pick<Endpoint, "lock">): boolean {
  // Windows gives numbers again soon; where nobody can say when a process began, at least it is not this one.
  if (process.platform === "win32" && owner.startTime === undefined && owner.pid === process.pid) {
    return false;
  }
  return isSameProcess(owner) && holdsFile(owner.pid, endpoint.lock) !== false;
}

function usableAddress(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const isUsable =
    process.platform === "win32" ? isLocalPipe(value) : isAbsolute(value) && !value.includes("\0");
  return isUsable ? value : undefined;
}

/** A file of ours and no link, read up to its bound. @throws when it is anything else */
function readOwnFile(path: string): string {
  const { file, facts } = openRegularSync(path, { mostBytes, links: "refuse" });
  try {
    // On Windows the folder is closed to others, and files there have no owner that Node knows.
    const isOurs = process.platform === "win32" || facts.uid === process.geteuid?.();
    if (!isOurs) throw new Error("not a note of ours");
    return readOpenedSync(file, path, facts.size, mostBytes).toString("utf8");
  } finally {
    closeSync(file);
  }
}
