import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { readEnvironment } from "../../src/config/env.ts";
import { findEndpoint } from "../../src/daemon/endpoint.ts";
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
  it("finds the socket where TypeScript has it", () => {
    const long = `/tmp/${"deep/".repeat(30)}`;
    const cases: NodeJS.ProcessEnv[] = [
      { HOME: "/home/somebody" },
      { HOME: "/home/somebody", XDG_DATA_HOME: "/elsewhere/./data//x/.." },
      { HOME: "/home/somebody", XDG_DATA_HOME: "not/absolute" },
      { HOME: "/home/somebody", XDG_RUNTIME_DIR: "/tmp" },
      { HOME: "/home/somebody", XDG_RUNTIME_DIR: "/no/such/folder" },
      { HOME: "/h", HAYPILE_DATA_DIR: "relative/../data" },
      { HOME: "/h", HAYPILE_DATA_DIR: "/d/ä ö/" },
      { HOME: "/h", HAYPILE_DATA_DIR: long },
    ];
    for (const env of cases) {
      const { stdout } = spawnSync(bridgePath, ["--print-socket"], { env, encoding: "utf8" });
      const home = process.env.HOME;
      process.env.HOME = env.HOME;
      const { socket } = findEndpoint(readEnvironment(env));
      process.env.HOME = home;
      expect(stdout, JSON.stringify(env)).toBe(`${socket}\n`);
    }
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
      expect(statSync(at.endpoint.socket).mode & 0o777).toBe(0o600);
      expect(statSync(at.endpoint.folder).mode & 0o777).toBe(0o700);
      client.child.stdin?.end();
      expect(await client.ended).toBe(0);
      const pid = daemonPid(at);
      expect(processesOf(at.folder)).toEqual([pid]);
    });

    it("answers what is in flight at the end of input, and does not wait for what takes long", async () => {
      const at = place();
      const client = startBridge(at);
      await client.introduce();
      const quick = client.request("echo", { ms: 100 });
      void client.request("echo", { ms: 20_000 });
      client.child.stdin?.end();
      expect((await quick).result).toBeDefined();
      expect(await client.ended).toBe(0);
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
        await wait(100);
        process.kill(old, "SIGTERM");
        await wait(100);
        const next = client.request("echo");
        expect((await slow).result).toMatchObject({ pid: old });
        expect((await next).result).toMatchObject({ introduced: 1 });
        expect((await next).result?.pid).not.toBe(old);
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
    expect(wrong.stderr).toContain("logs");
    wrong.child.stdin?.end();
    expect(await wrong.ended).toBe(0);
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
    expect(existsSync(at.endpoint.socket)).toBe(true);
  });
});
