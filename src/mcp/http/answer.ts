/*
 * What a client over HTTP can read. Some name both kinds of answer, as the protocol wants; curl and many libraries
 * send an Accept of any type, some only JSON, some nothing. None of them is sent away: who names a stream may get one,
 * everybody else gets the one message there is.
 */

import { type ErrorText, errorText } from "../framing.ts";
import type { McpHandler } from "./http.ts";

const stream = "text/event-stream";
const json = "application/json";
/** What the SDK wants to see; it knows no other. */
export const bothKinds = `${json}, ${stream}`;

/** Whether the client says that it reads a stream of events. */
export function takesStream(accept: string | undefined): boolean {
  return (accept ?? "").split(",").some((range) => {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const isRefused = parameters.some((one) => /^q=0(?:\.0*)?$/u.test(one));
    return !isRefused && (type === stream || type === "text/*");
  });
}

/**
 * The same handler, answering with JSON where it would have streamed: notes of progress are left out.
 * @param batch errors to go with the answers of a batch; undefined: it is one message
 */
export function answeringInJson(
  mcp: Pick<McpHandler, "fetch">,
  batch?: readonly ErrorText[],
): Pick<McpHandler, "fetch"> {
  return {
    fetch: async (request, options) => await inJson(await mcp.fetch(request, options), batch),
  };
}

async function inJson(
  response: Response,
  batch: readonly ErrorText[] | undefined,
): Promise<Response> {
  const type = response.headers.get("content-type") ?? "";
  const isStream = type.startsWith(stream);
  if (!isStream && batch === undefined) return response;
  const text = await response.text();
  const answers = isStream ? answersIn(text) : entriesOf(text);
  const headers = new Headers({ "Content-Type": json });
  const session = response.headers.get("mcp-session-id");
  if (session !== null) headers.set("mcp-session-id", session);
  if (batch === undefined) {
    const [only = errorText(-32603, "The server ended without an answer.")] = answers;
    return new Response(only, { status: response.status, headers });
  }
  const all = [...answers, ...batch];
  if (all.length === 0) return new Response(null, { status: 202 });
  // One that is refused whole, as for a wrong session, is an answer by itself.
  const isRefused = !response.ok && batch.length === 0;
  return new Response(isRefused ? text : `[${all.join(",")}]`, {
    status: response.ok ? 200 : response.status,
    headers,
  });
}

/** The answers in a stream, as JSON texts. */
function answersIn(events: string): string[] {
  return events
    .split(/\r?\n\r?\n/u)
    .map((event) =>
      event
        .split(/\r?\n/u)
        .filter((line) => line.startsWith("data:"))
        .map((line) => line.slice(5).trimStart())
        .join("\n"),
    )
    .filter((data) => data !== "" && isAnswer(data));
}

function isAnswer(data: string): boolean {
  const value = JSON.parse(data) as Record<string, unknown>;
  return "result" in value || "error" in value;
}

function entriesOf(text: string): string[] {
  if (text.trim() === "") return [];
  const value: unknown = JSON.parse(text);
  return (Array.isArray(value) ? value : [value]).map((entry) => JSON.stringify(entry));
}
