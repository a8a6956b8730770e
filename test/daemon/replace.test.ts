import { spawn } from "node:child_process";
import { createConnection } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { helloLine } from "../../src/daemon/client/hello.ts";
import { tryConnect } from "../../src/daemon/client/reach.ts";
import {
  type BridgeClient,
  daemonPid,
  echoDaemon,
  kill,
  nativeBridge,
  type Place,
  place,
  processesOf,
  until,
} from "./helpers.ts";

/** A client of another version comes by, and starts the daemon of that version when the old one leaves. */
async function newerClient(at: Place, version: string): Promise<void> {
  let any = false;
  for (;;) {
    const socket = await tryConnect(at.socket);
    if (socket === undefined || socket === "full") {
      spawn(process.execPath, [echoDaemon], {
        env: { ...at.env, ECHO_VERSION: version },
        stdio: "ignore",
      });
      await until(() => daemonPid(at) !== undefined);
      await wait(50);
      continue;
    }
    // A daemon that leaves in this moment resets the connection: as any client, try again.
    const answer = new Promise<string>((resolve) => {
      socket.once("data", (data) => resolve(String(data)));
      socket.once("close", () => resolve(""));
    });
    socket.write(
      helloLine({ face: "mcp", version, pid: process.pid, root: undefined, client: "newer", any }),
    );
    const line = await answer;
    socket.destroy();
    if (line.includes('"ok":true')) return;
    any ||= line.includes("leaving");
  }
}

async function calling(
  client: BridgeClient,
  versions: string[],
  until: () => boolean,
): Promise<string[]> {
  while (!until()) {
    const answer = await client.request("echo", { ms: 20 });
    if (answer.result === undefined) throw new Error(`lost: ${answer.error?.message}`);
    versions.push(String(answer.result.version));
  }
  return versions;
}

describe("a newer version", () => {
  it("takes over while ten clients call, and no request is lost", async () => {
    const at = place();
    await newerClient(at, "0.1.0");
    // As after an upgrade in place: whoever starts the next daemon starts the newer one.
    const clients = Array.from({ length: 10 }, () => nativeBridge(at, { ECHO_VERSION: "0.2.0" }));
    await Promise.all(clients.map((client) => client.introduce()));
    const seen = clients.map((): string[] => []);
    let isOver = false;
    const calls = clients.map((client, at) => calling(client, seen[at] as string[], () => isOver));
    await wait(200);
    const old = daemonPid(at);
    await newerClient(at, "0.2.0");
    await until(() => daemonPid(at) !== old);
    // A busy machine takes its time until each bridge has gone over.
    await until(() => seen.every((versions) => versions.at(-1) === "0.2.0"));
    isOver = true;
    for (const versions of await Promise.all(calls)) {
      expect(versions[0]).toBe("0.1.0");
      expect(versions.at(-1)).toBe("0.2.0");
    }
    await until(() => processesOf(at.folder).length === 11);
    // An older client is served, too.
    expect((await nativeBridge(at).introduce()).result?.version).toBe("0.2.0");
  });

  it("waits for what the old one has been asked", async () => {
    const at = place();
    await newerClient(at, "0.1.0");
    const client = nativeBridge(at, { ECHO_VERSION: "1.0.0" });
    await client.introduce();
    const old = daemonPid(at);
    const slow = client.request("echo", { ms: 1_500 });
    await wait(100);
    await newerClient(at, "1.0.0");
    const next = client.request("echo");
    expect((await slow).result).toMatchObject({ pid: old, version: "0.1.0" });
    expect((await next).result).toMatchObject({ version: "1.0.0", introduced: 1 });
  });
});

describe("strangers on the socket", () => {
  it("are refused, and cost the others nothing", async () => {
    const at = place();
    const client = nativeBridge(at);
    await client.introduce();
    const say = (text: string | Buffer, end: boolean): Promise<string> =>
      new Promise((resolve) => {
        let answer = "";
        const socket = createConnection(at.socket);
        socket.on("data", (data) => {
          answer += data;
        });
        socket.on("close", () => resolve(answer));
        socket.on("error", () => undefined);
        socket.write(text);
        if (end) socket.end();
      });
    const hello = helloLine({
      face: "mcp",
      version: "0.1.0",
      pid: 1,
      root: undefined,
      client: undefined,
    });
    expect(await say("GET / HTTP/1.1\r\n\r\n", false)).toContain("HAYPILE_USAGE");
    expect(await say(`${"x".repeat(100_000)}`, false)).toContain("HAYPILE_USAGE");
    expect(await say('{"haypile":2}\n', false)).toContain("HAYPILE_USAGE");
    expect(await say(Buffer.from([0, 255, 10]), false)).toContain("HAYPILE_USAGE");
    expect(await say(hello.slice(0, 20), true)).not.toContain("ok");
    // Half closed: what was asked before is answered.
    const asked = `${hello}{"jsonrpc":"2.0","id":1,"method":"echo","params":{"ms":100}}\n`;
    expect(await say(asked, true)).toContain('"method":"echo"');
    for (let i = 0; i < 50; i++) {
      const socket = createConnection(at.socket);
      await new Promise((resolve) => socket.once("connect", resolve));
      socket.write(asked.slice(0, i * 3));
      socket.destroy();
    }
    expect((await client.request("echo")).result).toBeDefined();
  });

  it("beyond the most are refused with a reason", async () => {
    const at = place({ ECHO_CLIENTS: "2" });
    const [one, two] = [nativeBridge(at), nativeBridge(at)];
    await Promise.all([one.introduce(), two.introduce()]);
    const three = nativeBridge(at);
    expect((await three.request("initialize")).error?.code).toBe(-32603);
    expect(three.stderr).toContain("HAYPILE_OVERLOADED");
    expect((await one.request("echo")).result).toBeDefined();
  });
});

describe("a client that is killed", () => {
  it("leaves nothing behind, whenever that happens, fifty times", async () => {
    const at = place();
    const steady = nativeBridge(at);
    await steady.introduce();
    const daemon = daemonPid(at) as number;
    for (let i = 0; i < 50; i++) {
      // The host is a process of its own, so that its death is that of a parent.
      const stage = ["before", "during", "after", "at once", "unread"][i % 5] as string;
      const host = spawn(process.execPath, [hostScript, stage], {
        env: at.env,
        stdio: ["ignore", "pipe", "inherit"],
      });
      const ready = new Promise<void>((resolve) => host.stdout.once("data", () => resolve()));
      await ready;
      kill(host.pid as number);
    }
    await until(() => processesOf(at.folder).length === 2);
    expect(processesOf(at.folder).sort()).toEqual([daemon, steady.child.pid].sort());
    expect((await steady.request("echo")).result).toMatchObject({ pid: daemon });
  });

  it("ends with its parent also when somebody else keeps its input open", async () => {
    const at = place();
    const steady = nativeBridge(at);
    await steady.introduce();
    const host = spawn(process.execPath, [hostScript, "kept"], {
      env: at.env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const kept = Number(await new Promise((resolve) => host.stdout.once("data", resolve)));
    expect(processesOf(at.folder)).toHaveLength(5);
    kill(host.pid as number);
    // Left: the daemon, the steady bridge, and the one who holds the pipe.
    await until(() => processesOf(at.folder).length === 3);
    kill(kept);
  });
});

describe("the daemon", () => {
  it("ends when nobody has asked for a while, and removes its socket", async () => {
    const at = place({ ECHO_IDLE_MS: "300" });
    const client = nativeBridge(at);
    await client.introduce();
    await wait(600);
    expect(daemonPid(at)).toBeDefined();
    client.child.stdin?.end();
    await client.ended;
    await until(() => processesOf(at.folder).length === 0);
    expect(await tryConnect(at.socket)).toBeUndefined();
  });

  it("that was killed leaves a socket and a name that the next one replaces", async () => {
    const at = place();
    const client = nativeBridge(at);
    await client.introduce();
    kill(daemonPid(at) as number);
    await until(() => daemonPid(at) === undefined);
    expect((await nativeBridge(at).introduce()).result).toMatchObject({ introduced: 1 });
    expect((await client.request("echo")).result).toMatchObject({ introduced: 1 });
  });
});

const hostScript = new URL("host.ts", import.meta.url).pathname;
