/*
 * What the listener serves beside /mcp, /health and /metrics: the page, signing in, and the calls. The gates before it are those
 * of MCP (src/mcp/http/http.ts); here stands which path needs what, and by default all need a token.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { errorCatalogue, HaypileError } from "../base/errors.ts";
import { log } from "../base/log.ts";
import { readBytes } from "../mcp/http/body.ts";
import type { Neighbours, Refusal } from "../mcp/http/neighbours.ts";
import { mostBodyBytes, type Places } from "../mcp/http/request.ts";
import { type ApiParts, apiRoutes } from "./api/api.ts";
import { securityHeaders } from "./headers.ts";
import { type PageFiles, pagePaths } from "./page/page-files.ts";
import { servePage } from "./page/serve-page.ts";
import { refusal, refusalText } from "./refusal.ts";
import type { Gatekeeper } from "./sign-in/gatekeeper.ts";
import { sessionRoutes } from "./sign-in/session-routes.ts";

export interface SiteParts {
  /** Undefined: who gets in is known before, and nobody signs in here. */
  gatekeeper: Gatekeeper | undefined;
  /** Undefined: no page is served. */
  page: PageFiles | undefined;
  api: ApiParts;
}

const sessionPath = "/api/v1/session";
const eventsPath = "/api/v1/events";
const methods = ["GET", "HEAD", "POST", "DELETE"];
/** What all our paths are made of: no other spelling of one gets past the gates. */
const plainPath = /^(?:\/|(?:\/[\w-][\w.-]*)+)$/u;
/** Of who has shown nothing yet. */
const mostOpenBytes = 4_096;
/** Bodies that are too long to be held, and are read as they come. */
const lineTypes = ["application/x-ndjson", "application/jsonl"];

export function createSite(parts: SiteParts): Neighbours {
  const app = new Hono();
  const { page } = parts;
  const { gatekeeper } = parts;
  if (gatekeeper !== undefined) app.route("/api/v1", sessionRoutes(gatekeeper));
  app.route("/api/v1", apiRoutes(parts.api));
  if (page !== undefined) {
    for (const path of pagePaths) app.all(path, ({ req }) => servePage(page, path, req.raw));
  }
  app.onError((error) => failure(error));
  app.notFound(() => refusal(404, "HAYPILE_USAGE", nothingHere(page !== undefined)));

  const gate: Neighbours["gate"] = (path) => {
    if (!plainPath.test(path)) return undefined;
    if (page !== undefined && pagePaths.includes(path)) return "open";
    if (path === sessionPath && gatekeeper !== undefined) return "open";
    return path.startsWith("/api/") ? "token" : undefined;
  };

  const serve = async (
    request: IncomingMessage,
    response: ServerResponse,
    places: Places,
  ): Promise<void> => {
    const method = request.method ?? "GET";
    if (!methods.includes(method)) {
      const message = "Ask with GET, or with POST and a body of JSON.";
      response.setHeader("Allow", methods.join(", "));
      return refuse(request, response, { status: 405, code: "HAYPILE_USAGE", message });
    }
    const type = (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase();
    const isLines = lineTypes.includes(type ?? "") && gate(pathOf(request)) === "token";
    if (method === "POST" && !isLines) {
      // A form of another page can send text, never this: a browser would have to ask first.
      if (type !== "application/json") {
        const message = "Send the body as JSON, with the header Content-Type: application/json.";
        return refuse(request, response, { status: 415, code: "HAYPILE_USAGE", message });
      }
      // Only what has come whole takes a place: who sends a byte a second holds up nobody.
      const { mostBytes = mostBodyBytes } = places;
      const most = gate(pathOf(request)) === "token" ? mostBytes : mostOpenBytes;
      const body = await readBytes(request, most);
      if (body === "gone") return void response.destroy();
      if (body === "too large") {
        const message = `The body is longer than ${most} bytes, the most that is taken. Send less at a time, or lines as ${lineTypes[0]} where a call takes them.`;
        return refuse(request, response, { status: 413, code: "HAYPILE_USAGE", message });
      }
      (request as IncomingMessage & { rawBody: Buffer }).rawBody = body;
    } else if (method !== "POST" && hasBody(request)) {
      const message = `${method} takes no body. Send what the call is told with POST, or in the query.`;
      return refuse(request, response, { status: 400, code: "HAYPILE_USAGE", message });
    }
    if (isLines) places.spare(request);
    if (!places.take(request, response, isLines || wantsStream(request))) return;
    await listenerFor(app, request, isLines)(request, response);
  };

  return {
    headers: securityHeaders,
    isIn: (given) => gatekeeper?.isIn(given) === true,
    gate,
    serve,
    refuse,
    nothing: nothingHere(page !== undefined),
    close: () => {
      parts.api.streams.close();
      page?.close();
    },
  };
}

/** A call may take as long as it takes, but for one that waits for its client; what that then does not read is not held for it. */
function listenerFor(app: Hono, { socket }: IncomingMessage, waits: boolean) {
  const idleMs = socket.timeout ?? 0;
  if (!waits) socket.setTimeout(0);
  return getRequestListener(
    async (asked) => {
      const response = await app.fetch(asked);
      socket.setTimeout(idleMs);
      return response;
    },
    { overrideGlobalObjects: false },
  );
}

/** A client that names a stream of events gets one where there is one, and here whatever it names; those have a limit of their own. */
function wantsStream(request: IncomingMessage): boolean {
  if (pathOf(request) === eventsPath) return true;
  return (request.headers.accept ?? "").includes("text/event-stream");
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? "/").split("?")[0] ?? "/";
}

function nothingHere(hasPage: boolean): string {
  const page = hasPage ? "The page is at /, " : "";
  return `Nothing is served at this path. ${page}${hasPage ? "MCP" : "MCP is"} at /mcp, calls below /api/v1 (all of them: /api/v1/openapi.json), and there is /health and /metrics.`;
}

/** Last resort: what a route did not catch. */
function failure(error: unknown): Response {
  if (HaypileError.isInstance(error)) return refusal(500, error.code, error.message);
  log("error", `HTTP: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return refusal(500, "HAYPILE_INTERNAL", errorCatalogue.HAYPILE_INTERNAL.says);
}

/** In the form that the client reads: JSON for programs, a few words for who looks at it in a browser. */
function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  { status, code, message }: Refusal,
): void {
  const isRead = request.method === "GET" || request.method === "HEAD";
  const isLooked = isRead && (request.headers.accept ?? "").includes("text/html");
  const body = isLooked ? inWords(status, message) : refusalText(code, message);
  response.writeHead(status, {
    "Content-Type": isLooked ? "text/html; charset=utf-8" : "application/json",
    "Cache-Control": "no-store",
    // The rest of a body that nobody reads is not waited for.
    ...(!isRead && { Connection: "close" }),
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

/** All its words are ours: nothing of the request is in it. */
function inWords(status: number, message: string): string {
  const title = status === 404 ? "Not found" : "Refused";
  const text = message.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title} · Haypile</title><link rel="stylesheet" href="/page.css"></head><body><main><h1>${title}</h1><p>${text}</p><p><a href="/">To the page</a></p></main></body></html>\n`;
}
