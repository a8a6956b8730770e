/*
 * MCP over a pair of streams: one JSON-RPC message a line. Used for the daemon's sockets, where a bridge pipes
 * a client's stdin and stdout through, and for a process that a client has started itself.
 */
import type { Duplex, Readable, Writable } from "node:stream";
import { StdioServerTransport, serveStdio } from "@modelcontextprotocol/server/stdio";
import { log } from "../base/log.ts";
import type { McpBackend, McpConnection, McpOptions } from "./backend.ts";
import { createServerFactory } from "./server.ts";

/** The longest line taken, bytes. A longer one ends the connection. */
export const longestLine = 10 * 1024 * 1024;

/** Tells when it closes: at a line that is too long it does so by itself, and leaves the streams open. */
class ClosingTransport extends StdioServerTransport {
  readonly #onClose: () => void;

  constructor(input: Readable, output: Writable, onClose: () => void) {
    super(input, output, { maxBufferSize: longestLine });
    this.#onClose = onClose;
  }

  override async close(): Promise<void> {
    this.#onClose();
    await super.close();
  }
}

/**
 * Serves one client until its end of the stream ends, then closes the stream. The first bytes of the stream
 * are the client's: whoever has read a hello line from it puts back (unshift) what came after.
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
  for (const stream of [input, output]) {
    for (const event of ["end", "close", "error"]) stream.once(event, () => resolve());
  }
  const transport = new ClosingTransport(input, output, resolve);
  const handle = serveStdio(serversOf(hello), {
    transport,
    onerror: note,
  });
  await over;
  await handle.close().catch(note);
  output.end();
  input.destroy();
  output.destroy();
}
