import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { readEnvironment } from "../../src/config/environment/env.ts";
import { findEndpoint } from "../../src/wire/endpoint.ts";
import { readNote } from "../../src/wire/owner.ts";
import { tempFolder } from "../helpers/temp-tree.ts";
import {
  BridgeClient,
  bridgePath,
  daemonPid,
  kill,
  nativeBridge,
  nodeBridge,
  place,
  processesOf,
  until,
} from "./helpers.ts";

describe("the native bridge", () => {
  // A home and variables, and what lies at the note's place: both have to find the same daemon, or none.
  it("finds the daemon where TypeScript does, whatever the session says", () => {
    const home = tempFolder();
    const deep = join(home, "deep/".repeat(30));
    const environments: NodeJS.ProcessEnv[] = [
      { HOME: home },
      { HOME: home, XDG_RUNTIME_DIR: "/tmp" },
      { HOME: home, XDG_RUNTIME_DIR: "/no/such/folder" },
      { HOME: home, XDG_DATA_HOME: `${home}/./data//x/..` },
      { HOME: home, XDG_DATA_HOME: "not/absolute" },
      { HOME: home, HAYPILE_DATA_DIR: join(home, "d/ä ö/") },
      { HOME: home, HAYPILE_DATA_DIR: deep },
    ];
    const pid = process.pid;
    const notes: (string | undefined)[] = [
      undefined,
      "",
      "rubbish",
      "[]",
      "null",
      '{"pid":1,"socket":"/a"}',
      '{"pid":"7","socket":"/a"}',
      JSON.stringify({ pid, socket: "relative/path" }),
      JSON.stringify({ pid, socket: "/a\u0000b" }),
      JSON.stringify({ pid, socket: 7 }),
      JSON.stringify({ pid, startTime: "1" }),
      JSON.stringify({ pid, socket: "/tmp/plain.sock" }),
      JSON.stringify({ socket: '/tmp/"quoted" \\ back\tä😀.sock', more: { socket: "/no" }, pid }),
      `{"pid":${pid},"socket":"/tmp/\\u00e4\\ud83d\\ude00.sock","list":[{"a":[1,2]},null,true]} \n`,
      `{"pid":${pid},"socket":"/first","socket":"/second"}`,
      JSON.stringify({ pid, socket: "/tmp/long.sock", filler: "x".repeat(20_000) }),
      `{"pid":${pid},"socket":"/tmp/cut.so`,
    ];
    const ask = (env: NodeJS.ProcessEnv, word: string): string =>
      spawnSync(bridgePath, [word], { env, cwd: home, encoding: "utf8" }).stdout;
    const own = process.env.HOME;
    let found = 0;
    for (const env of environments) {
      process.env.HOME = env.HOME;
      const { owner, folder } = findEndpoint(readEnvironment(env));
      process.env.HOME = own;
      expect(ask(env, "--print-owner"), JSON.stringify(env)).toBe(`${owner}\n`);
      mkdirSync(folder, { recursive: true });
      for (const note of notes) {
        rmSync(owner, { force: true });
        if (note !== undefined) writeFileSync(owner, note);
        const socket = readNote({ owner })?.socket ?? "";
        if (socket !== "") found += 1;
        expect(ask(env, "--print-socket"), note).toBe(`${socket}\n`);
      }
      // A link is none of ours, wherever it leads.
      const elsewhere = join(folder, "elsewhere.json");
      writeFileSync(elsewhere, JSON.stringify({ pid, socket: "/tmp/plain.sock" }));
      rmSync(owner, { force: true });
      symlinkSync(elsewhere, owner);
      expect(readNote({ owner })).toBeUndefined();
      expect(ask(env, "--print-socket")).toBe("\n");
    }
    expect(found).toBe(4 * environments.length);
  });
});

for (const [name, startBridge] of [
  ["native", nativeBridge],
  ["Node", nodeBridge],
] as const)
  describe(`the ${name} bridge on its way`, () => {
    it("starts a daemon, carries messages, and ends with its input; the daemon stays", async () => {
      const at = place();
      const client = startBridge(at);
      expect((await client.introduce()).result).toMatchObject({ introduced: 1, root: at.folder });
      const answer = await client.request("echo", { text: "ä\u2028😀", nested: [{ id: 5 }] });
      expect(answer.result).toMatchObject({ params: { text: "ä\u2028😀", nested: [{ id: 5 }] } });
      expect(statSync(at.socket).mode & 0o777).toBe(0o600);
      expect(statSync(at.endpoint.folder).mode & 0o777).toBe(0o700);
      client.child.stdin?.end();
      expect(await client.ended).toBe(0);
      const pid = daemonPid(at);
      expect(processesOf(at.folder)).toEqual([pid]);
    });

    // modelcontextprotocol/python-sdk#2678, modelcontextprotocol/go-sdk#1061
    it("answers all that was read before the end of input, and waits for nothing else", async () => {
      const at = place();
      const client = startBridge(at);
      // All at once, no daemon yet, and the last line has no end of its own.
      const asked = [
        { id: "init", method: "initialize" },
        { method: "notifications/initialized" },
        { id: "slow", method: "echo", params: { ms: 4_000 } },
        { id: "given up", method: "echo", params: { ms: 600_000 } },
        { id: "events", method: "subscriptions/listen" },
        { method: "notifications/cancelled", params: { reason: "x", requestId: "given up" } },
        { id: 3, method: "echo" },
      ];
      client.write(asked.map((line) => JSON.stringify({ jsonrpc: "2.0", ...line })).join("\n"));
      client.child.stdin?.end();
      expect(await client.ended).toBe(0);
      expect(client.messages.map(({ id }) => id).sort()).toEqual([3, "init", "slow"]);
      for (const { result } of client.messages) expect(result).toBeDefined();
    });

    it("waits for the answer to what has no id, as long as the daemon has something to say", async () => {
      const at = place();
      const client = startBridge(at);
      client.write("rubbish");
      client.child.stdin?.end();
      expect(await client.ended).toBe(0);
      expect(client.messages).toMatchObject([{ id: null, error: { code: -32700 } }]);
    });

    it("says so for each request when the daemon dies after the end of input", async () => {
      const at = place();
      const client = startBridge(at);
      await client.introduce();
      const slow = client.request("echo", { ms: 600_000 }, "slow");
      const dead = client.request("die", {}, "dead");
      client.child.stdin?.end();
      expect((await slow).error?.message).toMatch(/daemon ended/);
      expect((await dead).error?.message).toMatch(/daemon ended/);
      expect(await client.ended).toBe(1);
    });

    it("answers for a daemon that dies in the middle, and finds the next one", async () => {
      const at = place();
      const client = startBridge(at);
      await client.introduce();
      const first = daemonPid(at);
      const slow = client.request("echo", { ms: 20_000 }, "slow");
      const dead = await client.request("die");
      expect(dead.error?.message).toMatch(/daemon ended/);
      expect((await slow).error?.code).toBe(-32603);
      // The new daemon was introduced to, and its answer to that is not the client's.
      expect((await client.request("echo")).result).toMatchObject({ introduced: 1 });
      expect(daemonPid(at)).not.toBe(first);
      expect(client.messages.filter(({ id }) => id === "init")).toHaveLength(1);
      const half = await client.request("half");
      expect(half.error?.message).toMatch(/daemon ended/);
      expect((await client.request("echo")).result).toMatchObject({ introduced: 1 });
    });

    it("asks again when the daemon dies before it has answered initialize", async () => {
      const at = place();
      const other = startBridge(at);
      await other.introduce();
      const first = daemonPid(at) as number;
      const client = startBridge(at);
      const answer = client.request("initialize", { ms: 500 }, 0);
      await wait(200);
      kill(first);
      expect((await answer).result).toMatchObject({ introduced: 1 });
      expect(daemonPid(at)).not.toBe(first);
    });

    it("does not hold a daemon that leaves by a subscription that never ends", async () => {
      const at = place({ ECHO_DRAIN_MS: "600000" });
      const client = startBridge(at);
      await client.introduce();
      const old = daemonPid(at) as number;
      const events = client.request("subscriptions/listen");
      expect((await client.request("echo")).result).toMatchObject({ pid: old });
      process.kill(old, "SIGTERM");
      expect((await events).error?.message).toMatch(/subscribe again/);
      expect((await client.request("echo")).result).toMatchObject({ introduced: 1 });
      await until(() => !processesOf(at.folder).includes(old));
      client.child.stdin?.end();
      expect(await client.ended).toBe(0);
    });

    it("takes messages byte by byte, blank lines, garbage and large answers", async () => {
      const at = place();
      const client = startBridge(at);
      await client.introduce();
      const slow = client.waitFor("bytes");
      for (const byte of `\n \r\n{"jsonrpc":"2.0","method":"echo","id":"bytes"}\r\n`)
        client.write(byte);
      expect((await slow).result).toMatchObject({ method: "echo" });
      client.write('rubbish\n{"half": \n\u0000\u0001\n[]\n"text"\n');
      expect((await client.request("echo")).result).toBeDefined();
      const large = await client.request("large", { bytes: 3_000_000 });
      expect(String(large.result)).toHaveLength(3_000_000);
      const many = Array.from({ length: 300 }, (_, i) =>
        client.request("echo", { i, t: "x".repeat(5_000) }),
      );
      const answers = await Promise.all(many);
      expect(answers.map(({ result }) => (result as { params: { i: number } }).params.i)).toEqual(
        many.map((_, i) => i),
      );
    });

    it("goes over to the daemon that takes the place of this one", async () => {
      const at = place();
      const client = startBridge(at);
      await client.introduce();
      for (let round = 0; round < 3; round++) {
        const old = daemonPid(at) as number;
        const slow = client.request("echo", { ms: 300 });
        // What came before this one is there when it is answered.
        await client.request("echo");
        process.kill(old, "SIGTERM");
        let next = await client.request("echo");
        // Until it has told the bridge that it leaves, it answers as ever.
        while (next.result?.pid === old) next = await client.request("echo");
        expect((await slow).result).toMatchObject({ pid: old });
        expect(next.result).toMatchObject({ introduced: 1 });
      }
      expect(client.messages.filter(({ id }) => id === "init")).toHaveLength(1);
      client.child.stdin?.end();
      expect(await client.ended).toBe(0);
      expect(client.stderr).toBe("");
    });
  });

describe("the native bridge with what is too long or wrong", () => {
  it("refuses a message that is too long, either way, and goes on", async () => {
    const at = place();
    const client = nativeBridge(at);
    await client.introduce();
    const huge = `"${"x".repeat(11_000_000)}"`;
    const refused = client.waitFor("huge");
    client.write(`{"jsonrpc":"2.0","method":"echo","params":{"t":${huge}},"id":"huge"}\n`);
    expect((await refused).error).toMatchObject({ code: -32600 });
    const tooLarge = await client.request("large", { bytes: 40_000_000 });
    expect(tooLarge.error?.message).toMatch(/longer than/);
    expect((await client.request("echo")).result).toBeDefined();
  });

  it("says why when the daemon cannot be started, and stays", async () => {
    const at = place();
    const wrong = new BridgeClient(at, [bridgePath, "--node", "/no/such/node", "--script", "/x"]);
    expect((await wrong.request("initialize")).error?.message).toMatch(/could not be started/);
    expect((await wrong.request("tools/list")).error?.message).toMatch(/could not be started/);
    expect(wrong.stderr).toContain("Could not run /no/such/node");
    wrong.child.stdin?.end();
    // What it was asked last got no answer of a daemon.
    expect(await wrong.ended).toBe(1);
  });
});

describe("twenty at once", () => {
  it("start one daemon", async () => {
    const at = place();
    const clients = Array.from({ length: 20 }, () => nativeBridge(at));
    const answers = await Promise.all(clients.map((client) => client.introduce()));
    expect(new Set(answers.map(({ result }) => result?.pid)).size).toBe(1);
    for (const client of clients) client.child.stdin?.end();
    expect(await Promise.all(clients.map(({ ended }) => ended))).toEqual(Array(20).fill(0));
    await until(() => processesOf(at.folder).length === 1);
    expect(existsSync(at.socket)).toBe(true);
  });
});
