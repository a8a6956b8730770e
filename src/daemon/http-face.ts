/*
 * The daemon's HTTP: the same backend as for the sockets, behind the gates of src/mcp/http/http.ts. It is off until somebody asks
 * for it: `haypile start`, `haypile open`, or the option http.port.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { HaypileError } from "../base/errors.ts";
import type { Environment } from "../config/environment/env.ts";
import type { Hub } from "../haypile/hub.ts";
import type { McpBackend } from "../mcp/backend/backend.ts";
import { findEndpoint } from "../wire/endpoint.ts";
import type { DaemonMethod, HttpFace, HttpWanted } from "../wire/words.ts";

/** What is served beside MCP. */
export interface HttpPages {
  health: () => Record<string, unknown>;
  metrics: () => string;
  daemon: Readonly<Record<DaemonMethod, (...args: unknown[]) => unknown>>;
  hub: Hub;
  /** Counts a call by its name on the wire. */
  measure: <T>(method: string, run: () => Promise<T>) => Promise<T>;
}

/** A daemon that leaves frees its port when its last client is answered. */
const retryMs = 250;
/** What a request that is half here when the face closes has for the rest. */
const halfMs = 1_000;
/** Ports that are tried after one that is taken, before any that is free. */
const nextPorts = 10;

/**
 * @param patienceMs how long to wait for a port that another process still has
 * @throws HaypileError HAYPILE_PORT_TAKEN; HAYPILE_USAGE for an address that others reach, without a token
 */
export async function openHttpFace(
  wanted: HttpWanted,
  backend: McpBackend,
  pages: HttpPages,
  environment: Environment,
  patienceMs = 0,
): Promise<HttpFace> {
  const { host = "127.0.0.1", token = true, page = true } = wanted;
  const [{ createListener }, { tokenPath }, { LinkMaker }] = await Promise.all([
    import("../http/listener.ts"),
    import("../mcp/http/token.ts"),
    import("../http/sign-in/link.ts"),
  ]);
  const { dataFolder } = environment;
  const { server, codes } = createListener({ backend, dataFolder, host, token, page, ...pages });
  const close = closesInTime(server);
  await listenAt(server, wanted, patienceMs);
  const { port } = server.address() as AddressInfo;
  const address = `http://${nameOf(host)}:${port}`;
  const links = new LinkMaker({
    codes: token ? codes : undefined,
    folder: findEndpoint(environment).folder,
    address: `${address}/`,
  });
  return {
    url: `${address}/mcp`,
    page: page ? `${address}/` : undefined,
    tokenPath: token ? tokenPath(dataFolder) : undefined,
    wanted: { port, host, token, page },
    signInLink: (hasFile) => {
      if (page) return links.make(hasFile);
      throw new HaypileError(
        "HAYPILE_USAGE",
        "The daemon serves no page (page.port is 0). Set page.port to a port, then restart the daemon.",
      );
    },
    close: async (drainMs) => {
      links.close();
      await close(drainMs);
    },
  };
}

/** How a browser of this machine names an address. */
function nameOf(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}

/** @throws HaypileError HAYPILE_PORT_TAKEN */
async function listenAt(
  server: Server,
  { port, host = "127.0.0.1", next = false }: HttpWanted,
  patienceMs: number,
): Promise<void> {
  const until = performance.now() + patienceMs;
  const others = next ? portsAfter(port) : [];
  for (let at: number | undefined = port; ; ) {
    const code = await tryPort(server, at, host);
    if (code === undefined) return;
    const isTaken = code === "EADDRINUSE" || code === "EACCES";
    if (isTaken && others.length > 0) {
      at = others.shift() ?? 0;
      continue;
    }
    if ((isTaken || code === "EADDRNOTAVAIL") && performance.now() < until) {
      await wait(retryMs);
      continue;
    }
    throw new HaypileError(
      "HAYPILE_PORT_TAKEN",
      `Expected port ${port} of ${host} to be free for HTTP, but ${code} came. Choose another with --http PORT, or end who has it.`,
      { data: { port, host, cause: code } },
    );
  }
}

/** At last any that is free. */
function portsAfter(port: number): number[] {
  const near = Array.from({ length: nextPorts }, (_, i) => port + 1 + i);
  return [...near.filter((one) => one <= 65_535), 0];
}

/** @returns the code of what went wrong; undefined: it listens */
function tryPort(server: Server, port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException): void => resolve(String(error.code));
    server.once("error", failed);
    server.listen(port, host, () => {
      server.off("error", failed);
      resolve(undefined);
    });
  });
}

/** Watches the requests of a server, so that closing it has an end. */
function closesInTime(server: Server): (drainMs: number) => Promise<void> {
  const sockets = new Set<Socket>();
  const answering = new Map<Socket, IncomingMessage>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    answering.set(socket, request);
    response.once("close", () => {
      if (answering.get(socket) === request) answering.delete(socket);
    });
  });
  return (drainMs) =>
    new Promise((resolve) => {
      const half = setTimeout(
        () => {
          for (const socket of sockets) {
            if (answering.get(socket)?.complete !== true) socket.destroy();
          }
        },
        Math.min(halfMs, drainMs),
      );
      const late = setTimeout(() => server.closeAllConnections(), drainMs);
      server.close(() => {
        clearTimeout(half);
        clearTimeout(late);
        resolve();
      });
      server.closeIdleConnections();
    });
}
