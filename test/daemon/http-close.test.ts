/* Requests that never end do not hold a daemon that leaves; those that came whole are answered. */
import { type AddressInfo, createConnection, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { readEnvironment } from "../../src/config/environment/env.ts";
import { type HttpPages, openHttpFace } from "../../src/daemon/http-face.ts";
import type { McpBackend } from "../../src/mcp/backend/backend.ts";
import { tempFolder } from "../helpers/temp-tree.ts";

async function open(health: () => Promise<object>) {
  const environment = readEnvironment({ HAYPILE_DATA_DIR: tempFolder() });
  const pages = { health, metrics: () => "" } as unknown as HttpPages;
  const backend = { engines: () => [] } as unknown as McpBackend;
  const face = await openHttpFace({ port: 0, token: false }, backend, pages, environment);
  return { face, port: Number(new URL(face.url).port) };
}

async function say(port: number, text: string): Promise<{ socket: Socket; text: () => string }> {
  let answer = "";
  const socket = createConnection(port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.on("data", (data) => {
    answer += data;
  });
  onTestFinished(() => void socket.destroy());
  await new Promise((resolve) => socket.once("connect", resolve));
  socket.write(text);
  return { socket, text: () => answer };
}

const head = "Host: 127.0.0.1\r\n";
const halves = [
  "GET /hea",
  `GET /health HTTP/1.1\r\n${head}`,
  `POST /mcp HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"jsonrpc"`,
];

it("answers what came whole, and waits for no half", async () => {
  const answering = Promise.withResolvers<object>();
  const { face, port } = await open(() => answering.promise);
  const ended: string[] = [];
  const whole = await say(port, `GET /health HTTP/1.1\r\n${head}\r\n`);
  whole.socket.once("close", () => ended.push("whole"));
  for (const half of halves) {
    const { socket } = await say(port, half);
    socket.once("close", () => ended.push("half"));
  }
  await wait(200);
  const closed = face.close(600_000).then(() => ended.push("closed"));
  while (ended.length < halves.length) await wait(20);
  expect(ended).toEqual(halves.map(() => "half"));
  answering.resolve({ status: "leaving" });
  await closed;
  expect(whole.text()).toContain("200 OK");
  expect(whole.text()).toContain("leaving");
});

it("has an end for an answer that never comes", async () => {
  const { face, port } = await open(() => new Promise(() => undefined));
  const endless = await say(port, `GET /health HTTP/1.1\r\n${head}\r\n`);
  await wait(200);
  await face.close(300);
  expect(endless.text()).toBe("");
  const { socket } = await new Promise<{ socket: Socket }>((resolve) => {
    const late = createConnection(port, "127.0.0.1");
    late.once("error", () => resolve({ socket: late }));
  });
  expect((socket.address() as AddressInfo).port).toBeUndefined();
});
