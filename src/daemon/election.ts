/*
 * Who is the daemon. The right is a lock beside the data it guards, that the operating system frees however its
 * holder ends, so it can never be stale; a note beside it names the holder and where it listens.
 */
import { hostname } from "node:os";
import { fileError } from "../base/errors.ts";
import { identityAt } from "../base/files/file-identity.ts";
import { removeFile } from "../base/files/patient.ts";
import { writeAtomically } from "../config/file/write-file.ts";
import { type IndexLock, tryLock } from "../storage/sqlite/file/lock.ts";
import { type Endpoint, protocol, type SocketPlace } from "../wire/endpoint.ts";
import type { Owner } from "../wire/owner.ts";
import { processStart } from "../wire/process-facts.ts";

export interface Mandate {
  /** Tells clients where to come. Until then the note names the process only: one that starts. */
  announce(place: Pick<SocketPlace, "socket"> & { control: string | undefined }): void;
  /** False once the lock's file is not the one that was locked: the folder was removed, or put in place anew. */
  isValid(): boolean;
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
  const held = lock;
  const locked = identityAt(endpoint.lock);
  const owner: Owner = {
    pid: process.pid,
    startTime: processStart(process.pid),
    version,
    since: new Date().toISOString(),
    protocol,
    host: hostname(),
    socket: undefined,
    control: undefined,
  };
  const write = (said: Owner): void => writeAtomically(endpoint.owner, `${JSON.stringify(said)}\n`);
  const isValid = (): boolean => {
    try {
      return identityAt(endpoint.lock) === locked;
    } catch {
      // A disk that does not answer now says nothing of the lock.
      return true;
    }
  };
  try {
    write(owner);
  } catch (error) {
    held.release();
    throw error;
  }
  let isHeld = true;
  return {
    announce: ({ socket, control }) => write({ ...owner, socket, control }),
    isValid,
    resign: () => {
      if (!isHeld) return;
      isHeld = false;
      // First the note: once the lock is free, it may be the next one's. It is already where the folder is new.
      if (isValid()) removeFile(endpoint.owner);
      held.release();
    },
  };
}
