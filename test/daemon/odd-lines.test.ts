/*
 * What is no proper request is answered whatever carries it: the native bridge, the one in Node, or no daemon at all.
 * Kind of report: garbage, batches and odd ids met with silence over stdio, while HTTP answered them.
 */
import { createConnection } from "node:net";
import { describe, expect, it } from "vitest";
import { bin } from "../helpers/cli.ts";
import { mixedBatch, oddMessages } from "../helpers/odd-messages.ts";
import { BridgeClient, nativeBridge, type Place, place, until } from "./helpers.ts";

interface Answer {
  id?: unknown;
  result?: unknown;
  error?: { code: number; message: string };
}

async function answerTo(client: BridgeClient, bytes: Uint8Array): Promise<Answer> {
  const before = client.messages.length;
  client.child.stdin?.write(Buffer.concat([bytes, Buffer.from("\n")]));
  await until(() => client.messages.length > before);
  return client.messages[before] as Answer;
}

async function opened(at: Place, words: readonly string[], version: string): Promise<BridgeClient> {
  const client = new BridgeClient(at, [process.execPath, bin, "mcp", ...words]);
  const clientInfo = { name: "t", version: "1" };
  await client.request("initialize", { protocolVersion: version, capabilities: {}, clientInfo });
  client.send("notifications/initialized");
  return client;
}

describe.each([
  ["the native bridge", []],
  ["the bridge in Node", ["--no-native"]],
  ["a process without a daemon", ["--no-daemon"]],
] as const)("%s", (_, words) => {
  it("carries the answers to odd lines and to batches", async () => {
    const at = place();
    for (const version of ["2025-03-26", "2025-11-25"]) {
      const client = await opened(at, words, version);
      for (const { name, bytes, id, code } of oddMessages) {
        const answer = await answerTo(client, bytes);
        expect({ name, id: answer.id, code: answer.error?.code }).toEqual({ name, id, code });
      }
      const batch = (await answerTo(client, Buffer.from(mixedBatch.text))) as unknown as Answer[];
      const codes = batch.map(({ error }) => error?.code).filter((code) => code === undefined);
      expect(codes).toHaveLength(version === "2025-03-26" ? 2 : 0);
      const filler = "x".repeat(11_000_000);
      const long = await answerTo(
        client,
        Buffer.from(`{"method":"ping","params":{"t":"${filler}"},"jsonrpc":"2.0","id":"long"}`),
      );
      expect(long).toMatchObject({ id: "long", error: { code: -32_600 } });
      expect((await client.request("ping")).result).toEqual({});
      client.child.stdin?.end();
      expect(await client.ended).toBe(0);
      expect(client.stderr).toBe("");
    }
  }, 180_000);
});

describe("connections to the daemon that say nothing", () => {
  it("take nobody's place", async () => {
    const at = place({ ECHO_CLIENTS: "2" });
    const first = nativeBridge(at);
    await first.introduce();
    const silent = Array.from({ length: 100 }, (_, number) => {
      const socket = createConnection(at.endpoint.places[0]?.socket ?? "").on(
        "error",
        () => undefined,
      );
      // Half a hello, and no more.
      if (number % 2 === 0) socket.write('{"haypile":1,');
      return socket;
    });
    const second = nativeBridge(at);
    expect((await second.introduce()).result).toBeDefined();
    expect((await first.request("echo")).result).toBeDefined();
    for (const socket of silent) socket.destroy();
  });
});
