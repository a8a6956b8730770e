/// <reference lib="esnext.disposable" preserve="true" />
/** Public door of the MCP server, to mount it in another program. */
export { HaypileError } from "./base/errors.ts";
export type { McpBackend, McpConnection, McpOptions } from "./mcp/backend/backend.ts";
export type { CodeEngine } from "./mcp/backend/code-engine.ts";
export { type IndexJob, IndexJobs, type IndexJobsOptions } from "./mcp/backend/jobs.ts";
export { type OpenedBackend, openBackend } from "./mcp/backend/open-backend.ts";
export type { ToolGroup } from "./mcp/backend/tool-groups.ts";
export { createHttpListener, type HttpOptions } from "./mcp/http/http.ts";
export { readOrMakeToken } from "./mcp/http/token.ts";
export { createServerFactory } from "./mcp/server.ts";
export { serveProcess, takeStdout } from "./mcp/stdio/own-stdout.ts";
export { serveConnection, serveStreams } from "./mcp/stdio/stdio.ts";
