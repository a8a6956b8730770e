/* What goes over the wire of the rpc face besides the calls of the table (ports/calls.ts), which go by their names. */

/** What the daemon says of itself, and what it can be told. */
export const daemonMethods = ["health", "metrics", "clients", "listen", "stop"] as const;
export type DaemonMethod = (typeof daemonMethods)[number];

/** Lines of an export or import in one message. */
export const pageLines = 200;
/** And about so many bytes of them. */
export const pageBytes = 1_000_000;

/** Parameters of "engine.*". */
export interface EngineParams {
  folder: string;
  nearest?: boolean;
  args: unknown[];
  /** Send "$/progress" while it runs. */
  progress?: boolean;
}

export interface RpcError {
  code: number;
  message: string;
  data?: { code: string; data: Record<string, unknown> };
}

export const errorCodes = {
  parse: -32700,
  request: -32600,
  method: -32601,
  failed: -32000,
} as const;
