/*
 * Where the daemon of a user is found. What says so lies in the folder it guards, so that whoever uses that
 * folder (a login shell, cron, a service, sudo) meets the same daemon: no variable of a session has a part in it.
 * The daemon writes there which socket it listens at, because not every folder can hold one: the path may be too
 * long, the disk a network's. native/bridge/endpoint.cc and its twins have the same rule; a test compares the two.
 */
import { chmodSync, lstatSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileError, HaypileError } from "../base/errors.ts";
import type { Environment } from "../config/environment/env.ts";

/** Of the lines on the socket. */
export const protocol = 1;

/** One place for the two sockets of a daemon. On Windows they are names of pipes. */
export interface SocketPlace {
  /** Entered by this user only. */
  folder: string;
  /** For clients. */
  socket: string;
  /** Answered by the watchdog's thread, also when the event loop does not turn. */
  control: string;
}

export interface Endpoint {
  dataFolder: string;
  /** "run" in the data folder. Entered by this user only. */
  folder: string;
  /** Held by the one daemon as long as it takes clients. The file stays. */
  lock: string;
  /** Held while a bridge starts a daemon. The file stays. */
  startLock: string;
  /** Who the daemon is and where it listens. */
  owner: string;
  logs: string;
  /** Where the daemon may listen, the best first. */
  places: readonly SocketPlace[];
}

/** What an address of a socket has room for, with the zero at its end: the least of our systems. */
const addressBytes = process.platform === "linux" ? 108 : 104;

/** The place that belongs to a data folder. Nothing is made. */
export function findEndpoint(
  { dataFolder, variables }: Environment,
  platform: string = process.platform,
): Endpoint {
  const folder = join(dataFolder, "run");
  return {
    dataFolder,
    folder,
    lock: join(folder, "daemon.lock"),
    startLock: join(folder, "daemon.start"),
    owner: join(folder, "daemon.json"),
    logs: join(dataFolder, "logs"),
    places: socketPlaces(dataFolder, variables, platform),
  };
}

/**
 * The data folder first: what lies in XDG_RUNTIME_DIR is removed when the user's last session ends, and the
 * daemon outlives that.
 */
function socketPlaces(
  dataFolder: string,
  variables: Environment["variables"],
  platform: string,
): SocketPlace[] {
  const name = fnv1a(dataFolder);
  const folder = join(dataFolder, "run");
  if (platform === "win32") {
    const pipe = `\\\\.\\pipe\\haypile-${name}`;
    return [{ folder, socket: pipe, control: `${pipe}-control` }];
  }
  const at = (folder: string, name: string): SocketPlace => ({
    folder,
    socket: join(folder, `${name}.sock`),
    control: join(folder, `${name}.ctl`),
  });
  const runtime = variables.XDG_RUNTIME_DIR;
  return [
    at(folder, "daemon"),
    ...(runtime?.startsWith("/") === true && isFolder(runtime)
      ? [at(join(runtime, "haypile"), name)]
      : []),
    at(`/tmp/haypile-${process.getuid?.() ?? 0}`, name),
  ].filter(({ socket }) => Buffer.byteLength(socket) < addressBytes);
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
