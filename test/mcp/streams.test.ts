/* MCP over sockets and a child's stdin and stdout, with input as bad and ends as sudden as they come. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { connect as connectSocket, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { McpOptions } from "../../src/mcp/backend/backend.ts";
import { longestLine } from "../../src/mcp/stdio/line-transport.ts";
import { serveConnection } from "../../src/mcp/stdio/stdio.ts";
import { type TestHome, testProject } from "../helpers/mcp.ts";
import { repository } from "../helpers/model.ts";
import { callOf, RawClient } from "../helpers/raw-mcp.ts";

let data: string;
let root: string;
let home: TestHome;
let server: Server;
let path: string;
/** Of the next connections. */
let options: McpOptions = {};
let served = 0;
let over = 0;

beforeAll(async () => {
  data = realpathSync(mkdtempSync(join(tmpdir(), "haypile-streams-")));
  ({ root, home } = await testProject(data));
  path = join(data, "mcp.sock");
  server = createServer({ allowHalfOpen: true }, (socket) => {
    served += 1;
    void serveConnection(socket, { root }, home, options).then(() => {
      over += 1;
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
});

afterAll(async () => {
  server.close();
  await home.close();
  rmSync(data, { recursive: true, force: true });
});

async function raw(): Promise<{ socket: Socket; client: RawClient }> {
  const socket = connectSocket({ path, allowHalfOpen: true });
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  return { socket, client: new RawClient(socket, socket) };
}

const seconds = (count: number) =>
  new Promise<"late">((done) => setTimeout(done, count * 1000, "late"));

async function expectAllOver(): Promise<void> {
  for (let tries = 0; over < served && tries < 100; tries += 1) await seconds(0.05);
  expect(over).toBe(served);
}

describe("a connection", () => {
  it("serves a client that knows initialize only", async () => {
    const { socket, client } = await raw();
    client.send({ jsonrpc: "2.0", id: 1, method: "tools/list" });
    await client.answer(1);
    await client.open();
    expect(await client.answer("init")).toMatchObject({
      result: { protocolVersion: "2025-06-18", serverInfo: { name: "haypile" } },
    });
    expect(await client.call("a", "status")).toMatchObject({
      result: { content: [{ type: "text" }] },
    });
    socket.end();
    await client.ended;
    await expectAllOver();
  });

  it("answers methods it does not know, and a probe before the older handshake", async () => {
    const { socket, client } = await raw();
    client.send({ jsonrpc: "2.0", id: 1, method: "no/such/method", params: {} });
    expect((await client.answer(1)).error).toBeDefined();
    client.send({ jsonrpc: "2.0", id: 2, method: "server/discover", params: {} });
    await client.answer(2);
    await client.open();
    client.send({ jsonrpc: "2.0", id: 3, method: "no/such/method" });
    expect((await client.answer(3)).error?.code).toBe(-32601);
    expect((await client.call("a", "status")).result).toBeDefined();
    socket.destroy();
    await expectAllOver();
  });

  it("goes on after garbage, and writes nothing but protocol", async () => {
    const { socket, client } = await raw();
    await client.open();
    const garbage = [
      "not json\n",
      "{\n",
      "[]\n",
      "null\n",
      '"text"\n',
      "{}\n",
      '{"jsonrpc":"1.0","id":9,"method":"ping"}\n',
      '{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}\n',
      '{"jsonrpc":"2.0","id":10,"method":5}\n',
      '{"jsonrpc":"2.0","id":11,"method":"tools/call","params":[]}\n',
      '{"jsonrpc":"2.0","id":12,"method":"tools/call","params":{"name":"recall","arguments":"text"}}\n',
      '{"jsonrpc":"2.0","id":13,"result":{}}\n',
      '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"none"}}\n',
      '{"__proto__":{"x":1},"jsonrpc":"2.0","method":"notifications/initialized"}\n',
      "\n\r\n\n",
      `${"[".repeat(50_000)}\n`,
      `${"x".repeat(100_000)}\n`,
      new Uint8Array([0xff, 0xfe, 0x00, 0x80, 0x0a]),
    ];
    for (const [at, bytes] of garbage.entries()) {
      client.raw(bytes);
      expect((await client.call(`after ${at}`, "index_status")).result).toBeDefined();
    }
    expect(client.strayLines).toEqual([]);
    socket.end();
    await client.ended;
    await expectAllOver();
  });

  it("takes input one byte at a time, and many messages in one piece", async () => {
    const { socket, client } = await raw();
    await client.open();
    for (const byte of Buffer.from(
      `${JSON.stringify(callOf("slow", "recall", { query: "größe 你好" }))}\r\n`,
    )) {
      client.raw(new Uint8Array([byte]));
      await new Promise(setImmediate);
    }
    expect((await client.answer("slow")).result?.isError).toBeUndefined();
    const ids = Array.from({ length: 100 }, (_, at) => `many ${at}`);
    client.raw(
      ids.map((id) => `${JSON.stringify(callOf(id, "find_symbol", { name: "retry" }))}\n`).join(""),
    );
    for (const id of ids) expect((await client.answer(id)).result?.isError).toBeUndefined();
    socket.end();
    await client.ended;
    await expectAllOver();
  });

  it("refuses a line that is too long by its id, and goes on", async () => {
    const { socket, client } = await raw();
    await client.open();
    const filler = "x".repeat(longestLine);
    client.send({ jsonrpc: "2.0", id: "first", method: "ping", params: { filler } });
    client.raw(`{"method":"ping","params":{"filler":"${filler}"},"jsonrpc":"2.0","id":"last"}\n`);
    client.raw(`${filler}${filler}\n`);
    for (const id of ["first", "last", null]) {
      const { error } = await client.answer(id);
      expect(error).toMatchObject({
        code: -32600,
        message: expect.stringContaining(`longer than ${longestLine} bytes`),
      });
    }
    expect((await client.call("a", "status")).result).toBeDefined();
    socket.destroy();
    await expectAllOver();
  });

  it("holds nobody up with half a line that never ends", async () => {
    const halves = await Promise.all(Array.from({ length: 20 }, raw));
    for (const { client } of halves) client.raw(`{"jsonrpc":"2.0","id":1,${" ".repeat(1_000_000)}`);
    const { socket, client } = await raw();
    await client.open();
    expect((await client.call("a", "status")).result).toBeDefined();
    for (const one of [...halves.map((half) => half.socket), socket]) one.destroy();
    await expectAllOver();
  });

  it("takes no more from a client that does not read its answers, and goes on when it does", async () => {
    const { socket, client } = await raw();
    await client.open();
    socket.pause();
    let isHeld = false;
    for (let at = 0; at < 20_000 && !isHeld; at += 1) {
      const text = `${JSON.stringify({ jsonrpc: "2.0", id: `list ${at}`, method: "tools/list" })}\n`;
      isHeld = !socket.write(text) && socket.writableLength > 100_000;
      if (at % 200 === 0) await seconds(0.01);
    }
    expect(isHeld).toBe(true);
    socket.resume();
    client.send(callOf("after", "status"));
    expect((await client.answer("after", 60_000)).result).toBeDefined();
    socket.destroy();
    await expectAllOver();
  }, 120_000);

  it("ends when the client's side ends and all is answered, and at once when it breaks", async () => {
    home.pauseMs = 3000;
    for (const leave of [(socket: Socket) => socket.end(), (socket: Socket) => socket.destroy()]) {
      for (const isBusy of [false, true]) {
        const { socket, client } = await raw();
        await client.open();
        if (isBusy) client.send(callOf("a", "recall", { query: "x" }));
        await seconds(0.05);
        leave(socket);
        // A pipe that has said all is owed its answer (modelcontextprotocol/python-sdk#2678).
        if (isBusy && !socket.destroyed) expect((await client.answer("a")).result).toBeDefined();
        expect(await Promise.race([client.ended, seconds(10)])).not.toBe("late");
      }
    }
    await expectAllOver();
    home.pauseMs = 0;
  });

  it("stops a call that is cancelled, at its deadline, and keeps others in turn", async () => {
    home.pauseMs = 400;
    options = { deadlineMs: 300, concurrentCalls: 2 };
    const late = await raw();
    await late.client.open();
    const answer = await late.client.call("a", "recall", { query: "x" });
    expect(answer.result).toMatchObject({
      isError: true,
      content: [{ text: expect.stringMatching(/recall was not done within 0\.3 s/u) }],
    });
    late.socket.destroy();

    options = { concurrentCalls: 2 };
    const { socket, client } = await raw();
    await client.open();
    const ids = ["1", "2", "3", "4", "5", "6"];
    const begun = performance.now();
    for (const id of ids) client.send(callOf(id, "recall", { query: "x" }));
    // One that runs and one that waits.
    for (const requestId of ["1", "6"]) {
      client.send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId } });
    }
    for (const id of ["2", "3", "4", "5"])
      expect((await client.answer(id)).result?.isError).toBeUndefined();
    // Two at a time, 400 ms each: four calls cannot be done at once.
    expect(performance.now() - begun).toBeGreaterThan(600);
    expect(client.messages.filter(({ id }) => id === "1" || id === "6")).toEqual([]);
    options = {};
    home.pauseMs = 0;
    socket.destroy();
    await expectAllOver();
  });

  it("tells progress when asked, growing, and not otherwise", async () => {
    const { socket, client } = await raw();
    await client.open();
    const quiet = await client.call("quiet", "index_path", { wait_seconds: 20 });
    expect(quiet.result?.isError).toBeUndefined();
    expect(client.messages.filter(({ method }) => method !== undefined)).toEqual([]);
    await client.call("told", "index_path", { wait_seconds: 20 }, { progressToken: "token" });
    const told = client.messages
      .filter(({ method }) => method === "notifications/progress")
      .map(({ params }) => params);
    expect(told.length).toBeGreaterThan(0);
    const steps = told.map((params) => Number(params?.progress));
    expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
    for (const params of told)
      expect(params).toMatchObject({ progressToken: "token", message: expect.any(String) });
    socket.destroy();
    await expectAllOver();
  });

  it("is one of fifty at once", async () => {
    const clients = await Promise.all(Array.from({ length: 50 }, raw));
    await Promise.all(
      clients.map(async ({ client, socket }, at) => {
        await client.open();
        const own = `Client number ${at} likes ${at * 7}.`;
        expect(
          (await client.call("a", "remember", { text: own, namespace: `fifty ${at}` })).result
            ?.isError,
        ).toBeUndefined();
        const found = await client.call("b", "recall", {
          query: "client likes",
          namespace: `fifty ${at}`,
        });
        expect(JSON.stringify(found.result)).toContain(own);
        expect(JSON.stringify(found.result)).not.toContain(`Client number ${at + 1} `);
        expect(
          (await client.call("c", "find_symbol", { name: "retry" })).result?.isError,
        ).toBeUndefined();
        expect(client.strayLines).toEqual([]);
        socket.end();
      }),
    );
    await expectAllOver();
  });
});

describe("a process", () => {
  const script = join(repository, "test", "mcp", "server-child.ts");
  const start = (): ChildProcess =>
    spawn(process.execPath, ["--no-warnings", script, data, root], {
      stdio: ["pipe", "pipe", "pipe"],
    });
  const exited = (child: ChildProcess) =>
    new Promise<number | null>((resolve) => child.once("exit", resolve));

  it("writes only protocol to stdout, and ends with its input, idle or busy", async () => {
    for (const leave of ["end", "destroy"] as const) {
      const child = start();
      if (child.stdin === null || child.stdout === null) throw new Error("no pipes");
      const client = new RawClient(child.stdout, child.stdin);
      const gone = exited(child);
      await client.open();
      await client.call("a", "find_code", { query: "retry" });
      client.raw("garbage\n");
      await client.call("b", "status");
      client.send(callOf("c", "find_code", { query: "session" }));
      child.stdin[leave]();
      expect(await Promise.race([gone, seconds(10)])).toBe(0);
      expect(client.strayLines).toEqual([]);
      expect(client.messages.length).toBeGreaterThanOrEqual(3);
    }
  });

  it("is found by a client that probes with one process and stays with another", async () => {
    const client = new Client(
      { name: "test", version: "1" },
      { versionNegotiation: { mode: "auto" } },
    );
    const args = ["--no-warnings", script, data, root];
    await client.connect(
      new StdioClientTransport({ command: process.execPath, args, stderr: "ignore" }),
    );
    expect(client.getProtocolEra()).toBe("modern");
    expect((await client.listTools()).tools).toHaveLength(13);
    await client.close();
  });
});
