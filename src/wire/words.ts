/* What goes over the wire of the rpc face besides the calls of the table (ports/calls.ts), which go by their names. */

/** What the daemon says of itself, and what it can be told. */
export const daemonMethods = ["health", "metrics", "clients", "listen", "stop", "queries"] as const;
export type DaemonMethod = (typeof daemonMethods)[number];

/** Lines of an export or import in one message. */
export const pageLines = 200;
/** And about so many bytes of them. */
export const pageBytes = 1_000_000;

/** Parameters of "engine.*". */
export interface EngineParams {
  folder: string;
  nearest?: boolean | undefined;
  args: unknown[];
  /** Send "$/progress" while it runs. */
  progress?: boolean | undefined;
}

export interface RpcError {
  code: number;
  message: string;
  data?: { code: string; data: Record<string, unknown> } | undefined;
}

export const errorCodes = {
  parse: -32700,
  request: -32600,
  method: -32601,
  failed: -32000,
} as const;

export interface Health {
  status: "ok" | "leaving";
  version: string;
  pid: number;
  upSeconds: number;
  clients: number;
  engines: number;
  rssBytes: number;
}

export interface HttpWanted {
  /** 1 to 65,535; 0: one that is free. */
  port: number;
  /** Default 127.0.0.1. */
  host?: string | undefined;
  /** false: no token, and only tools that read. Default true. */
  token?: boolean | undefined;
}

export interface HttpFace {
  url: string;
  /** The file with the token; undefined: there is none. */
  tokenPath: string | undefined;
  /**
   * Takes no new requests. Those that came whole are answered first, for `drainMs` at most; one that is still
   * coming in is not waited for.
   */
  close(drainMs: number): Promise<void>;
}
