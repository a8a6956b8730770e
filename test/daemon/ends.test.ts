/*
 * Whatever ends at whatever moment, nothing stays behind: bridges end with their client, a daemon that is killed
 * while it starts is replaced, and the next one finds nothing in its way.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import {
  BridgeClient,
  bridgePath,
  daemonPid,
  echoDaemon,
  kill,
  nativeBridge,
  nodeBridge,
  type Place,
  place,
  processesOf,
  until,
} from "./helpers.ts";

const bridges = [
  ["native", nativeBridge],
  ["Node", nodeBridge],
] as const;

/** A moment in the start of a daemon or a bridge, milliseconds after its beginning. */
const moments = [0, 30, 90, 180, 300, 450, 700];

/** Ends what is left with a signal, and waits until nothing is. */
async function endAll(at: Place): Promise<void> {
  for (const pid of processesOf(at.folder)) process.kill(pid, "SIGTERM");
  await until(() => processesOf(at.folder).length === 0);
}

describe.each(["SIGTERM", "SIGINT", "SIGHUP", "SIGKILL"] as const)("%s", (signal) => {
  it("to a daemon that starts costs its client nothing", { timeout: 180_000 }, async () => {
    for (const moment of moments) {
      const at = place();
      const client = nativeBridge(at);
      const answer = client.introduce();
      await until(() => processesOf(at.folder).length === 2);
      await wait(moment);
      for (const pid of processesOf(at.folder)) {
        if (pid !== client.child.pid) process.kill(pid, signal);
      }
      expect((await answer).result, `after ${moment} ms`).toBeDefined();
      client.child.stdin?.end();
      expect(await client.ended).toBe(0);
      await endAll(at);
    }
  });

  it("to a bridge that starts ends it, and the daemon serves the next one", {
    timeout: 180_000,
  }, async () => {
    for (const [name, startBridge] of bridges) {
      const at = place();
      for (const moment of moments) {
        const client = startBridge(at);
        client.send("echo");
        await wait(moment);
        client.child.kill(signal);
        await client.ended;
        const steady = startBridge(at);
        expect((await steady.introduce()).result, `${name} after ${moment} ms`).toBeDefined();
        steady.child.stdin?.end();
        expect(await steady.ended).toBe(0);
        await until(() => processesOf(at.folder).length === 1);
      }
      expect(processesOf(at.folder)).toEqual([daemonPid(at)]);
      await endAll(at);
    }
  });
});

// modelcontextprotocol/typescript-sdk#1613, modelcontextprotocol/python-sdk#2231, tobi/qmd#751
describe.each(bridges)("the %s bridge", (_, startBridge) => {
  it("ends with its input, also before the daemon is there", async () => {
    const at = place();
    for (const moment of moments) {
      const client = startBridge(at);
      const answer = client.introduce();
      await wait(moment);
      client.child.stdin?.end();
      // What was asked is answered, and that is all that it stays for.
      expect((await answer).result).toBeDefined();
      expect(await client.ended).toBe(0);
      await until(() => processesOf(at.folder).length === 1);
      await endAll(at);
    }
  });

  it("ends with its parent, whatever it waits for", { timeout: 180_000 }, async () => {
    for (const moment of moments) {
      const at = place();
      // Another child of the parent keeps the input open after it.
      const words = JSON.stringify([...commandOf(startBridge(place()))]);
      const script = `const { spawn } = require("node:child_process");
        const [program, ...args] = ${words};
        const keeper = spawn("sleep", ["600"], { stdio: ["ignore", "pipe", "ignore"] });
        spawn(program, args, { stdio: [keeper.stdout._handle.fd, "ignore", "inherit"] });
        setInterval(() => undefined, 1000);`;
      const parent = spawn(process.execPath, ["-e", script], {
        env: { ...at.env, NODE_OPTIONS: "" },
        stdio: ["ignore", "ignore", "inherit"],
      });
      // The bridge has begun, and knows its parent.
      await until(() => existsSync(at.endpoint.folder));
      await wait(moment);
      kill(parent.pid as number);
      // Left are the keeper, and the daemon if there is one already.
      await until(() => {
        const left = processesOf(at.folder).filter((pid) => pid !== daemonPid(at));
        return left.length === 1;
      });
      for (const pid of processesOf(at.folder)) kill(pid);
      await until(() => processesOf(at.folder).length === 0);
    }
  });
});

describe("the native bridge", () => {
  it("ends at once when the process it was told to mind is not its parent", async () => {
    const at = place();
    const words = ["--node", process.execPath, "--script", echoDaemon, "--parent", "1"];
    const client = new BridgeClient(at, [bridgePath, ...words]);
    expect(await client.ended).toBe(0);
  });
});

/** The words a bridge of tests is started with. */
function commandOf(client: BridgeClient): string[] {
  client.child.kill("SIGKILL");
  return client.child.spawnargs;
}
