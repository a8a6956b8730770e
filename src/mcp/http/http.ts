/*
 * MCP over streamable HTTP, with /health and /metrics beside it. Every request passes the same gates in the
 * same order: Host, Origin, token, room. A web page that a user happens to visit must not get to the tools of
 * the user's machine, whatever name it gives to 127.0.0.1.
 *
 * Who may do what: with a token, everything but /health needs it. Without one, only loopback is served, and
 * the tools that write are not there.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { isIP } from "node:net";
import { hostHeaderValidation, originValidation } from "@modelcontextprotocol/node";
import {
  createMcpHandler,
  type McpServerFactory,
  validateHostHeader,
  validateOriginHeader,
} from "@modelcontextprotocol/server";
import { checkOptions, type ShapeOf } from "../../base/check-options.ts";
import { HaypileError } from "../../base/errors.ts";
import { log } from "../../base/log.ts";
import { version } from "../../base/package/version.ts";
import {
  type McpBackend,
  type McpConnection,
  type McpOptions,
  mcpShape,
} from "../backend/backend.ts";
import { createServerFactory } from "../server.ts";
import type { McpHandler } from "./answer.ts";
import { Connections } from "./connections.ts";
import type { Neighbours } from "./neighbours.ts";
import { mostBodyBytes, type Places, serveMcp } from "./request.ts";
import { isSameToken } from "./token.ts";
import { Welcome } from "./welcome.ts";

export interface HttpOptions extends McpOptions {
  /** The address that will be listened at. Default 127.0.0.1. Any but loopback needs a token. */
  host?: string | undefined;
  /** Names by which clients may call this machine, beside the loopback names and `host`. */
  allowedHosts?: readonly string[] | undefined;
  /** Clients show it as "Authorization: Bearer …". Without one, the server only reads. */
  token?: string | undefined;
  /** The folder that calls are about when they name none. */
  root?: string | undefined;
  /** Connections at once. Default 128. */
  connections?: number | undefined;
  /** Requests that are worked on at once; more are refused with 503. Default 64. */
  requests?: number | undefined;
  /**
   * Milliseconds: for the headers, for a whole request, for a connection with nothing to say, and from a whole
   * request to the end of its answer. Default 10,000, 30,000, 120,000, 90,000.
   */
  timeouts?:
    | {
        headersMs?: number | undefined;
        requestMs?: number | undefined;
        idleMs?: number | undefined;
        answerMs?: number | undefined;
      }
    | undefined;
  /** What /health says beside the version. */
  health?: (() => Record<string, unknown> | Promise<Record<string, unknown>>) | undefined;
  /** Text of /metrics, in the format of Prometheus. Default: there is no such page. */
  metrics?: (() => string | Promise<string>) | undefined;
}

const httpShape = {
  ...mcpShape,
  host: "text",
  allowedHosts: "texts",
  token: "text",
  root: "text",
  connections: "number",
  requests: "number",
  timeouts: {
    of: { headersMs: "number", requestMs: "number", idleMs: "number", answerMs: "number" },
  },
  health: "function",
  metrics: "function",
} as const satisfies ShapeOf<HttpOptions>;

const loopback = ["localhost", "127.0.0.1", "[::1]"];

/**
 * An HTTP server that does not listen yet: the caller says listen(port, host), with the host of the options.
 * close() ends open subscriptions too.
 * @throws HaypileError HAYPILE_USAGE for an address that others can reach, without a token
 */
export function createHttpListener(backend: McpBackend, options: HttpOptions = {}): Server {
  checkOptions("createHttpListener()", options, httpShape);
  return createListenerWith(backend, options, undefined);
}

/** The same, with neighbours of MCP behind the same gates. */
export function createListenerWith(
  backend: McpBackend,
  options: HttpOptions,
  neighbours: Neighbours | undefined,
): Server {
  const { token } = options;
  assertSafe(options);
  const connection: McpConnection = { root: options.root, client: "http" };
  const readOnly = options.readOnly === true || token === undefined;
  const { tools, structured, roots, deadlineMs, concurrentCalls } = options;
  const given = { tools, structured, roots, deadlineMs, concurrentCalls };
  const said = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as McpOptions;
  const factory = createServerFactory(backend, { ...said, readOnly })(connection);
  return createGuardedListener(handlerOf(factory), options, neighbours);
}

/** Serves both eras of the protocol from one factory: a fresh server for every request. */
export function handlerOf(factory: McpServerFactory): McpHandler {
  return createMcpHandler(factory, {
    onerror: note,
    maxRequestBodySize: mostBodyBytes,
    maxSubscriptions: 32,
  });
}

const note = (error: Error): void => log("debug", `MCP over HTTP: ${error.message}`);

/** The gates and limits, before any handler. */
export function createGuardedListener(
  mcp: McpHandler,
  options: HttpOptions = {},
  neighbours?: Neighbours,
): Server {
  const { requests = 64, connections = 128, timeouts = {} } = options;
  const names = hostNames(options);
  const isHostFine = hostHeaderValidation(names);
  const isOriginFine = originValidation(names);
  const { token } = options;
  const isIn = (given: string | undefined): boolean => {
    if (neighbours !== undefined) return neighbours.isIn(given);
    return token === undefined || (given !== undefined && isSameToken(given, token));
  };
  const welcome = new Welcome(isIn);
  let running = 0;

  const take: Places["take"] = (request, response, isOpenEnded) => {
    const done = table.work(request.socket);
    response.once("close", done);
    // Those have a limit of their own.
    if (isOpenEnded) return true;
    if (running >= requests) {
      response.setHeader("Retry-After", "1");
      const message = "Too many requests at once. Try again in a second.";
      if (neighbours?.gate(pathOf(request)) !== undefined) {
        neighbours.refuse(request, response, { status: 503, code: "HAYPILE_OVERLOADED", message });
        return false;
      }
      answerJson(request, response, 503, {
        error: "busy",
        message,
      });
      return false;
    }
    running += 1;
    response.once("close", () => {
      running -= 1;
    });
    return true;
  };

  const spared = new WeakSet<IncomingMessage>();
  const spare: Places["spare"] = (request) => void spared.add(request);

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = pathOf(request);
    // Of several Node keeps the first; whoever is between may have gone by another.
    if ((request.headersDistinct.host?.length ?? 0) > 1) request.headers.host = "";
    if (neighbours !== undefined) {
      for (const [name, value] of Object.entries(neighbours.headers))
        response.setHeader(name, value);
      if (!ownPaths.includes(path)) return await visit(neighbours, path, request, response);
    }
    if (!isHostFine(request, response) || !isOriginFine(request, response)) return;
    if (path === "/health" || path === "/metrics") {
      if (!take(request, response, false)) return;
    }
    if (path === "/health") return await health(request, response, options);
    if (!isTokenFine(request, response, isIn)) return;
    welcome.watch(bearerOf(request), response);
    if (path === "/metrics" && options.metrics !== undefined) {
      return answer(
        request,
        response,
        200,
        await options.metrics(),
        "text/plain; version=0.0.4; charset=utf-8",
      );
    }
    if (path !== "/mcp") {
      return answerJson(request, response, 404, {
        error: "not_found",
        message: `Nothing is served at this path. There is /mcp and /health here${options.metrics === undefined ? "" : ", and /metrics"}.`,
      });
    }
    await serveMcp(mcp, request, response, { take, spare, answerMs });
  };

  /** The same gates in the same order, and refusals in the form of the neighbours. */
  const visit = async (
    { gate, refuse, serve, nothing }: Neighbours,
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> => {
    const deny = (status: number, message: string): void =>
      refuse(request, response, { status, code: "HAYPILE_UNAUTHORIZED", message });
    const { host, origin } = request.headers;
    if (!validateHostHeader(host, names).ok) return deny(403, strangeHost);
    if (!validateOriginHeader(origin, names).ok) return deny(403, strangeOrigin);
    const needs = gate(path);
    if (needs === undefined) {
      return refuse(request, response, { status: 404, code: "HAYPILE_USAGE", message: nothing });
    }
    const given = bearerOf(request);
    if (needs === "token" && !isIn(given)) {
      response.setHeader("WWW-Authenticate", challenge(given));
      return deny(401, unauthorized);
    }
    if (needs === "token") welcome.watch(given, response);
    await serve(request, response, { take, spare, answerMs });
  };

  const { headersMs = 10_000, requestMs = 30_000, idleMs = 120_000, answerMs = 90_000 } = timeouts;
  const server = createServer(
    {
      maxHeaderSize: 16_384,
      insecureHTTPParser: false,
      // Node looks at the time limits of connections only so often, every 30 s by default.
      connectionsCheckingInterval: Math.max(50, Math.min(headersMs, requestMs, 2000) / 2),
    },
    (request, response) => {
      response.on("error", note);
      table.awaitWhole(request, requestMs, () => spared.has(request));
      route(request, response).catch((error: unknown) => {
        log(
          "error",
          `MCP over HTTP: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        );
        if (!response.headersSent) answerJson(request, response, 500, { error: "internal" });
        else response.destroy();
      });
    },
  );
  const table = new Connections(server, connections);
  server.headersTimeout = headersMs;
  // Node's own knows no exception.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 5_000;
  server.timeout = idleMs;
  server.maxHeadersCount = 64;
  server.maxRequestsPerSocket = 1_000;
  closeWith(server, async () => {
    neighbours?.close();
    await mcp.close().catch(note);
  });
  return server;
}

/** Server.close() waits for open streams, and these end only when the handler is closed: so that comes first. */
function closeWith(server: Server, before: () => Promise<void>): void {
  const close = server.close.bind(server);
  server.close = (done) => {
    void before().finally(() => server.closeIdleConnections());
    return close(done);
  };
}

/** @throws HaypileError HAYPILE_USAGE */
function assertSafe({ host = "127.0.0.1", token }: HttpOptions): void {
  if (isLoopback(host) || (token !== undefined && token !== "")) return;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected a token for listening at ${host}, which others can reach, but there is none. Give one, or listen at 127.0.0.1.`,
    { data: { host } },
  );
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

function hostNames({ host, allowedHosts = [] }: HttpOptions): string[] {
  const own =
    host === undefined || host === "0.0.0.0" || host === "::"
      ? []
      : [isIP(host) === 6 ? `[${host}]` : host];
  return [...new Set([...loopback, ...own, ...allowedHosts])];
}

const ownPaths = ["/mcp", "/health", "/metrics"];
const strangeHost =
  "The request names a host that is not let in. Ask by 127.0.0.1, localhost or [::1], or by the address that is listened at.";
const strangeOrigin =
  "The request comes from a page of another host, and is not let in. Open the page of this listener itself.";
const unauthorized =
  "Send the token of this server as Authorization: Bearer <token>. It lies in the file http-token of Haypile's data folder.";

function pathOf(request: IncomingMessage): string {
  return (request.url ?? "/").split("?")[0] ?? "/";
}

function bearerOf(request: IncomingMessage): string | undefined {
  return /^Bearer ([\w.~+/=-]{1,512})$/iu.exec(request.headers.authorization ?? "")?.[1];
}

function challenge(given: string | undefined): string {
  return given === undefined ? "Bearer" : 'Bearer error="invalid_token"';
}

function isTokenFine(
  request: IncomingMessage,
  response: ServerResponse,
  isIn: (given: string | undefined) => boolean,
): boolean {
  const given = bearerOf(request);
  if (isIn(given)) return true;
  response.setHeader("WWW-Authenticate", challenge(given));
  answerJson(request, response, 401, { error: "unauthorized", message: unauthorized });
  return false;
}

async function health(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpOptions,
): Promise<void> {
  const more = await options.health?.();
  answerJson(request, response, 200, { status: "ok", version, ...more });
}

function answerJson(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: unknown,
): void {
  answer(request, response, status, `${JSON.stringify(body)}\n`, "application/json");
}

/** Pages beside /mcp are read with GET, and are not for other web pages. */
function answer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: string,
  type: string,
): void {
  const isRead = request.method === "GET" || request.method === "HEAD";
  const code = status === 200 && !isRead ? 405 : status;
  if (code === 405) response.setHeader("Allow", "GET, HEAD");
  response.writeHead(code, {
    "Content-Type": type,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    // The rest of a body that nobody reads is not waited for.
    ...(!isRead && { Connection: "close" }),
  });
  response.end(request.method === "HEAD" || code === 405 ? undefined : body);
}
