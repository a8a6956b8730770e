/* What goes over the wire of the rpc face besides the calls of the table (ports/calls.ts), which go by their names. */

import type { StoreState } from "../base/measures/stores.ts";

/** What the daemon says of itself, and what it can be told. */
export const daemonMethods = [
  ...(["health", "metrics", "clients", "listen", "listening", "signInLink", "stop"] as const),
  ...(["ram", "receipt"] as const),
  ...(["stats", "alerts", "thresholds", "setThreshold"] as const),
  "queries",
  "configuration",
] as const;
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
  /** Address of the page; left out where none is served. */
  page?: string | undefined;
  /** Servers of stores that are away, each with since when, why, and what to do; left out where none is. */
  storesAway?: StoreState[] | undefined;
}

export interface HttpWanted {
  /** 1 to 65,535; 0: one that is free. */
  port: number;
  /** Default 127.0.0.1. */
  host?: string | undefined;
  /** false: no token, and only tools that read. Default true. */
  token?: boolean | undefined;
  /** When the port is taken, one of the next that is free. Default false: HAYPILE_PORT_TAKEN. */
  next?: boolean | undefined;
  /** Serve the page too. Default true. */
  page?: boolean | undefined;
}

/** A link that signs a browser in. */
export interface SignInLink {
  /** With a code that works once, after #; without one where the listener has no token. */
  url: string;
  /** A file that only this user reads and that leads to the link, so that no command line shows it; undefined: no code, or not asked for. */
  file: string | undefined;
  /** How long both are good. */
  seconds: number;
}

export interface HttpAddress {
  /** Of MCP. */
  url: string;
  /** Of the page; undefined: it is not served. */
  page: string | undefined;
  /** The file with the token; undefined: there is none. */
  tokenPath: string | undefined;
}

export interface HttpFace extends HttpAddress {
  /** As it listens: the port is the real one. */
  wanted: HttpWanted;
  /** @throws HaypileError HAYPILE_USAGE where no page is served */
  signInLink(hasFile: boolean): SignInLink;
  /**
   * Takes no new requests. Those that came whole are answered first, for `drainMs` at most; one that is still
   * coming in is not waited for.
   */
  close(drainMs: number): Promise<void>;
}
