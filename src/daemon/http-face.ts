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
import type { DaemonMethod, HttpFace, HttpWanted } from "../wire/words.ts";

/** What is served beside MCP. */
export interface HttpPages {
  health: () => Record<string, unknown>;
  metrics: () => string;
  daemon: Readonly<Record<DaemonMethod, (...args: unknown[]) => unknown>>;
  hub: Hub;
}

/** A daemon that leaves frees its port when its last client is answered. */
const retryMs = 250;
/** What a request that is half here when the face closes has for the rest. */
const halfMs = 1_000;

/**
 * @param patienceMs how long to wait for a port that another process still has
 * @throws HaypileError HAYPILE_PORT_TAKEN; HAYPILE_USAGE for an address that others reach, without a token
 */
export async function openHttpFace(
  { port, host = "127.0.0.1", token = true }: HttpWanted,
  backend: McpBackend,
  pages: HttpPages,
  environment: Environment,
  patienceMs = 0,
): Promise<HttpFace> {
  const [{ createListener }, { tokenPath }] = await Promise.all([
    import("../http/listener.ts"),
    import("../mcp/http/token.ts"),
  ]);
  const { dataFolder } = environment;
  const { server } = createListener({ backend, dataFolder, host, token, page: true, ...pages });
  const close = closesInTime(server);
  const until = performance.now() + patienceMs;
  for (;;) {
    try {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, host, () => {
          server.off("error", reject);
          resolve();
        });
      });
      break;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const isTaken = code === "EADDRINUSE" || code === "EACCES" || code === "EADDRNOTAVAIL";
      if (isTaken && performance.now() < until) {
        await wait(retryMs);
        continue;
      }
      throw new HaypileError(
        "HAYPILE_PORT_TAKEN",
        `Expected port ${port} of ${host} to be free for HTTP, but ${String(code)} came. Choose another with --http PORT, or end who has it.`,
        { data: { port, host, cause: String(code) } },
      );
    }
  }
  const { port: listening } = server.address() as AddressInfo;
  const name = host.includes(":") ? `[${host}]` : host;
  return {
    url: `http://${name}:${listening}/mcp`,
    tokenPath: token ? tokenPath(dataFolder) : undefined,
    close,
  };
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
