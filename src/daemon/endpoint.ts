/*
 * Where the daemon of a user is found: one socket a data folder. native/bridge/endpoint.cc has the same
 * rule; a test compares the two.
 */
import { chmodSync, lstatSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileError, HaypileError } from "../base/errors.ts";
import type { Environment } from "../config/env.ts";

/** Of the lines on the socket: another number, another socket. */
export const protocol = 1;

export interface Endpoint {
  dataFolder: string;
  /** Entered by this user only. */
  folder: string;
  /** Path of the socket; on Windows the name of a pipe. */
  socket: string;
  /** Held by the one daemon as long as it takes clients. The file stays. */
  lock: string;
  /** Held while somebody starts a daemon. The file stays. */
  startLock: string;
  /** Who the daemon is, for people and for "stop". */
  owner: string;
  logs: string;
}

/** What an address of a socket has room for, with the zero at its end: the least of our systems. */
const addressBytes = process.platform === "linux" ? 108 : 104;

/** The place that belongs to a data folder. Nothing is made. */
export function findEndpoint(
  { dataFolder, variables }: Environment,
  platform: string = process.platform,
): Endpoint {
  const name = `${protocol}-${fnv1a(dataFolder)}`;
  const runtime = variables.XDG_RUNTIME_DIR;
  let folder = join(dataFolder, "run");
  if (platform !== "win32") {
    if (runtime?.startsWith("/") === true && isFolder(runtime)) folder = join(runtime, "haypile");
    if (Buffer.byteLength(join(folder, `${name}.sock`)) >= addressBytes) {
      folder = `/tmp/haypile-${process.getuid?.() ?? 0}`;
    }
  }
  return {
    dataFolder,
    folder,
    socket: platform === "win32" ? `\\\\.\\pipe\\haypile-${name}` : join(folder, `${name}.sock`),
    lock: join(folder, `${name}.lock`),
    startLock: join(folder, `${name}.start`),
    owner: join(folder, `${name}.json`),
    logs: join(dataFolder, "logs"),
  };
}

/**
 * Makes a folder for this user only, and checks that it is one.
 * @throws HaypileError HAYPILE_PERMISSION, HAYPILE_DISK_FULL, HAYPILE_IO
 */
export function secureFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (process.platform === "win32") return;
    const stats = lstatSync(folder);
    if (!stats.isDirectory() || stats.uid !== process.geteuid?.()) {
      throw new HaypileError(
        "HAYPILE_PERMISSION",
        `Expected ${folder} to be a folder of this user, but it is a link or somebody else's. Remove it, then try again.`,
        { data: { path: folder } },
      );
    }
    if ((stats.mode & 0o077) !== 0) chmodSync(folder, 0o700);
  } catch (error) {
    throw fileError(error, `make the folder ${folder}`);
  }
}

/** 64-bit FNV-1a as 16 hexadecimal digits. */
export function fnv1a(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(text, "utf8")) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, "0");
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
