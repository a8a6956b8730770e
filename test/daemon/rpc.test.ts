import { readdirSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readEnvironment } from "../../src/config/environment/env.ts";
import { connect, type DaemonClient } from "../../src/haypile/there.ts";
import { helloLine } from "../../src/wire/hello.ts";
import { tempFolder, writeTree } from "../helpers/temp-tree.ts";
import {
  BridgeClient,
  bridgePath,
  daemonPid,
  kill,
  type Place,
  place,
  processesOf,
  until,
} from "./helpers.ts";

const homeDaemon = join(import.meta.dirname, "home-daemon.ts");

async function client(at: Place): Promise<DaemonClient> {
  const connected = await connect({
    environment: readEnvironment(at.env),
    start: [process.execPath, homeDaemon],
    client: "test",
  });
  onTestFinished(() => connected.close());
  return connected;
}

function tree(files: number): string {
  const folder = tempFolder();
  const texts = Array.from({ length: files }, (_, i) => [
    `src/part${i}.ts`,
    `/** Part ${i} of the tree. */\nexport function makePart${i}(): number {\n  return helper(${i});\n}\n`.repeat(
      4,
    ),
  ]);
  writeTree(folder, {
    ...Object.fromEntries(texts),
    "src/helper.ts": "export function helper(n: number): number {\n  return n + 1;\n}\n",
  });
  return folder;
}

describe("an engine at the other end", () => {
  it("does what one at home does", async () => {
    const at = place();
    const daemon = await client(at);
    const engine = daemon.engine(tree(6), { nearest: false });
    const steps: string[] = [];
    const report = await engine.index({ onProgress: (progress) => steps.push(progress.phase) });
    expect(report.files.new).toBe(7);
    expect(steps.length).toBeGreaterThan(0);
    const { hits } = await engine.search("helper", { k: 3 });
    expect(hits.length).toBeGreaterThan(0);
    expect((await engine.findSymbol("makePart3"))[0]).toMatchObject({ name: "makePart3" });
    expect((await engine.outline("src/helper.ts")).files).toHaveLength(1);
    expect((await engine.callers("helper")).uses.length).toBeGreaterThan(0);
    expect((await engine.status()).index.files).toBe(7);
    await expect(engine.callers("nothingOfThisName")).rejects.toMatchObject({
      name: "HaypileError",
      code: "HAYPILE_SYMBOL_MISSING",
    });
    const missing = daemon.engine(join(tempFolder(), "not-there"));
    await expect(missing.search("x")).rejects.toMatchObject({ code: "HAYPILE_PATH_MISSING" });
    const health = await daemon.health();
    expect(health).toMatchObject({ status: "ok", version: "0.1.0", engines: 1, clients: 1 });
    const metrics = await daemon.metrics();
    expect(metrics).toContain('haypile_calls_total{method="engine.index",outcome="ok"} 1\n');
    expect(metrics).toContain('haypile_lane_done_total{lane="background"} 1\n');
  });

  // One search froze the daemon for all, and neither cancel nor stop nor SIGTERM ended it.
  it("answers a search with a pattern that means to freeze it, and all others beside it", async () => {
    const at = place();
    const [one, two] = [await client(at), await client(at)];
    const folder = tree(3);
    writeTree(folder, {
      [`${"a".repeat(200)}/${"a".repeat(200)}.ts`]: "export const helper = 1;\n",
    });
    const engine = one.engine(folder, { nearest: false });
    await engine.index();
    const stars = "*a".repeat(24);
    for (const pattern of [`${stars}*b`, `**${stars}**b`, `${"**/a*a*a*/".repeat(9)}b`]) {
      const search = engine.search(`helper path:${pattern}`);
      expect((await two.health()).status).toBe("ok");
      expect((await search).hits).toEqual([]);
      await expect(engine.findSymbol("helper", { path: pattern })).rejects.toMatchObject({
        code: "HAYPILE_USAGE",
        message: expect.stringContaining("No file of the index fits"),
      });
    }
    await expect(engine.search(`helper path:${"*a".repeat(400)}`)).rejects.toMatchObject({
      code: "HAYPILE_USAGE",
    });
  });

  it("is asked by others while it indexes: what is short does not wait for what is long", async () => {
    const at = place();
    const [one, two] = [await client(at), await client(at)];
    const small = tree(3);
    await two.engine(small, { nearest: false }).index();
    let isIndexed = false;
    const running = Promise.withResolvers<void>();
    const stop = new AbortController();
    const long = one
      .engine(tree(1_500), { nearest: false })
      .index({ signal: stop.signal, onProgress: () => running.resolve() })
      .finally(() => {
        isIndexed = true;
      });
    await Promise.race([running.promise, long]);
    for (let i = 0; i < 5; i++) {
      expect((await two.engine(small).search(`part ${i}`)).hits.length).toBeGreaterThan(0);
      await two.memories.remember(`thing ${i}`);
      expect((await two.memories.recall("thing")).hits).toHaveLength(i + 1);
    }
    expect(isIndexed).toBe(false);
    stop.abort();
    await expect(long).rejects.toMatchObject({ code: "HAYPILE_ABORTED" });
  });
});

describe("memories at the other end", () => {
  it("carry options, signals, pages and errors", async () => {
    const at = place();
    const { memories } = await client(at);
    expect(await memories.get("m1", { asOf: "2026-01-01" })).toEqual({
      id: "m1",
      options: { asOf: "2026-01-01" },
    });
    expect(await memories.get("m1")).toEqual({ id: "m1" });
    const lines = Array.from({ length: 1_234 }, (_, i) => (i === 1_000 ? "bad" : `line ${i}`));
    expect(await memories.import(lines)).toEqual({
      stored: 1_233,
      merged: 0,
      refused: [{ line: 1_001, reason: "bad" }],
      refusedCount: 1,
    });
    const back: string[] = [];
    for await (const line of memories.export()) back.push(line);
    expect(back).toEqual(lines.filter((line) => line !== "bad"));
    for await (const line of memories.export()) {
      expect(line).toBe("line 0");
      break;
    }
    const stop = new AbortController();
    const endless = memories.recall("for ever", { signal: stop.signal });
    setTimeout(() => stop.abort(), 50);
    await expect(endless).rejects.toMatchObject({ code: "HAYPILE_ABORTED" });
    await expect(memories.recall("x", { signal: stop.signal })).rejects.toMatchObject({
      code: "HAYPILE_ABORTED",
    });
  });

  it("come from the next daemon when this one is told to stop, or is killed", async () => {
    const at = place();
    const daemon = await client(at);
    const first = (await daemon.health()).pid;
    await daemon.stop();
    await until(() => daemonPid(at) === undefined);
    const second = (await daemon.health()).pid;
    expect(second).not.toBe(first);
    const endless = daemon.memories.recall("for ever");
    setTimeout(() => kill(second), 100);
    await expect(endless).rejects.toMatchObject({ code: "HAYPILE_DAEMON" });
    await until(() => !processesOf(at.folder).includes(second));
    expect((await daemon.health()).pid).not.toBe(second);
    await daemon.close();
    await expect(daemon.health()).rejects.toMatchObject({ code: "HAYPILE_CLOSED" });
  });

  it("end when they are cancelled while the way to the next daemon is made", async () => {
    const at = place();
    const daemon = await client(at);
    await daemon.stop();
    await until(() => daemonPid(at) === undefined);
    const stop = new AbortController();
    const endless = daemon.memories.recall("for ever", { signal: stop.signal });
    stop.abort();
    await expect(endless).rejects.toMatchObject({ code: "HAYPILE_ABORTED" });
  });

  it("are not waited for where no daemon may be started", async () => {
    const at = place();
    const environment = readEnvironment(at.env);
    await expect(connect({ environment, start: false })).rejects.toMatchObject({
      code: "HAYPILE_DAEMON",
    });
    const start = [process.execPath, "-e", "process.exit(3)"] as const;
    await expect(connect({ environment, start })).rejects.toMatchObject({ code: "HAYPILE_DAEMON" });
    expect(readdirSync(at.endpoint.folder)).toEqual([]);
  });
});

describe("the rpc face", () => {
  it("takes whatever comes and answers what it can", async () => {
    const at = place();
    await client(at);
    const socket = createConnection(at.socket);
    let text = "";
    socket.on("data", (data) => {
      text += data;
    });
    const hello = helloLine({
      face: "rpc",
      version: "0.1.0",
      pid: 1,
      root: undefined,
      client: undefined,
    });
    const lines = [
      "rubbish",
      "[]",
      '{"id":1}',
      '{"id":2,"method":"engine.close"}',
      '{"id":3,"method":"engine.constructor"}',
      '{"id":4,"method":"memories.close"}',
      '{"id":5,"method":"daemon.health","params":7}',
      '{"id":6,"method":"engine.search"}',
      '{"id":7,"method":"engine.search","params":{"folder":7,"args":"x"}}',
      '{"method":"engine.search"}',
      '{"method":"$/cancel","params":{"id":99}}',
      `{"id":8,"method":"${"m".repeat(11_000_000)}"}`,
      '{"id":9,"method":"memories.exportNext","params":{"args":["export-1"]}}',
    ];
    for (const byte of hello) socket.write(byte);
    socket.end(`${lines.join("\n")}\n`);
    await new Promise((resolve) => socket.once("close", resolve));
    const answers = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const codes = new Map(
      answers.slice(1).map(({ id, error }) => [id, error?.data?.code ?? error?.code]),
    );
    expect(answers[0]).toMatchObject({ haypile: 1, ok: true });
    expect(answers.filter(({ id, error }) => id === null && error !== undefined)).toHaveLength(3);
    expect(codes.get(8)).toBe(-32700);
    for (const id of [2, 3, 4]) expect(codes.get(id)).toBe(-32601);
    for (const id of [6, 7, 9]) expect(codes.get(id)).toBe("HAYPILE_USAGE");
    expect(answers.find(({ id }) => id === 5)?.result.status).toBe("ok");
  });
});

describe("MCP over the bridge", () => {
  it("reaches the real server, which lists its tools", async () => {
    const at = place();
    await client(at);
    const bridge = new BridgeClient(at, [
      bridgePath,
      "--node",
      process.execPath,
      "--script",
      homeDaemon,
    ]);
    const params = {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "t", version: "1" },
    };
    expect((await bridge.request("initialize", params)).result?.serverInfo).toBeDefined();
    bridge.send("notifications/initialized");
    const { tools } = (await bridge.request("tools/list")).result as { tools: { name: string }[] };
    expect(tools.length).toBeGreaterThan(8);
    bridge.child.stdin?.end();
    expect(await bridge.ended).toBe(0);
  });
});
