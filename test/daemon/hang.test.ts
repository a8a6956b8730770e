/*
 * A daemon that accepts and does not answer (Mockapapella/tenex#59, floatpane/matcha#754): stopped by a signal, or
 * its event loop in one place for ever. Nobody waits for it without end, and it can be ended.
 */
import { spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as sent, setTimeout as wait } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { readEnvironment } from "../../src/config/environment/env.ts";
import { connect } from "../../src/haypile/there.ts";
import { readNote } from "../../src/wire/owner.ts";
import { processStart } from "../../src/wire/process-facts.ts";
import { askStop, askVitals, lookLimits, Patience } from "../../src/wire/pulse.ts";
import { stopDaemon } from "../../src/wire/stop.ts";
import {
  type BridgeClient,
  daemonPid,
  echoDaemon,
  nativeBridge,
  nodeBridge,
  type Place,
  place,
  processesOf,
  until,
} from "./helpers.ts";

const start = [process.execPath, echoDaemon] as const;

async function running(at: Place): Promise<{ client: BridgeClient; pid: number }> {
  const client = nativeBridge(at);
  await client.introduce();
  return { client, pid: daemonPid(at) as number };
}

function connectTo(at: Place, options: object = {}) {
  return connect({ environment: readEnvironment(at.env), start, ...options });
}

function stop(at: Place, force = false) {
  return stopDaemon({ endpoint: at.endpoint, runtimeFolder: undefined, force });
}

/** Its event loop goes round in one place for ten minutes. */
async function block(at: Place, client: BridgeClient): Promise<void> {
  client.request("block", { ms: 600_000 }, "block").catch(() => undefined);
  const owner = readNote(at.endpoint);
  if (owner === undefined) throw new Error("no daemon");
  while (((await askVitals(owner))?.blockedMs ?? 0) < 500) await wait(100);
}

describe("a daemon that is stopped", () => {
  it("is told to whoever comes, and to whoever waits; it ends by force only, and another one follows", {
    timeout: 180_000,
  }, async () => {
    const at = place();
    const { client, pid } = await running(at);
    const native = client.request("echo", { ms: 600_000 });
    const other = nodeBridge(at);
    await other.introduce();
    const node = other.request("echo", { ms: 600_000 });
    const library = await connectTo(at);
    process.kill(pid, "SIGSTOP");
    const inFlight = library.health();
    inFlight.catch(() => undefined);
    const stopped = new RegExp(`process ${pid}\\) is stopped.*haypile stop --force`);

    const newcomers = [nativeBridge(at), nodeBridge(at)];
    for (const newcomer of newcomers) {
      expect((await newcomer.request("initialize")).error?.message).toMatch(stopped);
      expect(newcomer.stderr).toMatch(stopped);
    }
    await expect(connectTo(at)).rejects.toMatchObject({
      code: "HAYPILE_DAEMON",
      message: expect.stringMatching(stopped),
      data: { pid, state: "stopped" },
    });
    await expect(stop(at)).rejects.toMatchObject({
      code: "HAYPILE_DAEMON",
      message: expect.stringContaining(`process ${pid}`),
    });
    // What was in flight, too.
    expect((await native).error?.message).toMatch(stopped);
    expect((await node).error?.message).toMatch(stopped);
    await expect(inFlight).rejects.toMatchObject({ data: { pid, state: "stopped" } });
    expect(processesOf(at.folder)).toContain(pid);

    expect(await stop(at, true)).toEqual({ pid, byForce: true });
    expect(processesOf(at.folder)).not.toContain(pid);
    for (const newcomer of newcomers) {
      expect((await newcomer.request("initialize", {}, "again")).result).toBeDefined();
      newcomer.child.stdin?.end();
      expect(await newcomer.ended).toBe(0);
    }
    expect((await client.request("echo")).result?.pid).toBe(daemonPid(at));
  });

  it("is not waited for by a caller that gives up", async () => {
    const at = place();
    const { pid } = await running(at);
    process.kill(pid, "SIGSTOP");
    const soon = () => AbortSignal.timeout(300);
    const gaveUp = { code: "HAYPILE_ABORTED" };
    await expect(connectTo(at, { signal: soon() })).rejects.toMatchObject(gaveUp);
    await expect(
      stopDaemon({ endpoint: at.endpoint, runtimeFolder: undefined, signal: soon() }),
    ).rejects.toMatchObject(gaveUp);
  });

  it("holds nobody who gives up what is in flight", async () => {
    const at = place();
    const { pid } = await running(at);
    const pipes = () => process.getActiveResourcesInfo().filter((one) => one === "PipeWrap").length;
    const before = pipes();
    const giveUp = new AbortController();
    const library = await connectTo(at, { cancel: giveUp.signal });
    process.kill(pid, "SIGSTOP");
    const inFlight = library.health();
    await sent();
    giveUp.abort();
    await expect(inFlight).rejects.toMatchObject({ code: "HAYPILE_ABORTED" });
    await library.close();
    await until(() => pipes() === before, 2_000);
  });

  it("goes on where it was when it is let go on", async () => {
    const at = place();
    const { client, pid } = await running(at);
    process.kill(pid, "SIGSTOP");
    const answer = client.request("echo");
    await wait(1_000);
    process.kill(pid, "SIGCONT");
    expect((await answer).result).toMatchObject({ pid });
  });

  it("before it listens is not waited for without end", async () => {
    const at = place();
    const { client, pid } = await running(at);
    process.kill(pid, "SIGSTOP");
    // As it is while it starts: there, and nowhere to be reached.
    const {
      socket: _,
      control: __,
      ...starting
    } = readNote(at.endpoint) as object as {
      socket: string;
      control: string;
    };
    writeFileSync(at.endpoint.owner, JSON.stringify(starting));
    expect((await nativeBridge(at).request("initialize")).error?.message).toContain(String(pid));
    await expect(connectTo(at)).rejects.toMatchObject({ code: "HAYPILE_DAEMON", data: { pid } });
    expect(await stop(at, true)).toEqual({ pid, byForce: true });
    client.child.stdin?.end();
    await client.ended;
  });
});

describe("a daemon whose event loop does not turn", () => {
  it("says for how long, and is told from one that is only busy", {
    timeout: 180_000,
  }, async () => {
    const at = place();
    const { client, pid } = await running(at);
    // Busy for a while: everybody is answered in the end.
    const busy = client.request("block", { ms: 4_000 });
    const meanwhile = [nativeBridge(at).introduce(), nodeBridge(at).introduce()];
    for (const answer of [busy, ...meanwhile]) expect((await answer).result).toMatchObject({ pid });
    await block(at, client);
    await expect(connectTo(at, { limits: lookLimits })).rejects.toMatchObject({
      message: expect.stringMatching(`process ${pid}\\) has been at one piece of work for \\d+ s`),
      data: { pid, state: "blocked" },
    });
    expect((await nativeBridge(at).request("initialize")).error?.message).toMatch(
      /at one piece of work for \d+ s/,
    );
    expect(daemonPid(at)).toBe(pid);
  });

  it.each(["SIGTERM", "SIGINT", "SIGHUP", "stop", "force"] as const)("ends by %s", async (how) => {
    const at = place();
    const { client, pid } = await running(at);
    await block(at, client);
    if (how === "stop" || how === "force") {
      expect((await stop(at, how === "force"))?.pid).toBe(pid);
    } else {
      process.kill(pid, how);
      await until(() => !processesOf(at.folder).includes(pid), 50_000);
    }
    if (how !== "force") {
      expect(readFileSync(join(at.endpoint.logs, "daemon.log"), "utf8")).toContain(
        '"event":"ended by the watchdog"',
      );
    }
    // The client is told, and the next request starts another.
    await until(() => client.messages.some(({ id, error }) => id === "block" && error));
    expect((await client.request("echo")).result?.pid).toBe(daemonPid(at));
  });
});

describe("a daemon that was asked to stop", () => {
  it("drops at the second signal what it would wait for", async () => {
    const at = place({ ECHO_DRAIN_MS: "600000" });
    const { client, pid } = await running(at);
    const slow = client.request("echo", { ms: 600_000 });
    // What came before this one is there when it is answered.
    await client.request("echo");
    process.kill(pid, "SIGTERM");
    await until(() => daemonPid(at) !== pid);
    await wait(500);
    expect(processesOf(at.folder)).toContain(pid);
    process.kill(pid, "SIGTERM");
    expect((await slow).error?.message).toMatch(/daemon ended/);
    await until(() => !processesOf(at.folder).includes(pid));
  });
});

describe("ending by force", () => {
  it("ends no stranger", async () => {
    const at = place();
    const { client, pid } = await running(at);
    const stranger = spawn("sleep", ["600"], { stdio: "ignore" });
    onTestFinished(() => void stranger.kill("SIGKILL"));
    const note = { ...readNote(at.endpoint), socket: undefined, control: undefined };
    const name = (startTime: string | undefined): void =>
      writeFileSync(at.endpoint.owner, JSON.stringify({ ...note, pid: stranger.pid, startTime }));
    // Its number, and another beginning; or all that a note can say is right, and still it does not hold the lock:
    // whoever holds it is meant.
    name("1");
    name(processStart(stranger.pid as number));
    expect((await stop(at))?.pid).toBe(pid);
    expect(await stop(at, true)).toBeUndefined();
    for (const startTime of ["1", processStart(stranger.pid as number), undefined]) {
      name(startTime);
      expect(await stop(at, true)).toBeUndefined();
    }
    expect([stranger.exitCode, stranger.signalCode]).toEqual([null, null]);
    // Nor does anybody wait for it. A note that is lost:
    expect((await client.request("echo")).result).toBeDefined();
    const next = daemonPid(at);
    process.kill(next as number, "SIGSTOP");
    rmSync(at.endpoint.owner);
    expect(await stop(at, true)).toEqual({ pid: next, byForce: true });
    client.child.stdin?.end();
    await client.ended;
  });
});

describe("patience", () => {
  it("has other words for other reasons, and none for a process that is gone", async () => {
    const at = place();
    const { pid } = await running(at);
    const owner = readNote(at.endpoint);
    if (owner === undefined) throw new Error("no daemon");
    const limits = {
      quietMs: 0,
      stoppedMs: 0,
      silentMs: 0,
      muteMs: 0,
      blockedCpuMs: 60_000,
      blockedMs: 60_000,
    };
    const first = async (said: object): Promise<string | undefined> =>
      (await new Patience({ ...owner, ...said }, limits).look())?.data.state as string | undefined;
    expect(await first({})).toBeUndefined();
    expect(await first({ control: undefined })).toBe("silent");
    expect(await first({ control: undefined, pid: 2 ** 30 })).toBeUndefined();
    process.kill(pid, "SIGSTOP");
    expect(await first({})).toBe("stopped");
    process.kill(pid, "SIGCONT");
    expect(await askStop({ ...owner, control: "/no/such/socket" })).toBe(false);
    // Another process has the place: its word is not the daemon's.
    expect(await askVitals({ ...owner, pid: pid + 1 })).toBeUndefined();
  });
});
