/*
 * One daemon for one data folder, whoever asks for it and from where: login shells have XDG_RUNTIME_DIR, cron, ssh
 * commands, sudo and services have not (denoland/clawpatrol#670, dotnet/vscode-dotnet-runtime#2659).
 */
import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import "../helpers/as-installed.ts";
import { readEnvironment } from "../../src/config/environment/env.ts";
import { connect } from "../../src/haypile/there.ts";
import { tryLock } from "../../src/storage/sqlite/file/lock.ts";
import { findEndpoint } from "../../src/wire/endpoint.ts";
import { readNote } from "../../src/wire/owner.ts";
import { stopDaemon } from "../../src/wire/stop.ts";
import { tempFolder } from "../helpers/temp-tree.ts";
import {
  BridgeClient,
  bridgePath,
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

/** The place as a session sees it that has a folder of its own for sockets. */
function seenFrom(at: Place, runtime: string | undefined, data = at.folder): Place {
  const env = { ...at.env, XDG_RUNTIME_DIR: runtime, HAYPILE_DATA_DIR: data };
  return { ...at, env, endpoint: findEndpoint(readEnvironment(env)) };
}

function runtimeFolder(): string {
  const folder = tempFolder();
  chmodSync(folder, 0o700);
  return folder;
}

async function pidSeenBy(at: Place): Promise<number> {
  const client = await connect({ environment: readEnvironment(at.env), start });
  const { pid } = await client.health();
  await client.close();
  return pid;
}

describe("one data folder has one daemon", () => {
  it("whatever the session says", async () => {
    const at = place();
    const link = join(tempFolder(), "link");
    symlinkSync(at.folder, link);
    const sessions = [
      seenFrom(at, runtimeFolder()),
      seenFrom(at, undefined),
      seenFrom(at, runtimeFolder()),
      seenFrom(at, "/no/such/folder"),
      // The same folder by another name.
      seenFrom(at, undefined, link),
    ];
    const bridges = sessions.flatMap((session) => [nativeBridge(session), nodeBridge(session)]);
    const answers = await Promise.all(bridges.map((bridge) => bridge.introduce()));
    const pids = new Set(answers.map(({ result }) => result?.pid));
    for (const session of sessions) pids.add(await pidSeenBy(session));
    expect([...pids]).toEqual([daemonPid(at)]);
    // Whoever found no daemon started one. Those that came second must be gone, else the slowest of them finds the
    // place free after the stop, and takes it.
    const bridgePids = bridges.map(({ child }) => child.pid);
    const others = (): number[] =>
      [at.folder, link].flatMap(processesOf).filter((pid) => !bridgePids.includes(pid));
    await until(() => others().length === 1);
    const last = sessions.at(-1) as Place;
    const stopped = await stopDaemon({ endpoint: last.endpoint, runtimeFolder: undefined });
    expect([...pids]).toEqual([stopped?.pid]);
    for (const bridge of bridges) {
      bridge.child.stdin?.end();
      expect(await bridge.ended).toBe(0);
    }
    await until(() => others().length === 0);
  });

  it("also where its path is too long for a socket, and where no socket can be", async () => {
    const deep = join(tempFolder(), "deep/".repeat(30));
    mkdirSync(deep, { recursive: true });
    const taken = tempFolder();
    // Something lies in the socket's place that is not ours to remove.
    mkdirSync(join(taken, "run", "daemon.sock", "kept"), { recursive: true });
    for (const folder of [deep, taken]) {
      const at = { ...place({ HAYPILE_DATA_DIR: folder }), folder };
      const runtime = runtimeFolder();
      const pid = await pidSeenBy(seenFrom(at, runtime, folder));
      const note = readNote(at.endpoint);
      expect(note?.socket?.startsWith(join(runtime, "haypile"))).toBe(true);
      expect(statSync(join(runtime, "haypile")).mode & 0o777).toBe(0o700);
      expect(await pidSeenBy(seenFrom(at, undefined, folder))).toBe(pid);
      expect((await nativeBridge(seenFrom(at, undefined, folder)).introduce()).result?.pid).toBe(
        pid,
      );
      await stopDaemon({ endpoint: at.endpoint, runtimeFolder: undefined });
      // And without such a folder.
      const next = await pidSeenBy(seenFrom(at, undefined, folder));
      expect(readNote(at.endpoint)?.socket).toMatch(/^\/tmp\/haypile-\d+\//u);
      expect(await pidSeenBy(seenFrom(at, runtimeFolder(), folder))).toBe(next);
      await stopDaemon({ endpoint: at.endpoint, runtimeFolder: undefined });
    }
  });

  it("and another folder another one", async () => {
    const [one, two] = [place(), place()];
    const runtime = runtimeFolder();
    const pids = [await pidSeenBy(seenFrom(one, runtime)), await pidSeenBy(seenFrom(two, runtime))];
    expect(pids).toEqual([daemonPid(one), daemonPid(two)]);
    expect(pids[0]).not.toBe(pids[1]);
  });
});

describe("a data folder that another machine's daemon has", () => {
  it("is told with who it is", async () => {
    const at = place();
    mkdirSync(at.endpoint.folder, { mode: 0o700 });
    // Its lock is held, as over a network's disk, and its process is none of ours.
    const lock = tryLock(at.endpoint.lock);
    onTestFinished(() => lock?.release());
    const note = { pid: 2 ** 30, startTime: "1", host: "elsewhere", socket: "/no/such/socket" };
    writeFileSync(at.endpoint.owner, JSON.stringify(note));
    await expect(pidSeenBy(at)).rejects.toMatchObject({
      code: "HAYPILE_DAEMON",
      message: expect.stringMatching(
        /process 1073741824 of elsewhere.*cannot be reached from here/,
      ),
    });
    expect((await nativeBridge(at).request("initialize")).error?.message).toMatch(
      /could not be started/,
    );
  });
});

describe("the daemon minds its place", () => {
  it("listens anew where its socket was removed, and keeps its clients", async () => {
    const at = place({ ECHO_HOME_MS: "200" });
    const client = nativeBridge(at);
    const pid = (await client.introduce()).result?.pid;
    const inode = statSync(at.socket).ino;
    rmSync(at.socket);
    await until(() => existsSync(at.socket) && statSync(at.socket).ino !== inode);
    expect((await client.request("echo")).result?.pid).toBe(pid);
    expect((await nodeBridge(at).introduce()).result?.pid).toBe(pid);
  });

  it("leaves where its lock was removed: another one may have begun", async () => {
    const at = place({ ECHO_HOME_MS: "200" });
    const client = nativeBridge(at);
    const pid = (await client.introduce()).result?.pid as number;
    rmSync(at.endpoint.folder, { recursive: true });
    await until(() => !processesOf(at.folder).includes(pid));
    expect(existsSync(at.endpoint.folder)).toBe(false);
    expect((await client.request("echo")).result).toMatchObject({ introduced: 1 });
    expect(daemonPid(at)).not.toBe(pid);
  });
});

describe("a daemon of version 0.1 at its old place", () => {
  async function oldDaemon(at: Place, runtime: string): Promise<number> {
    const folder = join(runtime, "haypile");
    mkdirSync(folder, { mode: 0o700 });
    const script = join(import.meta.dirname, "old-daemon.ts");
    const old = spawn(process.execPath, [script, folder, at.folder], {
      env: at.env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise((resolve) => old.stdout.once("data", resolve));
    return old.pid as number;
  }

  it("is told to leave by the next one, and by stop", async () => {
    const at = place();
    const runtime = runtimeFolder();
    const old = await oldDaemon(at, runtime);
    const pid = await pidSeenBy(seenFrom(at, runtime));
    expect(pid).not.toBe(old);
    await until(() => !processesOf(at.folder).includes(old));

    const other = place();
    const otherRuntime = runtimeFolder();
    const second = await oldDaemon(other, otherRuntime);
    expect(
      await stopDaemon({ endpoint: other.endpoint, runtimeFolder: otherRuntime }),
    ).toMatchObject({ pid: second });
    expect(processesOf(other.folder)).toEqual([]);
  });
});

describe("a small limit of open files", () => {
  // vshulcz/deja-vu#2397: who inherits a client's stream keeps it open.
  it("is named where it is too small, and the daemon never has the client's streams", async () => {
    for (const files of [20, 40, 64, 100, 1_000]) {
      const at = place();
      const words = ["--node", process.execPath, "--script", echoDaemon];
      const limited = ["bash", "-c", `ulimit -n ${files}; exec "$0" "$@"`, bridgePath, ...words];
      const client = new BridgeClient(at, limited);
      const answer = await client.introduce();
      if (files < 64) {
        expect(answer.error?.message).toMatch(new RegExp(`open files.*at least 64.* is ${files}`));
      } else {
        expect(answer.result).toBeDefined();
      }
      client.child.stdin?.end();
      // Nobody else has the stream: its end is seen.
      expect(await client.ended).toBe(files < 64 ? 1 : 0);
      // Written before the answer, and read by whoever reads that pipe.
      if (files < 64) await until(() => client.stderr.includes("ulimit -n"));
      expect(processesOf(at.folder)).toHaveLength(files < 64 ? 0 : 1);
    }
  });
});
