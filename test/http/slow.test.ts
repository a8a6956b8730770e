/* Clients that are slow on purpose: they take nobody's place, and end; one that waits for us does not. */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { type AddressInfo, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Hub } from "../../src/haypile/hub.ts";
import { createListener, type ListenerParts } from "../../src/http/listener.ts";
import { readOrMakeToken } from "../../src/mcp/http/token.ts";
import { type TestHome, testHome } from "../helpers/mcp.ts";
import { ask, bearer, json, say } from "./asking.ts";

const data = realpathSync(mkdtempSync(join(tmpdir(), "haypile-slow-")));
let home: TestHome;
let port: number;
let end: () => Promise<void>;
const token = readOrMakeToken(data);

beforeAll(async () => {
  home = await testHome(data);
  const { server } = createListener({
    backend: home,
    dataFolder: data,
    host: "127.0.0.1",
    token: true,
    page: true,
    // Nothing here is about what the daemon says of itself.
    daemon: {} as ListenerParts["daemon"],
    hub: new Hub(),
    health: () => ({}),
    metrics: () => "",
    timeouts: { headersMs: 300, requestMs: 600, idleMs: 30_000 },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
  end = () => new Promise((resolve) => server.close(() => resolve()));
});

afterAll(async () => {
  await end();
  await home.close();
  rmSync(data, { recursive: true, force: true });
});

const head = (path: string, type: string, length: number): string =>
  `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n`;

it("heads and bodies that do not come end with their connection, on the new routes too", async () => {
  const paths = ["/api/v1/session", "/api/v1/memories/recall", "/mcp"];
  for (const path of paths) {
    const half = `${head(path, "application/json", 100)}\r\n{"qu`;
    expect([path, await say(port, half)]).toEqual([
      path,
      expect.stringMatching(/^(?:HTTP\/1\.1 408[\s\S]*)?$/u),
    ]);
    expect([path, await say(port, head(path, "application/json", 100))]).toEqual([
      path,
      expect.stringMatching(/^(?:HTTP\/1\.1 408[\s\S]*)?$/u),
    ]);
  }
});

it("those that send a byte now and then take no place of those that ask", async () => {
  const sockets: Socket[] = Array.from({ length: 100 }, () => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write(`${head("/api/v1/memories/recall", "application/json", 1000)}\r\n{`);
    return socket;
  });
  await wait(100);
  const body = JSON.stringify({ query: "lamp" });
  for (let i = 0; i < 5; i += 1) {
    for (const socket of sockets) socket.write(" ");
    const headers = { ...bearer(token), ...json };
    const answer = await ask(port, "/api/v1/memories/recall", { method: "POST", headers, body });
    expect(answer.status).toBe(200);
    expect((await ask(port, "/")).status).toBe(200);
  }
  for (const socket of sockets) socket.destroy();
});

it("an import that is read as fast as it is written may take longer than another request", async () => {
  const lines = Array.from(
    { length: 6 },
    (_, i) => `${JSON.stringify({ text: `Note ${i} of a slow import.` })}\n`,
  );
  const length = lines.join("").length;
  const socket = connect(port, "127.0.0.1");
  let given = "";
  socket.on("data", (part) => {
    given += part;
  });
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.write(
    `${head("/api/v1/memories/import", "application/x-ndjson", length)}Connection: close\r\n\r\n`,
  );
  for (const line of lines) {
    socket.write(line);
    await wait(250);
  }
  await closed;
  expect(given).toMatch(/^HTTP\/1\.1 200/u);
  expect(given).toContain('"stored":6');
});

it("who has shown nothing sends no lines", async () => {
  const start = `POST /api/v1/memories/import HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-ndjson\r\nContent-Length: 100000\r\n\r\n{"text"`;
  expect(await say(port, start)).toMatch(/^HTTP\/1\.1 401[\s\S]*HAYPILE_UNAUTHORIZED/u);
});
