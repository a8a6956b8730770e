/*
 * The listener of `haypile serve`: many clients of other machines, each with its own rights. A request passes the gates in
 * this order: Host and Origin, who it is from, how much that one asks, what it may ask. Nothing is kept from one request to
 * the next, so that any of several servers answers any of them.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { isIP } from "node:net";
import type { ErrorCode } from "../../base/errors.ts";
import { log } from "../../base/log.ts";
import { Connections } from "../../mcp/http/connections.ts";
import { isOriginIn } from "../../mcp/http/origin.ts";
import { type Places, serveMcp } from "../../mcp/http/request.ts";
import { securityHeaders } from "../headers.ts";
import { refusalText } from "../refusal.ts";
import type { ClientDoors } from "./client-doors.ts";
import type { DoorKeeper } from "./clients/door-keeper.ts";
import type { Strangers } from "./clients/strangers.ts";
import { idOf, lacks, namesCollection, scopeOfMessages, scopeOfPath } from "./judge.ts";
import {
  challenge,
  metadataOf,
  metadataPaths,
  type Resource,
  scopeChallenge,
} from "./oauth/challenge.ts";
import { OpenAnswers } from "./open-answers.ts";
import type { ClientLimits } from "./rights/limits.ts";
import type { Client, Limits } from "./rights/rights.ts";

export interface TeamListenerParts {
  keeper: DoorKeeper;
  strangers: Strangers;
  doors: ClientDoors;
  limits: ClientLimits;
  /** Of a client whose entry says nothing else. */
  usual: Limits;
  /** Names that clients call the server by, beside addresses in numbers and this machine's own. */
  names: readonly string[];
  /** Undefined: there is no authorization server. */
  resource: Resource | undefined;
  /** Undefined: TLS ends before this server, or only this machine reaches it. */
  tls: { cert: Buffer; key: Buffer } | undefined;
  health: () => Record<string, unknown>;
  isReady: () => Promise<boolean>;
  metrics: () => string;
  /** It takes no new clients: each connection ends with its answer. */
  isLeaving: () => boolean;
  /** Of each request, when it is over. */
  onRequest?:
    | ((request: IncomingMessage, status: number, client: string | undefined) => void)
    | undefined;
}

const mostConnections = 1_024;
const headersMs = 10_000;
const requestMs = 30_000;
const idleMs = 120_000;
const answerMs = 90_000;
const keepAliveMs = 60_000;
const probePaths = ["/health", "/ready"];
const own = ["localhost", "127.0.0.1", "[::1]"];

export interface TeamListener {
  server: Server;
  /** At its end: connections that have brought no request go, those that came just now in a second. */
  endSilent(): void;
}

/** A server that does not listen yet. */
export function createTeamListener(parts: TeamListenerParts): TeamListener {
  const { keeper, strangers, doors, limits, resource, tls, isLeaving } = parts;
  const names = [...own, ...parts.names];
  const documents = resource === undefined ? [] : metadataPaths(resource);
  const answers = new OpenAnswers(keeper);

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    if (isLeaving()) response.setHeader("Connection", "close");
    if (probePaths.includes(path)) return await probe(path, request, response);
    if (!isHostFine(request, names)) {
      return refuse(
        request,
        response,
        403,
        "The request names a host that this server does not go by. Who runs it says its name with --public-url.",
      );
    }
    if (!isOriginIn(request.headers.origin, names)) {
      return refuse(
        request,
        response,
        403,
        "The request comes from a page of another host, and is not let in.",
      );
    }
    if (documents.includes(path) && resource !== undefined) {
      return answer(request, response, 200, `${JSON.stringify(metadataOf(resource))}\n`);
    }
    const bearer = bearerOf(request);
    const looked =
      bearer === undefined
        ? { client: undefined }
        : await strangers.look(bearer, request.socket.remoteAddress);
    // Whoever went away meanwhile is told nothing, and would never give its place back: "close" is over.
    if (response.destroyed) return;
    if ("retryAfterS" in looked) {
      response.setHeader("Retry-After", String(looked.retryAfterS));
      if (looked.isAway) {
        return refuse(
          request,
          response,
          503,
          "The keys of the authorization server are not there now, so nobody knows whether this token is good. Wait as long as Retry-After says, and send it again.",
          "HAYPILE_STORE_AWAY",
        );
      }
      return refuse(
        request,
        response,
        429,
        "Tokens that are not good come more often than this server looks at them. Wait as long as Retry-After says, and send the token that you were given.",
      );
    }
    const { client } = looked;
    if (client === undefined || bearer === undefined) {
      response.setHeader("WWW-Authenticate", challenge(resource, bearer !== undefined));
      return refuse(
        request,
        response,
        401,
        "Send the token that you were given for this server as Authorization: Bearer <token>.",
      );
    }
    noted.set(response, client.name);
    const most = { ...parts.usual, ...client.limits };
    const admission = limits.admit(client.key, most);
    if (!admission.isIn) {
      response.setHeader("Retry-After", String(admission.retryAfterS));
      const often = `more than ${most.perMinute} requests a minute`;
      const many = `more than ${most.concurrent} requests at once`;
      return refuse(
        request,
        response,
        429,
        `Of this client come ${admission.why === "rate" ? often : many}, which is as much as it may. Wait for answers, or ask who runs the server.`,
      );
    }
    response.once("close", admission.done);
    answers.watch(bearer, client, response);
    await served(path, request, response, client, most);
  };

  const served = async (
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
    client: Client,
    most: Limits,
  ): Promise<void> => {
    const places: Places = {
      // Each client has places of its own, and took one.
      take: (asked, answering) => {
        answering.once("close", table.work(asked.socket));
        return true;
      },
      spare: (asked) => void spared.add(asked),
      answerMs,
      mostBytes: most.bodyBytes,
      judge: (messages, answering) => {
        const needed = lacks(client, scopeOfMessages(messages));
        if (needed !== undefined) {
          answering.setHeader("WWW-Authenticate", scopeChallenge(resource, needed));
          return tellMcp(answering, 403, messages, `This takes a token with the scope ${needed}.`);
        }
        if (!namesCollection(messages)) return true;
        return tellMcp(
          answering,
          403,
          messages,
          "Name a project by its absolute path on the server, or all with *.",
        );
      },
    };
    const { mcp, site } = doors.of(client);
    if (path === "/mcp") return await serveMcp(mcp, request, response, places);
    const needed = lacks(client, scopeOfPath(path));
    if (needed !== undefined) {
      response.setHeader("WWW-Authenticate", scopeChallenge(resource, needed));
      return refuse(request, response, 403, `This takes a token with the scope ${needed}.`);
    }
    if (scopeOfPath(path) === "haypile:admin" && !client.rights.admin) {
      return refuse(
        request,
        response,
        403,
        "This client has no right to ask the server about itself.",
        "HAYPILE_STORE_RIGHTS",
      );
    }
    if (path === "/metrics") {
      return answer(
        request,
        response,
        200,
        parts.metrics(),
        "text/plain; version=0.0.4; charset=utf-8",
      );
    }
    if (site.gate(path) === undefined) {
      return refuse(
        request,
        response,
        404,
        "Nothing is served at this path. MCP is at /mcp, and calls are below /api/v1 (all of them: /api/v1/openapi.json).",
        "HAYPILE_USAGE",
      );
    }
    await site.serve(request, response, places);
  };

  /** Whoever asks: they say that the server is there, and nothing of what it holds. */
  const probe = async (
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> => {
    if (path === "/health") {
      return answer(request, response, 200, `${JSON.stringify(parts.health())}\n`);
    }
    const isReady = !isLeaving() && (await parts.isReady());
    const body = { ready: isReady, ...(isLeaving() && { leaving: true }) };
    answer(request, response, isReady ? 200 : 503, `${JSON.stringify(body)}\n`);
  };

  const spared = new WeakSet<IncomingMessage>();
  const noted = new WeakMap<ServerResponse, string>();
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    response.on("error", (error) => log("debug", `serve: ${error.message}`));
    // Of probes there is one a second.
    const isProbe = probePaths.includes(request.url ?? "");
    response.once("close", () => {
      if (isProbe && response.statusCode < 400) return;
      parts.onRequest?.(request, response.statusCode, noted.get(response));
    });
    table.heard(request.socket);
    table.awaitWhole(request, requestMs, () => spared.has(request));
    route(request, response).catch((error: unknown) => {
      log(
        "error",
        `serve: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
      if (response.headersSent) return void response.destroy();
      refuse(
        request,
        response,
        500,
        "This failed for a reason inside the server.",
        "HAYPILE_INTERNAL",
      );
    });
  };
  const settings = {
    maxHeaderSize: 24_576,
    insecureHTTPParser: false,
    connectionsCheckingInterval: 1_000,
  };
  const server: Server =
    tls === undefined
      ? createServer(settings, onRequest)
      : createTlsServer(
          { ...settings, ...tls, minVersion: "TLSv1.2", handshakeTimeout: headersMs },
          onRequest,
        );
  const table = new Connections(server, mostConnections, tls !== undefined);
  // Of handshakes that are never ended.
  server.maxConnections = 2 * mostConnections;
  server.headersTimeout = headersMs;
  server.requestTimeout = 0;
  server.keepAliveTimeout = keepAliveMs;
  server.timeout = idleMs;
  server.maxHeadersCount = 64;
  return { server, endSilent: () => table.endSilent() };
}

/** A name that leads here by somebody else's doing is refused; a number leads nowhere else. */
function isHostFine(request: IncomingMessage, names: readonly string[]): boolean {
  const said = request.headersDistinct.host ?? [];
  const [host = ""] = said;
  if (said.length !== 1) return false;
  if (!URL.canParse(`http://${host}`)) return false;
  const { hostname } = new URL(`http://${host}`);
  return names.includes(hostname) || isIP(hostname.replace(/^\[|\]$/gu, "")) > 0;
}

/** Access tokens are longer than ours. */
function bearerOf({ headers }: IncomingMessage): string | undefined {
  return /^Bearer ([\w.~+/=-]{1,16384})$/iu.exec(headers.authorization ?? "")?.[1];
}

/** In the form of MCP. @returns false: it goes no further */
function tellMcp(
  response: ServerResponse,
  status: number,
  messages: readonly unknown[],
  message: string,
): false {
  const error = { code: -32000, message };
  response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store" });
  response.end(`${JSON.stringify({ jsonrpc: "2.0", id: idOf(messages), error })}\n`);
  return false;
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  message: string,
  code: ErrorCode = status === 429 ? "HAYPILE_OVERLOADED" : "HAYPILE_UNAUTHORIZED",
): void {
  // The rest of a body that nobody reads is not waited for.
  if (!isRead(request)) response.setHeader("Connection", "close");
  send(request, response, status, refusalText(code, message));
}

/** What is only read. */
function answer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: string,
  type?: string,
): void {
  if (isRead(request)) {
    send(request, response, status, body, type);
    return;
  }
  response.setHeader("Allow", "GET, HEAD");
  refuse(request, response, 405, "This is read with GET.", "HAYPILE_USAGE");
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: string,
  type = "application/json",
): void {
  response.writeHead(status, { "Content-Type": type, "Cache-Control": "no-store" });
  response.end(request.method === "HEAD" ? undefined : body);
}

function isRead({ method }: IncomingMessage): boolean {
  return method === "GET" || method === "HEAD";
}
