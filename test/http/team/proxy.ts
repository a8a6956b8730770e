/*
 * A proxy as it stands in front of several servers: each request goes to the next one in turn, over connections that are
 * kept, and to none that says at /ready that it is not.
 */
import {
  Agent,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

const lookMs = 50;

export interface Proxy {
  url: string;
  /** Requests that each server was given, by its port. */
  given: ReadonlyMap<number, number>;
  /** Requests that no server answered. */
  failed: string[];
  close(): Promise<void>;
}

export async function startProxy(ports: readonly number[]): Promise<Proxy> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const given = new Map(ports.map((port) => [port, 0]));
  const ready = new Set<number>(ports);
  const failed: string[] = [];
  let turn = 0;
  const looks = ports.map((port) =>
    setInterval(() => {
      const asked = request(
        { port, host: "127.0.0.1", path: "/ready", timeout: 2_000 },
        (answer) => {
          answer.resume();
          if (answer.statusCode === 200) ready.add(port);
          else ready.delete(port);
        },
      );
      asked.once("error", () => ready.delete(port));
      asked.end();
    }, lookMs),
  );
  const server: Server = createServer((asked: IncomingMessage, answering: ServerResponse) => {
    const open = ports.filter((port) => ready.has(port));
    const port = open[turn++ % Math.max(1, open.length)];
    const fail = (why: string): void => {
      failed.push(`${asked.method} ${asked.url} at ${port}: ${why}`);
      if (answering.headersSent) answering.destroy();
      else answering.writeHead(502).end();
    };
    if (port === undefined) return fail("no server is ready");
    given.set(port, (given.get(port) ?? 0) + 1);
    const { method, url, headers } = asked;
    const sent = request(
      { port, host: "127.0.0.1", path: url, method, headers, agent },
      (answer) => {
        const { connection: _, "keep-alive": __, ...rest } = answer.headers;
        answering.writeHead(answer.statusCode ?? 502, rest);
        answer.pipe(answering);
        answer.once("error", (error) => fail(error.message));
      },
    );
    sent.once("error", (error) => fail(error.message));
    asked.pipe(sent);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    given,
    failed,
    close: async () => {
      for (const look of looks) clearInterval(look);
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      agent.destroy();
    },
  };
}
