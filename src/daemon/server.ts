/*
 * The daemon without what it serves: elected, it listens, greets clients, hands each to the handler of its
 * face, and leaves in good order. It knows nothing of MCP or of engines.
 */
import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { HaypileError } from "../base/errors.ts";
import { type Mandate, stand } from "./election.ts";
import { type Endpoint, secureFolder } from "./endpoint.ts";
import {
  compareVersions,
  type Face,
  type Hello,
  leavingLine,
  readHello,
  refusedLine,
  welcomeLine,
} from "./hello.ts";
import type { EventLog } from "./log-file.ts";

/** Serves one client until it is gone; resolves then. Bytes after the hello line are unread. */
export type FaceHandler = (socket: Socket, hello: Hello) => Promise<void>;

export type LeaveReason = "stopped" | "replaced" | "idle" | "signal";

export interface DaemonOptions {
  endpoint: Endpoint;
  version: string;
  handlers: Readonly<Record<Face, FaceHandler>>;
  log: EventLog;
  /** Leaves after so long without a client. */
  idleMs: number;
  /** Clients at the same time. */
  mostClients: number;
  /** Work that goes on without a client keeps the daemon. */
  isBusy?: () => boolean;
  /** How long clients may take for what is in flight when the daemon leaves. */
  drainMs?: number;
  helloMs?: number;
}

/** Connections without a hello. */
const mostSilent = 64;
/** Longer than any call may take. */
const halfOpenMs = 60_000;

export class Daemon {
  readonly #options: DaemonOptions;
  readonly #server: Server;
  readonly #mandate: Mandate;
  /** With the hello of those that said one. */
  readonly #clients = new Map<Socket, Hello | undefined>();
  readonly #left = Promise.withResolvers<LeaveReason>();
  readonly startedMs = performance.now();
  #idle: NodeJS.Timeout | undefined;
  #leaving: LeaveReason | undefined;
  #served = 0;

  /** Use startDaemon(). */
  constructor(options: DaemonOptions, server: Server, mandate: Mandate) {
    this.#options = options;
    this.#server = server;
    this.#mandate = mandate;
    server.on("connection", (socket) => void this.#serve(socket));
    server.on("error", (error) => options.log.write("error", "listening", words(error)));
    this.#watchIdle();
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
   * when what it asked is answered. A second call changes nothing.
   */
  leave(reason: LeaveReason): Promise<LeaveReason> {
    if (this.#leaving !== undefined) return this.left;
    this.#leaving = reason;
    clearTimeout(this.#idle);
    const { log, drainMs = 30_000 } = this.#options;
    log.write("info", "leaving", { reason, clients: this.#clients.size });
    // Closing removes the socket's file, before the lock lets another make its own.
    this.#server.close();
    this.#mandate.resign();
    for (const [socket, hello] of this.#clients) {
      if (hello !== undefined) socket.write(leavingLine);
    }
    const late = setTimeout(() => {
      log.write("warn", "drained too long", { clients: this.#clients.size });
      for (const socket of this.#clients.keys()) socket.destroy();
    }, drainMs);
    this.left.finally(() => clearTimeout(late));
    this.#noteEmpty();
    return this.left;
  }

  async #serve(socket: Socket): Promise<void> {
    const { log, version, handlers, mostClients, helloMs = 10_000 } = this.#options;
    clearTimeout(this.#idle);
    this.#clients.set(socket, undefined);
    socket.on("error", (error) => log.write("debug", "socket", words(error)));
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
      socket.write(welcomeLine(version));
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
 * @throws HaypileError HAYPILE_PERMISSION, HAYPILE_DISK_FULL, HAYPILE_IO
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon | undefined> {
  const { endpoint, version, log } = options;
  secureFolder(endpoint.folder);
  const mandate = stand(endpoint, version);
  if (mandate === undefined) return undefined;
  const server = createServer({ allowHalfOpen: true });
  try {
    // What lies there was left by one that was killed: we hold the lock, so nobody listens.
    if (process.platform !== "win32") rmSync(endpoint.socket, { force: true });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ path: endpoint.socket, backlog: 128 }, () => {
        server.off("error", reject);
        resolve();
      });
    });
    // Nobody else enters the folder; this is the second lock on the door.
    if (process.platform !== "win32") chmodSync(endpoint.socket, 0o600);
  } catch (error) {
    server.close();
    mandate.resign();
    throw error;
  }
  log.write("info", "started", { version, socket: endpoint.socket });
  return new Daemon(options, server, mandate);
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
