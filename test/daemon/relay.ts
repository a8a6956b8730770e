/*
 * A relay between clients and the daemon of a place: it reads along, line by line, and a test may act before a line goes
 * on. So a daemon can be killed, or a command stopped, at a moment that no clock decides.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createConnection, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import type { Place } from "./helpers.ts";

export type Sender = "client" | "daemon";

/** What becomes of a line: it goes on, or it is lost. */
export type Look = (line: string, from: Sender) => Promise<"lost" | undefined> | "lost" | undefined;

export interface Relay {
  /** Lines that came by. */
  readonly seen: string[];
  /** Nobody gets through any more, and nobody is let in. */
  close(): void;
}

/** Puts a relay between: the daemon's note names it from now on. */
export async function relay(at: Place, look: Look = () => undefined): Promise<Relay> {
  const note = JSON.parse(readFileSync(at.endpoint.owner, "utf8")) as { socket: string };
  const path = join(at.folder, "relay.sock");
  const seen: string[] = [];
  const sockets = new Set<Socket>();
  const pass = (from: Sender, source: Socket, target: Socket): void => {
    sockets.add(source);
    for (const one of [source, target]) one.on("error", () => undefined);
    const lines = createInterface({ input: source }).on("error", () => undefined);
    let last: Promise<unknown> = Promise.resolve();
    lines.on("line", (line) => {
      last = last.then(async () => {
        seen.push(line);
        if ((await look(line, from)) !== "lost") target.write(`${line}\n`);
      });
    });
    source.on("close", () => void last.then(() => target.destroy()));
  };
  const server = createServer((client) => {
    const daemon = createConnection(note.socket);
    pass("client", client, daemon);
    pass("daemon", daemon, client);
  });
  const close = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(close);
  writeFileSync(at.endpoint.owner, JSON.stringify({ ...note, socket: path }));
  return { seen, close };
}
