/*
 * Makes the servers that speak MCP. The SDK wants a fresh one for each connection (stdio) or request (HTTP);
 * making one is cheap, and all that is heavy stays in the backend. Every server of one factory has the same
 * tools, in the same order: they depend on the options, never on who asks.
 */
import { McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { checkOptions } from "../base/check-options.ts";
import { version } from "../base/package/version.ts";
import {
  type McpBackend,
  type McpConnection,
  type McpOptions,
  mcpShape,
} from "./backend/backend.ts";
import { toolGroups } from "./backend/tool-groups.ts";
import { runTool } from "./call/run-tool.ts";
import type { Tool } from "./call/tool.ts";
import { Turns } from "./call/turns.ts";
import { instructions } from "./instructions.ts";
import type { Place } from "./project/project.ts";
import { addPrompts } from "./prompts.ts";
import { addResources } from "./resources.ts";
import { allTools } from "./tools/all.ts";

/** Most members of all lists and objects of one call's arguments. */
const mostElements = 2000;
const hour = { ttlMs: 3_600_000, cacheScope: "public" } as const;
const fixed = { listChanged: false } as const;

/** Servers of one connection. */
export type ServersOf = (connection: McpConnection) => () => McpServer;

/**
 * @returns for each connection, a function that makes a server for it. Call it again for a further request of
 *   the same connection; calls of all its servers share their turns.
 */
export function createServerFactory(backend: McpBackend, options: McpOptions = {}): ServersOf {
  checkOptions("createServerFactory()", options, mcpShape);
  const tools = toolsFor(options);
  return (connection) => {
    const turns = new Turns(options.concurrentCalls);
    return () => makeServer(tools, { backend, connection, options }, turns);
  };
}

/** The tools that these options leave, in order. */
export function toolsFor({ readOnly, tools: groups = toolGroups }: McpOptions): readonly Tool[] {
  return allTools.filter(
    ({ group, annotations }) =>
      groups.includes(group) && (readOnly !== true || annotations.readOnlyHint),
  );
}

function makeServer(tools: readonly Tool[], place: Place, turns: Turns): McpServer {
  const server = new McpServer(
    {
      name: "haypile",
      title: "Haypile",
      version,
      description: "Local memory and code search.",
    },
    {
      instructions,
      capabilities: { tools: fixed, prompts: fixed, resources: fixed, completions: {} },
      maxToolInputElements: mostElements,
      cacheHints: {
        "tools/list": hour,
        "prompts/list": hour,
        "resources/list": hour,
        "resources/templates/list": hour,
        "server/discover": hour,
      },
    },
  );
  for (const tool of tools) {
    const { name, title, description, annotations, input, hasRecord } = tool;
    const isStructured = place.options.structured === true && hasRecord;
    server.registerTool(
      name,
      {
        title,
        description,
        annotations,
        inputSchema: input,
        ...(isStructured && { outputSchema: z.looseObject({}) }),
      },
      (args: unknown, context) => runTool(tool, args, place, context, turns),
    );
  }
  addResources(server, place, tools);
  addPrompts(server, place, tools);
  return server;
}
