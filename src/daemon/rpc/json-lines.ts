/* JSON objects over a socket, one a line, with a bound on the length of a line. */
import type { Socket } from "node:net";

/** As much as one memory import page or one search may need, and what the MCP face takes too. */
export const mostLineBytes = 10 * 1024 * 1024;

export interface LineHandlers {
  /** A line that is a JSON object. */
  message(value: Record<string, unknown>): void;
  /** A line that is not, or is too long; it was left out. */
  garbage(what: "too long" | "no JSON object"): void;
}

/** Reads lines until the other side says no more; resolves then, or when the socket is gone. */
export function readJsonLines(socket: Socket, handlers: LineHandlers): Promise<void> {
  const parts: Buffer[] = [];
  let bytes = 0;
  let isTooLong = false;
  const take = (): void => {
    const line = Buffer.concat(parts).toString("utf8").trim();
    parts.length = 0;
    bytes = 0;
    if (isTooLong) {
      isTooLong = false;
      handlers.garbage("too long");
      return;
    }
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
  };
  return new Promise((resolve) => {
    socket.on("data", (data: Buffer) => {
      for (let from = 0; from < data.length; ) {
        const at = data.indexOf(10, from);
        const to = at < 0 ? data.length : at;
        bytes += to - from;
        if (bytes > mostLineBytes) {
          isTooLong = true;
          parts.length = 0;
        } else if (to > from) {
          parts.push(data.subarray(from, to));
        }
        if (at >= 0) take();
        from = to + 1;
      }
    });
    socket.once("end", resolve);
    socket.once("close", () => resolve());
    socket.on("error", () => undefined);
    socket.resume();
  });
}

/** Writes one object as a line. A socket that is gone takes it silently. */
export function writeJsonLine(socket: Socket, value: object): void {
  if (!socket.destroyed && socket.writable) socket.write(`${JSON.stringify(value)}\n`);
}
