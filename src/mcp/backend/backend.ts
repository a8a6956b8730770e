/* What the MCP face needs of the process it runs in. The home of src/engine fits it; so may a host's own. */
import type { ShapeOf } from "../../base/check-options.ts";
import type { KnownIndex } from "../../engine/index/indexes.ts";
import type { Memories } from "../../ports/memories.ts";
import type { CodeEngine } from "./code-engine.ts";
import type { IndexJobs } from "./jobs.ts";
import type { ToolGroup } from "./tool-groups.ts";

export interface McpBackend {
  /** The engine of a folder; with `nearest`, of the nearest folder above that has an index. */
  engine(folder: string, options?: { nearest?: boolean }): Promise<CodeEngine>;
  /** Runs with the engine of a folder, which stays open meanwhile. Without it, engine() is enough. */
  withEngine?<T>(folder: string, run: (engine: CodeEngine) => Promise<T>): Promise<T>;
  /** Engines that are open now. */
  engines(): readonly CodeEngine[];
  /** Indexes on disk, open or not. Without it, those that are open are all that is known. */
  knownIndexes?(): Promise<readonly KnownIndex[]>;
  readonly memories: Memories;
  readonly jobs: IndexJobs;
}

/** Who is at the other end. */
export interface McpConnection {
  /** The folder the client works in, absolute. */
  root?: string | undefined;
  /** The client's own name, for the log. */
  client?: string | undefined;
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
  readOnly?: boolean;
  /** Which groups of tools are there. Default: all. */
  tools?: readonly ToolGroup[];
  /** Tools with records also give structuredContent, and the same JSON as their text. Default false. */
  structured?: boolean;
  /** Further folders that index_path may index, beside the client's own and those indexed already. */
  roots?: readonly string[];
  /** Most time of one call, milliseconds, 100 to 45,000. Default 45,000. */
  deadlineMs?: number;
  /** Calls of one connection that run at once; more wait their turn. Default 16. */
  concurrentCalls?: number;
}
