/* The gates before MCP over HTTP: who gets in by which name, from which page, with which token, and how much at once. */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { connect as connectSocket } from "node:net";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHttpListener, type HttpOptions } from "../../src/mcp/http/http.ts";
import { mostBodyBytes } from "../../src/mcp/http/request.ts";
import { type TestHome, testHome } from "../helpers/mcp.ts";
import { eras, httpTransport, listen, newClient } from "../helpers/mcp-clients.ts";

const token = "k".repeat(43);
const initialize = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "raw", version: "1" },
  },
});
const rpc = { "Content-Type": "application/json", Accept: "application/json, text/event-stream" };

let data: string;
let home: TestHome;

beforeAll(async () => {
  data = realpathSync(mkdtempSync(`${tmpdir()}/haypile-http-`));
  home = await testHome(data);
});

afterAll(async () => {
  await home.close();
  rmSync(data, { recursive: true, force: true });
});

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  body: string;
}

function ask(
  port: number,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  const {
    method = "POST",
    headers = {},
    body = method === "POST" ? initialize : undefined,
  } = options;
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      { port, host: "127.0.0.1", path, method, headers: { ...rpc, ...headers } },
      (response) => {
        let text = "";
        response.on("data", (chunk) => {
          text += chunk;
        });
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
        );
        response.on("error", reject);
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

async function withListener(
  options: HttpOptions,
  use: (port: number, url: string) => Promise<void>,
): Promise<void> {
  const listener = await listen(home, options);
  try {
    await use(listener.port, listener.url);
  } finally {
    await listener.close();
  }
}

describe("Host and Origin", () => {
  const hosts: readonly (readonly [string, boolean])[] = [
    ["127.0.0.1", true],
    ["localhost:3030", true],
    ["[::1]:99", true],
    ["evil.example", false],
    ["127.0.0.1.evil.example", false],
    ["localhost.evil.example:80", false],
    ["0.0.0.0", false],
    ["169.254.169.254", false],
  ];
  const origins: readonly (readonly [string | undefined, boolean])[] = [
    [undefined, true],
    ["http://localhost:5173", true],
    ["http://127.0.0.1", true],
    ["null", false],
    ["https://evil.example", false],
    ["http://localhost.evil.example", false],
    ["file://", false],
    ["nonsense", false],
  ];

  it("are looked at before all else, on every route", async () => {
    await withListener({ metrics: () => "up 1\n" }, async (port) => {
      for (const path of ["/mcp", "/health", "/metrics", "/nowhere"]) {
        const method = path === "/mcp" ? "POST" : "GET";
        for (const [host, hostFine] of hosts) {
          for (const [origin, originFine] of origins) {
            const headers = { Host: host, ...(origin !== undefined && { Origin: origin }) };
            const { status, headers: given } = await ask(port, path, { method, headers });
            const fine = path === "/nowhere" ? 404 : 200;
            expect({ path, host, origin, status }).toEqual({
              path,
              host,
              origin,
              status: hostFine && originFine ? fine : 403,
            });
            expect(Object.keys(given).filter((name) => name.startsWith("access-control"))).toEqual(
              [],
            );
          }
        }
      }
    });
  });

  it("let in further names when told", async () => {
    await withListener({ allowedHosts: ["box.local"] }, async (port) => {
      expect((await ask(port, "/mcp", { headers: { Host: "box.local:3030" } })).status).toBe(200);
      expect((await ask(port, "/mcp", { headers: { Host: "other.local" } })).status).toBe(403);
    });
  });
});

describe("the token", () => {
  it("is needed for all but /health", async () => {
    await withListener({ token, metrics: () => "up 1\n" }, async (port) => {
      const cases: readonly (readonly [string | undefined, number])[] = [
        [undefined, 401],
        ["Bearer", 401],
        [`Bearer ${"k".repeat(42)}`, 401],
        [`Bearer ${"k".repeat(44)}`, 401],
        [`Basic ${token}`, 401],
        [`Bearer ${token} `, 200],
        [`bearer ${token}`, 200],
        [`Bearer ${token}`, 200],
      ];
      for (const [authorization, status] of cases) {
        const headers = authorization === undefined ? {} : { Authorization: authorization };
        expect({ authorization, status: (await ask(port, "/mcp", { headers })).status }).toEqual({
          authorization,
          status,
        });
        expect((await ask(port, "/metrics", { method: "GET", headers })).status).toBe(status);
        expect((await ask(port, "/health", { method: "GET", headers })).status).toBe(200);
      }
      const refused = await ask(port, "/mcp", { headers: { Authorization: "Bearer wrong" } });
      expect(refused.headers["www-authenticate"]).toBe('Bearer error="invalid_token"');
      expect(refused.body).toContain("http-token");
      expect(refused.body).not.toContain("kkkk");
    });
  });

  it("is what makes a server write: without one it only reads", async () => {
    for (const given of [undefined, token]) {
      await withListener({ token: given }, async (_, url) => {
        const client = newClient("modern");
        await client.connect(httpTransport(url, given));
        const names = (await client.listTools()).tools.map(({ name }) => name);
        expect(names.includes("remember")).toBe(given !== undefined);
        expect(names).toContain("recall");
        await client.close();
      });
    }
  });

  it("is needed to listen where others can reach", () => {
    for (const host of ["0.0.0.0", "::", "192.168.1.5", "example.org"]) {
      expect(() => createHttpListener(home, { host })).toThrowError(
        expect.objectContaining({ code: "HAYPILE_USAGE" }),
      );
      expect(() => createHttpListener(home, { host, token: "" })).toThrow();
      createHttpListener(home, { host, token }).close();
    }
    for (const host of ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
      createHttpListener(home, { host }).close();
  });
});

describe("limits", () => {
  it("refuse large bodies, other content and other methods, and go on serving", async () => {
    await withListener({}, async (port) => {
      const large = `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"${"x".repeat(mostBodyBytes)}"}}`;
      const tooLarge = await ask(port, "/mcp", { body: large }).catch(
        (error: NodeJS.ErrnoException) => error,
      );
      // The server may answer and hang up while the client is still sending.
      if ("status" in tooLarge) expect(tooLarge.status).toBe(413);
      else expect(tooLarge.code).toMatch(/^(?:EPIPE|ECONNRESET)$/u);
      expect((await ask(port, "/mcp", { body: "{nonsense" })).status).toBe(400);
      expect((await ask(port, "/mcp", { body: "" })).status).toBe(400);
      expect((await ask(port, "/mcp", { body: `${"[".repeat(100_000)}` })).status).toBe(400);
      expect((await ask(port, "/mcp", { headers: { "Content-Type": "text/plain" } })).status).toBe(
        415,
      );
      expect((await ask(port, "/mcp", { method: "GET" })).status).toBe(405);
      expect((await ask(port, "/mcp", { method: "DELETE" })).status).toBe(405);
      expect((await ask(port, "/health", { method: "POST" })).status).toBe(405);
      expect(
        (await ask(port, "/.well-known/oauth-protected-resource", { method: "GET" })).status,
      ).toBe(404);
      expect((await ask(port, "/mcp")).status).toBe(200);
    });
  });

  it("hang up on clients that send their headers or their body too slowly", async () => {
    const timeouts = { headersMs: 300, requestMs: 600, idleMs: 1000 };
    await withListener({ timeouts }, async (port) => {
      const slow = (text: string): Promise<string> =>
        new Promise((resolve) => {
          const socket = connectSocket(port, "127.0.0.1");
          let given = "";
          socket.on("data", (chunk) => {
            given += chunk;
          });
          socket.on("close", () => resolve(given));
          socket.on("error", () => undefined);
          socket.write(text);
        });
      const head = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
      expect(await slow(head)).toMatch(/^HTTP\/1\.1 4\d\d/u);
      expect(await slow(`${head}Content-Length: 100\r\n\r\n{"js`)).toMatch(
        /^(?:HTTP\/1\.1 4\d\d[\s\S]*)?$/u,
      );
      expect(await slow("")).toMatch(/^(?:HTTP\/1\.1 4\d\d[\s\S]*)?$/u);
      expect(await slow("\0\0garbage\r\n\r\n")).toMatch(/^HTTP\/1\.1 400/u);
      expect((await ask(port, "/mcp")).status).toBe(200);
    });
  });

  it("take a request one byte at a time", async () => {
    await withListener({}, async (port) => {
      const answer = await new Promise<Answer>((resolve, reject) => {
        const headers = { ...rpc, Host: "localhost", "Content-Length": String(initialize.length) };
        const sent = httpRequest(
          { port, host: "127.0.0.1", path: "/mcp", method: "POST", headers },
          (response) => {
            let body = "";
            response.on("data", (chunk) => {
              body += chunk;
            });
            response.on("end", () =>
              resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
            );
          },
        );
        sent.on("error", reject);
        sent.setNoDelay(true);
        const next = (at: number): void => {
          if (at === initialize.length) sent.end();
          else sent.write(initialize[at] as string, () => setImmediate(next, at + 1));
        };
        next(0);
      });
      expect(answer.status).toBe(200);
      expect(answer.body).toContain('"serverInfo"');
    });
  });

  it("answer a client that has closed its side after the request", async () => {
    await withListener({}, async (port) => {
      const answer = await new Promise<string>((resolve) => {
        const socket = connectSocket({ port, host: "127.0.0.1", allowHalfOpen: true });
        let given = "";
        socket.on("data", (chunk) => {
          given += chunk;
        });
        socket.on("end", () => resolve(given));
        const headers = Object.entries({
          ...rpc,
          Host: "localhost",
          "Content-Length": initialize.length,
        });
        const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
        socket.end(`POST /mcp HTTP/1.1\r\n${head}Connection: close\r\n\r\n${initialize}`);
      });
      expect(answer).toMatch(/^HTTP\/1\.1 200[\s\S]*"serverInfo"/u);
    });
  });

  it("stop the call of a client that hangs up, in both eras", async () => {
    for (const era of eras) {
      await withListener({ concurrentCalls: 1 }, async (_, url) => {
        const [leaving, staying] = [newClient(era), newClient(era)];
        await leaving.connect(httpTransport(url));
        await staying.connect(httpTransport(url));
        home.pauseMs = 40_000;
        const stop = new AbortController();
        const call = { name: "recall", arguments: { query: "x" } };
        const left = leaving.callTool(call, { signal: stop.signal }).catch(() => "left");
        await new Promise((done) => setTimeout(done, 200));
        home.pauseMs = 0;
        // Its turn comes when the other's call has ended.
        const answer = staying.callTool(call);
        stop.abort();
        expect(await left).toBe("left");
        await leaving.close();
        expect((await answer).isError).toBeUndefined();
        await staying.close();
      });
    }
  }, 30_000);

  it("refuse what is beyond the requests and connections at once", async () => {
    home.pauseMs = 400;
    await withListener({ requests: 2, connections: 20 }, async (port, url) => {
      const client = newClient("legacy");
      await client.connect(httpTransport(url));
      const slow = [1, 2].map(() => client.callTool({ name: "recall", arguments: { query: "x" } }));
      await new Promise((done) => setTimeout(done, 150));
      const refused = await ask(port, "/health", { method: "GET" });
      expect(refused).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
      for (const one of await Promise.all(slow)) expect(one.isError).toBeUndefined();
      expect((await ask(port, "/health", { method: "GET" })).status).toBe(200);
      await client.close();
    });
    home.pauseMs = 0;
  });

  it("show health and metrics of their owner", async () => {
    await withListener(
      { health: () => ({ uptime: 3 }), metrics: async () => "haypile_up 1\n" },
      async (port) => {
        const health = await ask(port, "/health", { method: "GET" });
        expect(JSON.parse(health.body)).toMatchObject({ status: "ok", uptime: 3 });
        const metrics = await ask(port, "/metrics", { method: "GET" });
        expect(metrics).toMatchObject({
          body: "haypile_up 1\n",
          headers: { "content-type": expect.stringContaining("version=0.0.4") },
        });
      },
    );
    await withListener({}, async (port) => {
      expect((await ask(port, "/metrics", { method: "GET" })).status).toBe(404);
    });
  });
});
