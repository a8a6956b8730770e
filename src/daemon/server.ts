/*
 * The daemon without what it serves: elected, it listens, greets clients, hands each to the handler of its
 * face, and leaves in good order. It knows nothing of MCP or of engines.
 */
import { once } from "node:events";
import { chmodSync, statSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { HaypileError } from "../base/errors.ts";
import { removeFile } from "../base/files/patient.ts";
import type { Given } from "../config/environment/given.ts";
import { type Endpoint, type SocketPlace, secureFolder } from "../wire/endpoint.ts";
import {
  compareVersions,
  type Face,
  type Hello,
  leavingLine,
  readHello,
  refusedLine,
  stillLine,
  welcomeLine,
} from "../wire/hello.ts";
import { closeToOthers, freshPipes } from "../wire/pipes.ts";
import { tryConnect } from "../wire/reach-daemon.ts";
import { type Mandate, stand } from "./election.ts";
import type { EventLog } from "./log/log-file.ts";
import { noWatch, type Watch } from "./watch.ts";

/** Serves one client until it is gone; resolves then. Bytes after the hello line are unread. */
export type FaceHandler = (socket: Socket, hello: Hello) => Promise<void>;

export type LeaveReason = "stopped" | "replaced" | "idle" | "signal" | "homeless";

export interface DaemonOptions {
  endpoint: Endpoint;
  version: string;
  handlers: Readonly<Record<Face, FaceHandler>>;
  log: EventLog;
  /** Told to clients of the rpc face, who may have been given other ones. */
  settings?: (() => Given) | undefined;
  /** Leaves after so long without a client. */
  idleMs: number;
  /** Clients at the same time. */
  mostClients: number;
  /** Work that goes on without a client keeps the daemon. */
  isBusy?: (() => boolean) | undefined;
  /**
   * How long clients may take for what is in flight when the daemon leaves. Default: 10 s, and 60 s when another
   * daemon serves meanwhile.
   */
  drainMs?: number | undefined;
  helloMs?: number | undefined;
  /** Answers and ends the process when the event loop does not. Default: none. */
  watch?: Watch | undefined;
  /** The daemon leaves, and what is in flight may take so long. */
  onLeaving?: ((drainMs: number) => void) | undefined;
  /** Milliseconds between two looks whether socket and lock are where they were. */
  homeMs?: number | undefined;
}

/** What a socket says of a client that has ended. */
const gone = new Set(["EPIPE", "ECONNRESET"]);
/** Connections without a hello. */
const mostSilent = 64;
/** Longer than any call may take. */
const halfOpenMs = 120_000;
const defaultDrainMs = 10_000;
const replacedDrainMs = 60_000;
/** What closing may take when all clients are gone. */
export const closingMs = 20_000;

export class Daemon {
  readonly #options: DaemonOptions;
  readonly #mandate: Mandate;
  readonly #watch: Watch;
  /** With the hello of those that said one. */
  readonly #clients = new Map<Socket, Hello | undefined>();
  readonly #left = Promise.withResolvers<LeaveReason>();
  readonly startedMs = performance.now();
  #door: Door;
  #idle: NodeJS.Timeout | undefined;
  #home: NodeJS.Timeout;
  #leaving: LeaveReason | undefined;
  #served = 0;

  /** Use startDaemon(). */
  constructor(options: DaemonOptions, door: Door, mandate: Mandate, watch: Watch) {
    this.#options = options;
    this.#door = door;
    this.#mandate = mandate;
    this.#watch = watch;
    this.#openDoor();
    this.#watchIdle();
    this.#home = setInterval(() => void this.#lookHome(), options.homeMs ?? 10_000);
    this.#home.unref();
  }

  /** Clients that are connected now. */
  clients(): Hello[] {
    return [...this.#clients.values()].filter((hello) => hello !== undefined);
  }

  /** Clients since the start. */
  get served(): number {
    return this.#served;
  }

  get isLeaving(): boolean {
    return this.#leaving !== undefined;
  }

  /** Resolves when the daemon has left and no client is connected. */
  get left(): Promise<LeaveReason> {
    return this.#left.promise;
  }

  /**
   * Takes no new clients, so that another daemon can start at once, and tells those that are here; each goes
   * when what it asked is answered. A second call changes nothing, but that a second signal waits for nobody.
   */
  leave(reason: LeaveReason): Promise<LeaveReason> {
    if (this.#leaving !== undefined) {
      if (reason === "signal" && this.#leaving === "signal") this.#dropAll();
      return this.left;
    }
    this.#leaving = reason;
    clearTimeout(this.#idle);
    clearInterval(this.#home);
    const { log } = this.#options;
    const drainMs =
      this.#options.drainMs ?? (reason === "replaced" ? replacedDrainMs : defaultDrainMs);
    log.write("info", "leaving", { reason, clients: this.#clients.size });
    // Nothing that follows can keep the process for ever.
    this.#watch.leaving(drainMs + 2 * closingMs);
    this.#options.onLeaving?.(drainMs);
    // Closing removes the socket's file, before the lock lets another make its own.
    this.#door.server.close();
    if (isFile) removeFile(this.#door.place.control);
    this.#mandate.resign();
    for (const [socket, hello] of this.#clients) {
      // Who has not said hello has asked nothing, and comes again.
      if (hello !== undefined) socket.write(leavingLine);
      else socket.destroy();
    }
    const late = setTimeout(() => {
      log.write("warn", "drained too long", { clients: this.#clients.size });
      this.#dropAll();
    }, drainMs);
    this.left.finally(() => clearTimeout(late));
    this.#noteEmpty();
    return this.left;
  }

  #dropAll(): void {
    for (const socket of this.#clients.keys()) socket.destroy();
  }

  #openDoor(): void {
    const { server } = this.#door;
    server.on("connection", (socket) => void this.#serve(socket));
    server.on("error", (error) => this.#options.log.write("error", "listening", words(error)));
  }

  /**
   * A socket that was removed (a clean-up of temporary files, a user) is made anew. A lock that was removed is
   * no lock: another daemon may have one by now, and the data may be gone.
   */
  async #lookHome(): Promise<void> {
    const { log, endpoint } = this.#options;
    if (!this.#mandate.isValid()) {
      log.write("warn", "the lock is gone", { lock: endpoint.lock });
      void this.leave("homeless");
      return;
    }
    if (isThere(this.#door)) return;
    try {
      // Only the listening end: clients that are connected stay. Closing removes what lies at its path.
      this.#door.server.close();
      const door = await openDoor(endpoint);
      if (this.#leaving !== undefined) return void door.server.close();
      this.#door = door;
      this.#openDoor();
      this.#mandate.announce({
        socket: door.place.socket,
        control: this.#watch.listen(door.place.control),
      });
      log.write("warn", "socket made anew", { socket: door.place.socket });
    } catch (error) {
      log.write("error", "listening", words(error));
    }
  }

  async #serve(socket: Socket): Promise<void> {
    const { log, version, handlers, mostClients, helloMs = 10_000 } = this.#options;
    clearTimeout(this.#idle);
    this.#clients.set(socket, undefined);
    // A client that has what it wanted goes without a word: that is in no log.
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (!gone.has(error.code ?? "")) log.write("debug", "socket", words(error));
    });
    // The client says no more; what it asked may still be answered, but not for ever.
    socket.on("end", () => setTimeout(() => socket.destroy(), halfOpenMs).unref());
    socket.on("close", () => {
      this.#clients.delete(socket);
      this.#noteEmpty();
    });
    this.#makeRoom();
    try {
      const hello = await readHello(socket, helloMs);
      if (this.clients().length >= mostClients) {
        socket.end(refusedLine(tooMany(mostClients)));
        return;
      }
      const isNewer = !hello.any && compareVersions(hello.version, version) > 0;
      if (this.#leaving !== undefined || isNewer) {
        socket.end(leavingLine);
        if (isNewer) void this.leave("replaced");
        return;
      }
      this.#clients.set(socket, hello);
      this.#served += 1;
      log.write("info", "client", { ...hello });
      socket.write(
        welcomeLine(version, hello.face === "rpc" ? this.#options.settings?.() : undefined),
      );
      socket.once("end", () => {
        if (socket.writable) socket.write(stillLine);
      });
      await handlers[hello.face](socket, hello);
    } catch (error) {
      log.write("warn", "client failed", words(error));
      const known = HaypileError.isInstance(error) ? error : undefined;
      if (known?.code === "HAYPILE_USAGE") socket.end(refusedLine(known));
      else socket.destroy();
    } finally {
      if (!socket.destroyed) {
        socket.end();
        // A client that never closes its side is not waited for.
        setTimeout(() => socket.destroy(), 1_000).unref();
      }
    }
  }

  /** Who has not said hello takes nobody's place: of too many that say nothing, the first goes. */
  #makeRoom(): void {
    const silent = [...this.#clients].filter(([, hello]) => hello === undefined);
    if (silent.length > mostSilent) silent[0]?.[0].destroy();
  }

  #noteEmpty(): void {
    if (this.#clients.size > 0) return;
    if (this.#leaving !== undefined) this.#left.resolve(this.#leaving);
    else this.#watchIdle();
  }

  #watchIdle(): void {
    clearTimeout(this.#idle);
    const { idleMs, isBusy } = this.#options;
    this.#idle = setTimeout(() => {
      if (isBusy?.() === true) this.#watchIdle();
      else void this.leave("idle");
    }, idleMs);
  }
}

/**
 * Becomes the daemon of the endpoint; undefined: another is.
 * @throws HaypileError HAYPILE_PERMISSION, HAYPILE_DISK_FULL, HAYPILE_IO, HAYPILE_DAEMON where no place can hold a socket
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon | undefined> {
  const { endpoint, version, log, watch = noWatch } = options;
  secureFolder(endpoint.folder);
  const mandate = stand(endpoint, version);
  if (mandate === undefined) return undefined;
  let door: Door | undefined;
  try {
    door = await openDoor(endpoint);
    const { socket, control } = door.place;
    mandate.announce({ socket, control: watch.listen(control) });
    log.write("info", "started", { version, socket });
    return new Daemon(options, door, mandate, watch);
  } catch (error) {
    door?.server.close();
    mandate.resign();
    throw error;
  }
}

/** Sockets of other systems than Windows lie in the file system. */
const isFile = process.platform !== "win32";

/** A server that listens, and where. */
interface Door {
  server: Server;
  place: SocketPlace;
  inode: number | undefined;
}

/**
 * Listens at the first place that takes a socket and lets one connect to it: the disks of some networks and
 * some virtual machines do not. Whoever calls this holds the lock.
 */
async function openDoor({ places, dataFolder }: Endpoint): Promise<Door> {
  const failures: string[] = [];
  for (const place of places) {
    try {
      return await listenAt(place);
    } catch (error) {
      failures.push(`${place.socket}: ${words(error).error}`);
    }
  }
  throw new HaypileError(
    "HAYPILE_DAEMON",
    `Expected a place for the daemon's socket, but there is none for ${dataFolder} (${failures.join("; ") || "every path is too long"}). Set HAYPILE_DATA_DIR to a shorter path on a local disk.`,
    { data: { failures } },
  );
}

async function listenAt(wanted: SocketPlace): Promise<Door> {
  const place = isFile ? wanted : freshPipes(wanted);
  const { folder, socket } = place;
  if (isFile) secureFolder(folder);
  const server = createServer({ allowHalfOpen: true });
  try {
    // What lies there was left by one that was killed: we hold the lock, so nobody listens.
    if (isFile) removeFile(socket);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ path: socket, backlog: 128 }, () => {
        server.off("error", reject);
        resolve();
      });
    });
    // Nobody else enters the folder; this is the second lock on the door. A pipe has no other.
    if (isFile) chmodSync(socket, 0o600);
    else if (!closeToOthers(socket)) throw new Error("other users could not be kept away from it");
    await assertReachable(server, socket);
    return { server, place, inode: isFile ? statSync(socket).ino : undefined };
  } catch (error) {
    server.close();
    throw error;
  }
}

async function assertReachable(server: Server, path: string): Promise<void> {
  // A client that is quicker than the probe is sent away, and comes again.
  const taken = once(server, "connection").then(([socket]) => (socket as Socket).destroy());
  const probe = await tryConnect(path);
  if (probe === undefined) {
    taken.catch(() => undefined);
    throw new Error("nobody can connect to a socket there");
  }
  if (probe !== "full") probe.destroy();
  await taken;
}

function isThere({ place, inode, server }: Door): boolean {
  if (!server.listening) return false;
  return inode === undefined || statSync(place.socket, { throwIfNoEntry: false })?.ino === inode;
}

function tooMany(most: number): HaypileError {
  return new HaypileError(
    "HAYPILE_OVERLOADED",
    `The daemon has ${most} clients, the most it takes (daemon.clients). Close some, then try again.`,
    { data: { clients: most } },
  );
}

function words(error: unknown): { error: string } {
  return { error: error instanceof Error ? error.message : String(error) };
}
