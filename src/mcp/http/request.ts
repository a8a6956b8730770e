/* One request at /mcp, after the gates: its body, its messages, and the answer in the form that the client reads. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type NodeIncomingMessageLike, toNodeHandler } from "@modelcontextprotocol/node";
import { log } from "../../base/log.ts";
import { type ErrorText, errorText } from "../framing.ts";
import { answeringInJson, bothKinds, type McpHandler, takesStream } from "./answer.ts";
import { type Body, isJson, readBody, refusedBatch } from "./body.ts";

/** Largest body of a request, bytes. */
export const mostBodyBytes = 4 * 1024 * 1024;

export interface Places {
  /** A place among those at work, until the response is over. False: there is none, and that was answered. */
  take(request: IncomingMessage, response: ServerResponse, isOpenEnded: boolean): boolean;
  /** Its body may take as long as it takes: it is read as fast as it can be worked on. */
  spare(request: IncomingMessage): void;
  /** From the whole request to the end of its answer, milliseconds. */
  answerMs: number;
  /** Longest body, bytes; Default: mostBodyBytes, which is the most. */
  mostBytes?: number | undefined;
  /** Looks at what is asked before it is. False: it may not be, and that was answered. */
  judge?: ((messages: readonly unknown[], response: ServerResponse) => boolean) | undefined;
}

/** Of the SDK, for what the protocol has no code for. */
const otherError = -32000;
const note = (error: Error): void => log("debug", `MCP over HTTP: ${error.message}`);

export async function serveMcp(
  mcp: McpHandler,
  request: IncomingMessage,
  response: ServerResponse,
  places: Places,
): Promise<void> {
  if (request.method !== "POST") {
    if (hasBody(request)) {
      return refuse(response, 405, errorText(otherError, "Send messages with POST."));
    }
    if (places.take(request, response, true)) await pass(mcp, request, response, undefined);
    return;
  }
  if (!isJson(request)) {
    const message = "Unsupported Media Type: send one JSON-RPC message as application/json.";
    return refuse(response, 415, errorText(otherError, message));
  }
  // Only what has come whole takes a place: who sends a byte a second holds up nobody.
  const { mostBytes = mostBodyBytes } = places;
  const body = await readBody(request, mostBytes);
  switch (body.kind) {
    case "gone":
      response.destroy();
      return;
    case "too large": {
      const message = `Payload Too Large: the body is longer than ${mostBytes} bytes, the most that is taken. Send less at a time.`;
      return refuse(response, 413, errorText(otherError, message));
    }
    case "wrong":
      return refuse(response, 400, body.answer);
    default:
      await serveBody(mcp, request, response, body, places);
  }
}

async function serveBody(
  mcp: McpHandler,
  request: IncomingMessage,
  response: ServerResponse,
  body: Extract<Body, { kind: "message" | "batch" }>,
  places: Places,
): Promise<void> {
  const isStreamFine = takesStream(request.headers.accept);
  request.headers.accept = bothKinds;
  if (body.kind === "batch") {
    const { messages, errors } = body.batch;
    const version = request.headers["mcp-protocol-version"];
    const refused = refusedBatch(body.batch, Array.isArray(version) ? version[0] : version);
    if (refused !== undefined) return refuse(response, 400, refused);
    if (messages.length === 0) return refuse(response, 400, `[${errors.join(",")}]`);
    if (places.judge?.(messages, response) === false) return;
    if (!places.take(request, response, false)) return;
    endInTime(response, places.answerMs);
    return await pass(answeringInJson(mcp, errors), request, response, messages);
  }
  const { message } = body;
  if (places.judge?.([message], response) === false) return;
  // The one call whose answer goes on as long as the client likes.
  const isListening = "method" in message && message.method === "subscriptions/listen";
  if (!places.take(request, response, isListening)) return;
  if (!isListening) endInTime(response, places.answerMs);
  const asked = isStreamFine || isListening ? mcp : answeringInJson(mcp);
  await pass(asked, request, response, message);
}

async function pass(
  mcp: Pick<McpHandler, "fetch">,
  request: IncomingMessage,
  response: ServerResponse,
  body: unknown,
): Promise<void> {
  const handle = toNodeHandler(mcp, { onerror: note, maxRequestBodySize: mostBodyBytes });
  await handle(request as NodeIncomingMessageLike, response, body);
}

/** Calls have deadlines of their own; this one is for clients that do not read what they asked for. */
function endInTime(response: ServerResponse, ms: number): void {
  const timer = setTimeout(() => response.destroy(), ms);
  response.once("close", () => clearTimeout(timer));
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/** The connection ends with it: what is left of the body is not waited for. */
function refuse(response: ServerResponse, status: number, text: ErrorText): void {
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    ...(status === 405 && { Allow: "POST" }),
    ...(status !== 400 && { Connection: "close" }),
  });
  response.end(`${text}\n`);
}
