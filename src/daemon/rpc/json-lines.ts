/* JSON objects over a socket, one a line, with a bound on the length of a line. */
import type { Socket } from "node:net";
import { idOfUnread, LineReader } from "../../base/text/line-reader.ts";

/** As much as one memory import page or one search may need, and what the MCP face takes too. */
export const mostLineBytes = 10 * 1024 * 1024;

export interface LineHandlers {
  /** A line that is a JSON object. */
  message(value: Record<string, unknown>): void;
  /** A line that is not, or is too long; it was left out. @param id of the message, where it could be told */
  garbage(what: string, id?: string | number): void;
}

/** Reads lines until the other side says no more; resolves then, or when the socket is gone. */
export function readJsonLines(socket: Socket, handlers: LineHandlers): Promise<void> {
  const lines = new LineReader(mostLineBytes, {
    line: (bytes) => take(bytes.toString("utf8").trim(), handlers),
    tooLong: (head, tail) => {
      const id = JSON.parse(idOfUnread(head, tail)) as string | number | null;
      handlers.garbage(`longer than ${mostLineBytes} bytes`, id ?? undefined);
    },
  });
  return new Promise((resolve) => {
    socket.on("data", (data: Buffer) => lines.add(data));
    socket.once("end", resolve);
    socket.once("close", () => resolve());
    socket.on("error", () => undefined);
    socket.resume();
  });
}

function take(line: string, handlers: LineHandlers): void {
  if (line === "") return;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // Told below.
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    handlers.message(value as Record<string, unknown>);
  } else {
    handlers.garbage("no JSON object");
  }
}

/** Writes one object as a line. A socket that is gone takes it silently. */
export function writeJsonLine(socket: Socket, value: object): void {
  if (!socket.destroyed && socket.writable) socket.write(`${JSON.stringify(value)}\n`);
}
