/*
 * MCP over a pair of streams: one JSON-RPC message a line. Used for the daemon's sockets, where a bridge pipes
 * a client's stdin and stdout through, and for a process that a client has started itself.
 */
import type { Duplex, Readable, Writable } from "node:stream";
import type { JSONRPCMessage } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { log } from "../../base/log.ts";
import type { McpBackend, McpConnection, McpOptions } from "../backend/backend.ts";
import { createServerFactory } from "../server.ts";
import { HeldEnd } from "./held-end.ts";
import { LineTransport } from "./line-transport.ts";

/** Tells when it closes, and leaves the streams open. */
class ClosingTransport extends LineTransport {
  readonly #onClose: () => void;
  readonly #held: HeldEnd;

  constructor(held: HeldEnd, output: Writable, onClose: () => void) {
    super(held.input, output);
    this.#held = held;
    this.#onClose = onClose;
  }

  /** Minds what is asked. Call it when somebody listens to the messages. */
  mind(): void {
    const heed = this.onmessage;
    this.onmessage = (message) => {
      this.#held.asked(message);
      heed?.(message);
    };
  }

  override async send(message: JSONRPCMessage): Promise<void> {
    await super.send(message);
    this.#held.answered(message);
  }

  override async close(): Promise<void> {
    this.#onClose();
    await super.close();
  }
}

/**
 * Serves one client until its end of the stream ends and what it asked is answered, then closes the stream. The
 * first bytes of the stream are the client's: whoever has read a hello line from it puts back (unshift) what came
 * after.
 *
 * @param hello what the client said of itself
 * @returns resolves when the connection is over, however it ended
 * @throws HaypileError HAYPILE_USAGE for options, before anything is read; nothing else
 */
export function serveConnection(
  stream: Duplex,
  hello: McpConnection,
  backend: McpBackend,
  options: McpOptions = {},
): Promise<void> {
  return serveStreams(stream, stream, hello, backend, options);
}

/**
 * As serveConnection(), over two streams: stdin and stdout of a process that the client has started itself.
 * Nothing else may write to `output` meanwhile.
 */
export async function serveStreams(
  input: Readable,
  output: Writable,
  hello: McpConnection,
  backend: McpBackend,
  options: McpOptions = {},
): Promise<void> {
  const serversOf = createServerFactory(backend, options);
  const note = (error: Error): void => log("debug", `MCP connection: ${error.message}`);
  // A client that went away is no failure of ours.
  output.on("error", note);
  input.on("error", note);
  const { promise: over, resolve } = Promise.withResolvers<void>();
  // The input's own end, and its being gone, come through this.
  const held = new HeldEnd(input);
  held.input.once("end", () => resolve());
  input.once("error", () => resolve());
  for (const event of ["close", "error"]) output.once(event, () => resolve());
  const transport = new ClosingTransport(held, output, resolve);
  const handle = serveStdio(serversOf(hello), {
    transport,
    onerror: note,
  });
  transport.mind();
  await over;
  await handle.close().catch(note);
  output.end();
  input.destroy();
  output.destroy();
}
