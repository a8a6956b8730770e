/* The end of a server waits for nobody who has asked nothing, and for everybody who has. Its own time limits are far off here. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { expect, it } from "vitest";
import { Connections } from "../../../src/mcp/http/connections.ts";
import { tlsFiles } from "./serving.ts";

const farMs = 3_600_000;
const { cert, key } = tlsFiles("one");

it.each([
  ["TLS", true],
  ["plain HTTP", false],
] as const)("over %s ends silent connections, and answers what has come", async (_, isTls) => {
  const asked: ServerResponse[] = [];
  const settings = { connectionsCheckingInterval: 1_000 };
  const pair = { cert: readFileSync(cert), key: readFileSync(key) };
  const server: Server = isTls
    ? createTlsServer({ ...settings, ...pair, handshakeTimeout: farMs })
    : createServer(settings);
  server.headersTimeout = farMs;
  server.requestTimeout = farMs;
  server.keepAliveTimeout = farMs;
  const table = new Connections(server, 100, isTls);
  server.on("request", ({ socket }, response) => {
    table.heard(socket);
    asked.push(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const ends = new Map<string, Promise<unknown>>();
  const open = async (name: string, socket: Socket, ready: string): Promise<Socket> => {
    socket.on("error", () => undefined);
    ends.set(name, once(socket, "close"));
    await once(socket, ready);
    return socket;
  };
  const speaking = (name: string): Promise<Socket> =>
    isTls
      ? open(
          name,
          connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false }),
          "secureConnect",
        )
      : open(name, connect(port, "127.0.0.1"), "connect");

  await open("without a handshake", connect(port, "127.0.0.1"), "connect");
  const half = await open("with half a handshake", connect(port, "127.0.0.1"), "connect");
  if (isTls) half.write(Buffer.from([22, 3, 1, 2, 0]));
  await speaking("without a request");
  const working = await speaking("at work");
  let answer = "";
  working.on("data", (piece) => {
    answer += piece;
  });
  working.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  while (asked.length === 0) await once(server, "request");

  const closed = once(server, "close");
  server.close();
  table.endSilent();
  const silent = ["without a handshake", "with half a handshake", "without a request"];
  await Promise.all(silent.map((name) => ends.get(name)));
  expect(working.destroyed).toBe(false);
  asked[0]?.end("answered all the same");
  await closed;
  await ends.get("at work");
  expect(answer).toContain("answered all the same");
});
