/// <reference lib="esnext.disposable" preserve="true" />
/** Public door of the MCP server, to mount it in another program. */
export { HaypileError } from "./base/errors.ts";
export type { McpBackend, McpConnection, McpOptions } from "./mcp/backend.ts";
export { createHttpListener, type HttpOptions } from "./mcp/http.ts";
export { type IndexJob, IndexJobs, type IndexJobsOptions } from "./mcp/jobs.ts";
export { type OpenedBackend, openBackend } from "./mcp/open-backend.ts";
export { serveProcess, takeStdout } from "./mcp/own-stdout.ts";
export { createServerFactory } from "./mcp/server.ts";
export { serveConnection, serveStreams } from "./mcp/stdio.ts";
export { readOrMakeToken } from "./mcp/token.ts";
export type { ToolGroup } from "./mcp/tool-groups.ts";
export type { CodeIndex, Haypile } from "./ports/haypile.ts";
