/* What else a listener may serve behind the gates of MCP. Who makes one says for each path what it needs. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ErrorCode } from "../../base/errors.ts";
import type { Places } from "./request.ts";

export interface Refusal {
  status: number;
  code: ErrorCode;
  message: string;
}

export interface Neighbours {
  /** Of every answer of the listener. */
  headers: Readonly<Record<string, string>>;
  /** Whether what a request shows as its bearer is good; instead of the token of the options. */
  isIn(given: string | undefined): boolean;
  /** What a path needs; undefined: it is not theirs. */
  gate(path: string): "open" | "token" | undefined;
  /** Answers a request at one of their paths, which has passed Host, Origin and token; takes its own place. */
  serve(request: IncomingMessage, response: ServerResponse, places: Places): Promise<void>;
  /** Answers that it is not answered, in their form. */
  refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void;
  /** What is said at a path where nothing is. */
  nothing: string;
  /** Ends what they have open. */
  close(): void;
}
