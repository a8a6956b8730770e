/*
 * Who is the daemon. The right is a lock that the operating system frees however its holder ends, so it can
 * never be stale; beside it a file names the holder for people and for "stop", with the time its process
 * began: a process that got the same number later is another.
 */
import { rmSync } from "node:fs";
import { fileError } from "../base/errors.ts";
import { readBoundedSync, readSystemText } from "../base/read-file.ts";
import { writeAtomically } from "../config/write-file.ts";
import { type IndexLock, tryLock } from "../storage/sqlite/lock.ts";
import type { Endpoint } from "./endpoint.ts";

const mostOwnerBytes = 4_096;

export interface Owner {
  pid: number;
  /** In the system's own unit; undefined where it cannot be told. */
  startTime: string | undefined;
  version: string;
  /** ISO 8601. */
  since: string;
}

export interface Mandate {
  /** Gives the right back. A second call is harmless. */
  resign(): void;
}

/**
 * The right to be the daemon; undefined: another has it.
 * @throws HaypileError HAYPILE_PERMISSION, HAYPILE_DISK_FULL, HAYPILE_IO
 */
export function stand(endpoint: Endpoint, version: string): Mandate | undefined {
  let lock: IndexLock | undefined;
  try {
    lock = tryLock(endpoint.lock);
  } catch (error) {
    throw fileError(error, `lock ${endpoint.lock}`);
  }
  if (lock === undefined) return undefined;
  const owner: Owner = {
    pid: process.pid,
    startTime: processStart(process.pid),
    version,
    since: new Date().toISOString(),
  };
  try {
    writeAtomically(endpoint.owner, `${JSON.stringify(owner)}\n`);
  } catch (error) {
    lock.release();
    throw error;
  }
  const held = lock;
  let isHeld = true;
  return {
    resign: () => {
      if (!isHeld) return;
      isHeld = false;
      // First the file: once the lock is free, it may be the next one's.
      rmSync(endpoint.owner, { force: true });
      held.release();
    },
  };
}

/** Who says to be the daemon, when that process is there still. */
export function readOwner(endpoint: Endpoint): Owner | undefined {
  let owner: Owner;
  try {
    owner = JSON.parse(
      readBoundedSync(endpoint.owner, { mostBytes: mostOwnerBytes, links: "refuse" }).toString(
        "utf8",
      ),
    ) as Owner;
  } catch {
    return undefined;
  }
  if (!Number.isSafeInteger(owner.pid) || owner.pid <= 1) return undefined;
  return isSameProcess(owner) ? owner : undefined;
}

/** True while the process with this number is the one that was meant. */
export function isSameProcess({ pid, startTime }: Pick<Owner, "pid" | "startTime">): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return startTime === undefined || processStart(pid) === startTime;
}

/** When a process began, in ticks since the system did. Linux only. */
export function processStart(pid: number): string | undefined {
  try {
    const text = readSystemText(`/proc/${pid}/stat`);
    // The name, in brackets, may hold anything; the 22nd field is the 20th after it.
    return text.slice(text.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
