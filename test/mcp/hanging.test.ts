/*
 * Clients that hang. Kind of report: unfinished headers and a byte a second held all places of the HTTP server for
 * ever, so that nobody else was served.
 */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { connect as connectSocket, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HttpOptions } from "../../src/mcp/http/http.ts";
import { type TestHome, testHome } from "../helpers/mcp.ts";
import { httpTransport, listen, newClient } from "../helpers/mcp-clients.ts";

const token = "k".repeat(43);
let data: string;
let home: TestHome;

beforeAll(async () => {
  data = realpathSync(mkdtempSync(join(tmpdir(), "haypile-hanging-")));
  home = await testHome(data);
});

afterAll(async () => {
  await home.close();
  rmSync(data, { recursive: true, force: true });
});

const line = "POST /mcp HTTP/1.1\r\nHost: localhost\r\n";
const head = `${line}Content-Type: application/json\r\nAuthorization: Bearer ${token}\r\n`;
const list = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}';

/** A client that never comes to an end: what it says first, and what it goes on saying. */
const hangers: Readonly<Record<string, { first: string; more?: string; halfClose?: boolean }>> = {
  "says nothing": { first: "" },
  "stops in the request line": { first: "POST /mcp HT" },
  "stops in a header": { first: `${line}X-Slow: ` },
  "sends a header byte by byte": { first: `${line}X-Slow: `, more: "a" },
  "sends headers without end": { first: line, more: "X-One: 1\r\n" },
  "sends a body byte by byte": { first: `${head}Content-Length: 1000000\r\n\r\n`, more: " " },
  "sends chunks without end": {
    first: `${head}Transfer-Encoding: chunked\r\n\r\n`,
    more: "1\r\n \r\n",
  },
  "stops in the body": { first: `${head}Content-Length: 100\r\n\r\n{"json` },
  "closes its side in a header": { first: `${line}X-Slow: `, halfClose: true },
  "goes on after an error": { first: "\0\0nonsense\r\n\r\n", more: "x" },
  "keeps an idle connection": { first: `${head}Content-Length: ${list.length}\r\n\r\n${list}` },
};

interface Hanger {
  socket: Socket;
  text: string;
  closed: Promise<void>;
}

function hang(port: number, name: string, everyMs = 100): Hanger {
  const { first, more, halfClose } = hangers[name] as (typeof hangers)[string];
  const socket = connectSocket({ port, host: "127.0.0.1", allowHalfOpen: true });
  const closed = Promise.withResolvers<void>();
  const hanger: Hanger = { socket, text: "", closed: closed.promise };
  socket.on("data", (chunk) => {
    hanger.text += chunk;
  });
  socket.on("error", () => undefined);
  if (halfClose === true) socket.end(first);
  else socket.write(first);
  // It goes on, also when the server has ended its side.
  const timer = setInterval(
    () => more !== undefined && socket.writable && socket.write(more),
    everyMs,
  );
  const look = setInterval(() => {
    if (!socket.destroyed && !(socket.readableEnded && more === undefined)) return;
    clearInterval(timer);
    clearInterval(look);
    closed.resolve();
  }, 20);
  return hanger;
}

async function withListener(
  options: HttpOptions,
  use: (port: number, url: string, connections: () => Promise<number>) => Promise<void>,
): Promise<void> {
  const listener = await listen(home, { token, ...options });
  try {
    await use(listener.port, listener.url, listener.connections);
  } finally {
    await listener.close();
  }
}

describe("a client over HTTP that hangs", () => {
  it("is hung up on, however it does it", async () => {
    const timeouts = { headersMs: 500, requestMs: 1500, idleMs: 3000 };
    await withListener({ timeouts }, async (port, _, connections) => {
      for (const name of Object.keys(hangers)) {
        const { socket } = hang(port, name);
        // The server itself counts: its side is over whatever the client thinks.
        let count = -1;
        for (let tries = 0; count !== 0 && tries < 600; tries += 1) {
          await wait(50);
          count = tries < 5 ? -1 : await connections();
        }
        expect(`${name}: ${count} open`).toBe(`${name}: 0 open`);
        socket.destroy();
      }
    });
  }, 240_000);

  it("is told what it did, where it can be told", async () => {
    const timeouts = { headersMs: 300, requestMs: 600 };
    await withListener({ timeouts }, async (port) => {
      const told = async (name: string): Promise<string> => {
        const hanger = hang(port, name);
        await hanger.closed;
        hanger.socket.destroy();
        return hanger.text.split("\r\n")[0] ?? "";
      };
      expect(await told("stops in a header")).toBe("HTTP/1.1 408 Request Timeout");
      expect(await told("stops in the body")).toBe("HTTP/1.1 408 Request Timeout");
      expect(await told("goes on after an error")).toBe("HTTP/1.1 400 Bad Request");
      const large = connectSocket(port, "127.0.0.1");
      let text = "";
      large.on("data", (chunk) => {
        text += chunk;
      });
      large.on("error", () => undefined);
      large.write(`${line}X-Large: ${"x".repeat(20_000)}`);
      await new Promise((resolve) => large.once("close", resolve));
      expect(text).toMatch(/^HTTP\/1\.1 431 /u);
    });
  }, 120_000);

  it("holds nobody up, with two hundred of its kind", async () => {
    // The limits are those of a real server: nobody of these is timed out meanwhile.
    await withListener({}, async (port, url) => {
      const names = Object.keys(hangers);
      const bad = Array.from({ length: 200 }, (_, at) =>
        hang(port, names[at % names.length] as string, 1000),
      );
      await wait(500);
      for (const era of ["legacy", "modern"] as const) {
        const client = newClient(era);
        await client.connect(httpTransport(url, token));
        const calls = Array.from({ length: 20 }, (_, at) =>
          client.callTool({ name: "recall", arguments: { query: `number ${at}` } }),
        );
        for (const { isError } of await Promise.all(calls)) expect(isError).toBeUndefined();
        await client.close();
      }
      for (const { socket } of bad) socket.destroy();
    });
  }, 120_000);

  it("does not take the places of those at work, and not the connections of those who are", async () => {
    home.pauseMs = 3000;
    await withListener({ requests: 4, connections: 8 }, async (port, url) => {
      const client = newClient("legacy");
      await client.connect(httpTransport(url, token));
      const working = [1, 2].map(() =>
        client.callTool({ name: "recall", arguments: { query: "x" } }),
      );
      await wait(300);
      const bad = Array.from({ length: 40 }, () => hang(port, "stops in the body"));
      await wait(300);
      const other = newClient("legacy");
      await other.connect(httpTransport(url, token));
      expect((await other.listTools()).tools.length).toBeGreaterThan(5);
      for (const { isError } of await Promise.all(working)) expect(isError).toBeUndefined();
      await client.close();
      await other.close();
      for (const { socket } of bad) socket.destroy();
    });
    home.pauseMs = 0;
  }, 120_000);

  it("that does not read its answer loses it after a while", async () => {
    await withListener({ timeouts: { answerMs: 1000 } }, async (port, _, connections) => {
      const socket = connectSocket(port, "127.0.0.1");
      socket.on("error", () => undefined);
      socket.pause();
      const request = `${head}Accept: text/event-stream\r\nContent-Length: ${list.length}\r\n\r\n${list}`;
      // More answers than the buffers of a connection hold.
      socket.write(request.repeat(900));
      await wait(200);
      let count = 1;
      for (let tries = 0; count !== 0 && tries < 600; tries += 1) {
        await wait(50);
        count = await connections();
      }
      expect(count).toBe(0);
      socket.destroy();
      const answer = await fetch(`http://127.0.0.1:${port}/health`);
      expect(answer.status).toBe(200);
    });
  }, 120_000);
});
