/*
 * A process that speaks MCP over its stdin and stdout itself, without a daemon. Its stdout is the protocol's
 * alone: what any other code writes there goes to stderr from the call on.
 */
import { Writable } from "node:stream";
import type { McpBackend, McpConnection, McpOptions } from "../backend/backend.ts";
import { serveStreams } from "./stdio.ts";

/** stdout for the caller only. Call it before anything that may print is loaded; a second call is refused. */
export function takeStdout(): Writable {
  if (isTaken) throw new Error("stdout is taken already.");
  isTaken = true;
  const { stdout, stderr } = process;
  const write = stdout.write.bind(stdout);
  const own = new Writable({
    write: (bytes: Uint8Array, _, done) => {
      write(bytes, done);
    },
  });
  stdout.on("error", (error) => own.destroy(error));
  stdout.write = stderr.write.bind(stderr) as typeof stdout.write;
  return own;
}

let isTaken = false;

/**
 * Serves the client that started this process, until its end of stdin. The caller ends the process then:
 * timers or watchers of others would keep it alive.
 */
export async function serveProcess(
  connection: McpConnection,
  backend: McpBackend,
  options: McpOptions = {},
  output: Writable = takeStdout(),
): Promise<void> {
  await serveStreams(process.stdin, output, connection, backend, options);
}
