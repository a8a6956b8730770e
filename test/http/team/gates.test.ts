/* The gates of `haypile serve`: who gets in, how much each may ask, and what is told to who does not. */
import { readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { request as tlsRequest } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { connect as tlsConnect } from "node:tls";
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from "vitest";
import { revokeServeClient } from "../../../src/daemon/serve/clients.ts";
import { checkServe } from "../../../src/daemon/serve/serve-options.ts";
import { renewTls } from "../../../src/daemon/serve/tls-files.ts";
import { DoorKeeper } from "../../../src/http/team/clients/door-keeper.ts";
import { ClientLimits } from "../../../src/http/team/rights/limits.ts";
import { eras, httpTransport, newClient } from "../../helpers/mcp-clients.ts";
import { ask, bearer, json, say } from "../asking.ts";
import { serveData, startServer, type TestServer, tlsFiles } from "./serving.ts";

const place = serveData();
let server: TestServer;
let writer: string;
let reader: string;
let keeper: string;

beforeAll(async () => {
  server = await startServer({ publicUrl: "http://localhost:8443" });
  await server.untilReady();
  writer = server.client("writer", { write: ["team"] });
  reader = server.client("reader", { read: ["team"] });
  keeper = server.client("keeper", { admin: true });
});

afterAll(async () => {
  await server.stop();
  place.remove();
});

const remember = "/api/v1/memories/remember";
const recall = "/api/v1/memories/recall?query=deploy";
const post = (token: string, body: unknown) => ({
  method: "POST",
  headers: { ...json, ...bearer(token) },
  body: JSON.stringify(body),
});
const call = (name: string, args: object) => ({
  ...{ jsonrpc: "2.0", id: 7, method: "tools/call", params: { name, arguments: args } },
});

it("keeps of a token only what it hashes to, in a file of its user alone", () => {
  const text = readFileSync(server.clientFile, "utf8");
  expect(text).toContain('"writer"');
  expect(text).not.toContain("hpt_");
  for (const token of [writer, reader, keeper]) expect(text).not.toContain(token.slice(4, 20));
});

it("lets nobody in without a token that is good, at any path but those that say nothing", async () => {
  const { port } = server;
  const wrong = [
    undefined,
    "x",
    "hpt_",
    `hpt_${"A".repeat(43)}`,
    `${writer}x`,
    writer.slice(0, -1),
  ];
  for (const token of wrong) {
    for (const path of [
      "/mcp",
      recall,
      "/metrics",
      "/",
      "/api/v1/events",
      "/api/v1/session",
      "/../health",
      "//health",
      "/health/",
      "/ready?x",
    ]) {
      const headers = token === undefined ? {} : bearer(token);
      const { status, body, headers: given } = await ask(port, path, { headers });
      if (path === "/ready?x") expect(status).toBe(200);
      else {
        expect(status, path).toBe(401);
        expect(given["www-authenticate"]).toBe(
          token === undefined ? "Bearer" : 'Bearer error="invalid_token"',
        );
        expect(JSON.parse(body).error.code).toBe("HAYPILE_UNAUTHORIZED");
      }
    }
  }
  // A token in the address is in logs and histories.
  expect((await ask(port, `${recall}&access_token=${writer}`)).status).toBe(401);
  expect((await ask(port, recall, { headers: { Authorization: `Basic ${writer}` } })).status).toBe(
    401,
  );
});

it("says to anybody that it is there and ready, and no more", async () => {
  const health = await ask(server.port, "/health");
  expect(Object.keys(JSON.parse(health.body)).sort()).toEqual(["status", "version"]);
  for (const _ of [1, 2]) {
    const ready = await ask(server.port, "/ready");
    expect([ready.status, JSON.parse(ready.body)]).toEqual([200, { ready: true }]);
  }
  // A probe calls it by whatever address it has.
  const asked = await ask(server.port, "/ready", { headers: { Host: "pod-7.cluster.local" } });
  expect(asked.status).toBe(200);
  expect((await ask(server.port, "/health", { method: "POST" })).status).toBe(405);
});

it("goes by its own names, and lets no page of another in", async () => {
  const { port } = server;
  const statusAs = async (headers: Record<string, string>): Promise<number> =>
    (await ask(port, recall, { headers: { ...bearer(reader), ...headers } })).status;
  for (const host of ["localhost", "localhost:8443", "127.0.0.1:1", "10.1.2.3", "[::1]:9"]) {
    expect(await statusAs({ Host: host }), host).toBe(200);
  }
  for (const host of ["evil.example.com", "localhost.evil.com", "a b", "localhost@evil.com:80"]) {
    expect(await statusAs({ Host: host }), host).not.toBe(200);
  }
  expect(await statusAs({ Origin: "https://evil.example.com" })).toBe(403);
  expect(await statusAs({ Origin: "null" })).toBe(403);
  expect(await statusAs({ Origin: "http://localhost:8443" })).toBe(200);
  const head = `Authorization: Bearer ${reader}\r\nConnection: close\r\n`;
  const twice = `GET ${recall} HTTP/1.1\r\nHost: localhost\r\nHost: evil.com\r\n${head}\r\n`;
  expect(await say(port, twice)).toMatch(/^HTTP\/1\.1 40[03] /);
});

it("gives each client what its rights are, over MCP and over REST", async () => {
  const { port } = server;
  const kept = await ask(port, remember, post(writer, { text: "We deploy on Tuesdays." }));
  expect(JSON.parse(kept.body)).toMatchObject({ status: "stored", namespace: "team" });
  const read = await ask(port, recall, { headers: bearer(reader) });
  expect(JSON.parse(read.body).hits).toHaveLength(1);
  const refused = await ask(port, remember, post(reader, { text: "x" }));
  expect([refused.status, JSON.parse(refused.body).error.code]).toEqual([
    403,
    "HAYPILE_STORE_RIGHTS",
  ]);
  const tool = await ask(port, "/mcp", post(reader, call("remember", { text: "x" })));
  expect(JSON.parse(tool.body).result).toMatchObject({ isError: true });
  for (const path of ["/metrics", "/api/v1/daemon/health", "/api/v1/events"]) {
    expect((await ask(port, path, { headers: bearer(writer) })).status, path).toBe(403);
  }
  expect((await ask(port, "/metrics", { headers: bearer(keeper) })).body).toContain(
    "haypile_calls_total",
  );
  expect((await ask(port, "/api/v1/daemon/health", { headers: bearer(keeper) })).status).toBe(200);
  // What only a daemon has is nobody's here.
  for (const name of ["clients", "stop", "listen", "setThreshold", "configuration"]) {
    const said = await ask(port, `/api/v1/daemon/${name}`, post(keeper, {}));
    expect(said.status, name).toBeGreaterThanOrEqual(400);
  }
});

it.each(eras)(
  "serves a client of the %s era, which asks in its namespace without naming it",
  async (era) => {
    const client = newClient(era);
    await client.connect(httpTransport(server.url, writer));
    const textOf = async (name: string, args: Record<string, unknown>): Promise<string> => {
      const { content } = (await client.callTool({ name, arguments: args })) as {
        content: { text: string }[];
      };
      return content.map(({ text }) => text).join("\n");
    };
    expect(await textOf("remember", { text: `The ${era} client was here.` })).toContain(
      "in namespace team",
    );
    expect(await textOf("recall", { query: `${era} client` })).toContain(`The ${era} client`);
    expect(await textOf("recall", { query: "client", namespace: "default" })).toContain("no right");
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(["remember", "recall", "forget"]);
    await client.close();
  },
);

it("knows a client that is added, and knows one that is revoked no more, at once", async () => {
  const token = server.client("guest", { read: ["team"] });
  const headers = bearer(token);
  expect((await ask(server.port, recall, { headers })).status).toBe(200);
  revokeServeClient(server.clientFile, "guest");
  expect((await ask(server.port, recall, { headers })).status).toBe(401);
});

it("ends what a client is being told when it is revoked", async () => {
  const token = server.client("listener", { admin: true });
  const events = say(
    server.port,
    `GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  );
  await wait(300);
  revokeServeClient(server.clientFile, "listener");
  expect(await events).toMatch(/^HTTP\/1\.1 200 /);
});

it("goes by the file of before where it is damaged, and by the new one when it is whole again", async () => {
  const before = readFileSync(server.clientFile, "utf8");
  const headers = bearer(reader);
  writeFileSync(server.clientFile, "{ half");
  expect((await ask(server.port, recall, { headers })).status).toBe(200);
  writeFileSync(server.clientFile, before.replace('"reader"', '"renamed"'));
  expect((await ask(server.port, recall, { headers })).status).toBe(200);
  writeFileSync(server.clientFile, JSON.stringify({ version: 1, clients: [] }));
  expect((await ask(server.port, recall, { headers })).status).toBe(401);
  writeFileSync(server.clientFile, before);
});

it("takes so much of one client, and goes on for the others", async () => {
  const few = server.client("few", { read: ["team"] }, { perMinute: 3 });
  const statuses: number[] = [];
  for (let at = 0; at < 5; at += 1) {
    statuses.push((await ask(server.port, recall, { headers: bearer(few) })).status);
  }
  expect(statuses).toEqual([200, 200, 200, 429, 429]);
  const refused = await ask(server.port, recall, { headers: bearer(few) });
  expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
  expect((await ask(server.port, recall, { headers: bearer(reader) })).status).toBe(200);
  const short = server.client("short", { write: ["team"] }, { bodyBytes: 1_024 });
  for (const path of [remember, "/mcp"]) {
    const long = await ask(server.port, path, post(short, { text: "a ".repeat(1_000) }));
    expect(long.status, path).toBe(413);
  }
});

it("works on so many requests of one client at once", async () => {
  const one = server.client("one at a time", { admin: true, read: ["team"] }, { concurrent: 1 });
  const stream = connect(server.port, "127.0.0.1");
  await new Promise<void>((resolve) => {
    stream.once("data", () => resolve());
    stream.write(
      `GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${one}\r\n\r\n`,
    );
  });
  expect((await ask(server.port, recall, { headers: bearer(one) })).status).toBe(429);
  stream.destroy();
  for (;;) {
    if ((await ask(server.port, recall, { headers: bearer(one) })).status === 200) break;
    await wait(50);
  }
});

it("keeps no place for who goes away while its token is looked at", async () => {
  const hasty = server.client("hasty", { read: ["team"] }, { concurrent: 2 });
  const { clientOf } = DoorKeeper.prototype;
  let asked = 0;
  let goOn = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const slow = vi.spyOn(DoorKeeper.prototype, "clientOf").mockImplementation(async function (
    this: DoorKeeper,
    shown,
  ) {
    asked += 1;
    await held;
    return await clientOf.call(this, shown);
  });
  onTestFinished(() => slow.mockRestore());
  const head = `Host: localhost\r\nAuthorization: Bearer ${hasty}\r\n\r\n`;
  const sockets = [1, 2, 3].map(() => connect(server.port, "127.0.0.1"));
  for (const socket of sockets) socket.write(`GET ${recall} HTTP/1.1\r\n${head}`);
  while (asked < sockets.length) await wait(10);
  for (const socket of sockets) socket.destroy();
  // A server that has not seen it by then gives the places back later.
  await wait(100);
  goOn();
  for (;;) {
    if ((await ask(server.port, recall, { headers: bearer(hasty) })).status === 200) break;
    await wait(50);
  }
});

it("fills a client's bucket by the minute, and remembers no end of clients", () => {
  let now = 0;
  const limits = new ClientLimits(() => now);
  const most = { perMinute: 60, concurrent: 1_000, bodyBytes: 1 };
  const isIn = (key: string): boolean => limits.admit(key, most).isIn;
  expect(Array.from({ length: 61 }, () => isIn("a")).filter(Boolean)).toHaveLength(60);
  expect(isIn("b")).toBe(true);
  now = 2_500;
  expect([isIn("a"), isIn("a"), isIn("a")]).toEqual([true, true, false]);
  for (let at = 0; at < 12_000; at += 1) {
    const admission = limits.admit(`c${at}`, most);
    if (admission.isIn) admission.done();
  }
  expect(limits.known).toBeLessThan(10_100);
});

it("serves nothing in the clear to other machines, and says what lacks", () => {
  const says = (options: object): string => {
    try {
      return JSON.stringify(checkServe({ listen: ":8443", ...options }));
    } catch (error) {
      return (error as Error).message;
    }
  };
  for (const listen of [":8443", "0.0.0.0:1", "[::]:1", "10.0.0.1:1", "example.com:1"]) {
    expect(says({ listen }), listen).toContain("in the clear");
    expect(says({ listen, behindProxy: true }), listen).not.toContain("in the clear");
  }
  expect(says({ listen: "127.0.0.1:0" })).toContain('"port":0');
  for (const listen of ["8443", "localhost", "a:b", ":99999", "[x]:1", "http://x:1"]) {
    expect(says({ listen }), listen).toContain("--listen");
  }
  expect(says({ cert: "x" })).toContain("--key");
  const url = { behindProxy: true, publicUrl: "https://h.example.com" };
  expect(says({ ...url, issuer: "https://i.example.com" })).toContain("--jwks");
  const oauth = { issuer: "https://i.example.com", jwks: "keys.json" };
  expect(says({ ...url, ...oauth })).toContain("https://h.example.com/mcp");
  expect(says({ ...url, ...oauth, issuer: "http://i.example.com" })).toContain("https://");
  expect(says({ behindProxy: true, publicUrl: "http://h.example.com" })).toContain("https://");
});

it("says why it cannot listen", async () => {
  for (const [listen, code] of [
    [`127.0.0.1:${server.port}`, "HAYPILE_PORT_TAKEN"],
    // Of examples: no machine has it.
    ["192.0.2.1:0", "HAYPILE_USAGE"],
  ] as const) {
    await expect(startServer({ listen, behindProxy: true }), listen).rejects.toMatchObject({
      code,
    });
  }
});

it("serves TLS, and the new certificate when the files are new", async () => {
  const paths = { cert: join(place.data, "server.pem"), key: join(place.data, "server.key") };
  const put = (name: "one" | "two"): void => {
    const from = tlsFiles(name);
    writeFileSync(paths.cert, readFileSync(from.cert));
    writeFileSync(paths.key, readFileSync(from.key));
  };
  put("one");
  const tls = await startServer({ ...paths });
  expect(tls.url).toMatch(/^https:/);
  const nameAt = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = tlsConnect({ port: tls.port, host: "127.0.0.1", rejectUnauthorized: false });
      socket.once("error", reject);
      socket.once("secureConnect", () => {
        const { CN } = socket.getPeerCertificate().subject;
        resolve(String(CN));
        socket.destroy();
      });
    });
  expect(await nameAt()).toBe("haypile test one");
  const status = await new Promise((resolve, reject) => {
    const ca = readFileSync(paths.cert);
    const options = { port: tls.port, host: "localhost", path: recall, ca };
    tlsRequest({ ...options, headers: bearer(reader) }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .once("error", reject)
      .end();
  });
  expect(status).toBe(200);
  // In the clear nothing comes back.
  expect(await say(tls.port, "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")).not.toContain(
    "ok",
  );
  await tls.stop();
  const contexts: unknown[] = [];
  const listening = { setSecureContext: (one: unknown) => void contexts.push(one) };
  const end = renewTls(listening as never, paths, 20);
  writeFileSync(paths.cert, "half a certificate");
  await wait(100);
  expect(contexts).toEqual([]);
  // Not even to be looked at: it leads to itself.
  rmSync(paths.cert);
  symlinkSync(paths.cert, paths.cert);
  await wait(100);
  rmSync(paths.cert);
  put("two");
  while (contexts.length === 0) await wait(20);
  end();
});
