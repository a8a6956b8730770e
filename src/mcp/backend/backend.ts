/* What the MCP face needs of the process it runs in, who is at the other end, and what a host may choose. */
import type { ShapeOf } from "../../base/check-options.ts";
import type { Haypile } from "../../ports/haypile.ts";
import type { IndexJobs } from "./jobs.ts";
import type { ToolGroup } from "./tool-groups.ts";

export interface McpBackend {
  readonly haypile: Haypile;
  /** Index runs that outlive the call that began them; shared by all connections. */
  readonly jobs: IndexJobs;
  /** A project without an index gets one at the first question. Default false. */
  readonly indexesNew?: boolean | undefined;
}

/** Who is at the other end. */
export interface McpConnection {
  /** The folder the client works in, absolute. */
  root?: string | undefined;
  /** The client's own name, for the log. */
  client?: string | undefined;
  /**
   * Where its memories go when no namespace is said; they are looked for in all that it may read then. Default: that of the
   * project in `root`, and what holds everywhere.
   */
  namespace?: string | undefined;
}

/** Options of createServerFactory(), serveConnection() and their like. */
export const mcpShape = {
  readOnly: "boolean",
  tools: "texts",
  structured: "boolean",
  roots: "texts",
  deadlineMs: "number",
  concurrentCalls: "number",
} as const satisfies ShapeOf<McpOptions>;

export interface McpOptions {
  /** Leave out the tools that write. Default false. */
  readOnly?: boolean | undefined;
  /** Which groups of tools are there. Default: all. */
  tools?: readonly ToolGroup[] | undefined;
  /** Tools with records also give structuredContent, and the same JSON as their text. Default false. */
  structured?: boolean | undefined;
  /** Further folders that index_path may index, beside the client's own and those indexed already. */
  roots?: readonly string[] | undefined;
  /** Most time of one call, milliseconds, 100 to 45,000. Default 45,000. */
  deadlineMs?: number | undefined;
  /** Calls of one connection that run at once; more wait their turn. Default 16. */
  concurrentCalls?: number | undefined;
}
