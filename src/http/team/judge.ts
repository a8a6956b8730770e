/*
 * What is known of a request before it is carried out: which scope it takes. A client that may have more from its authorization
 * server is told so by the status and header that MCP wants; what its entry lacks it is told by the call itself.
 */
import { isAbsolute } from "node:path";
import { allTools } from "../../mcp/tools/all.ts";
import { restCalls } from "../api/calls-by-name.ts";
import type { Client, Scope } from "./rights/rights.ts";

const writing: ReadonlySet<string> = new Set(
  allTools.filter(({ annotations }) => !annotations.readOnlyHint).map(({ name }) => name),
);
/** Reading calls, too, that speak of the server as a whole. */
const ofServer = /^\/(?:metrics$|api\/v1\/(?:daemon\/|events$))/u;

/** The scope that a path takes, as far as the path tells. */
export function scopeOfPath(path: string): Scope {
  if (ofServer.test(path)) return "haypile:admin";
  const call = restCalls.get(path.replace(/^\/api\/v1\//u, ""));
  return call === undefined || call.call.reads ? "haypile:read" : "haypile:write";
}

/** The scope that messages of MCP take. */
export function scopeOfMessages(messages: readonly unknown[]): Scope {
  const isWriting = messages.some((message) => writing.has(toolOf(message)?.name ?? ""));
  return isWriting ? "haypile:write" : "haypile:read";
}

/** What the client lacks; undefined: it shows enough. */
export function lacks({ scopes }: Client, needed: Scope): Scope | undefined {
  return scopes === undefined || scopes.includes(needed) ? undefined : needed;
}

/** Collections are the server's user's own: their names and folders are nobody else's business. */
export function namesCollection(messages: readonly unknown[]): boolean {
  return messages.some((message) => {
    const project = toolOf(message)?.arguments?.project;
    if (typeof project !== "string" || project === "*") return false;
    return project.split(",").some((name) => !isAbsolute(name.trim()));
  });
}

interface CalledTool {
  name?: string;
  arguments?: { project?: unknown };
}

function toolOf(message: unknown): CalledTool | undefined {
  if (typeof message !== "object" || message === null) return undefined;
  const { method, params } = message as { method?: unknown; params?: unknown };
  if (method !== "tools/call" || typeof params !== "object" || params === null) return undefined;
  return params as CalledTool;
}

/** The ids that an answer to the messages is owed to. */
export function idOf(messages: readonly unknown[]): string | number | null {
  const [first] = messages as readonly { id?: unknown }[];
  const id = first?.id;
  return typeof id === "string" || typeof id === "number" ? id : null;
}
