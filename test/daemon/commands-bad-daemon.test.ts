/*
 * Commands beside a daemon that is of another version, dies, hangs or is none, and commands that are stopped: each
 * answers or says why not, with the right exit code, and what was stored stays.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { cli, type Ended } from "../helpers/cli.ts";
import { tempFolder } from "../helpers/temp-tree.ts";
import {
  begin,
  bin,
  homeDaemon,
  read,
  run,
  smallPlace,
  startDaemon,
  startOther,
  treeOf,
  untilIdle,
} from "./commands.ts";
import { daemonPid, kill, type Place, processesOf, until } from "./helpers.ts";
import { type Relay, relay } from "./relay.ts";

vi.setConfig({ testTimeout: 300_000 });

const inThisProcess = "work is done in this process";

/** Kills the daemon; nobody finds the relay before it any more. */
async function end(pid: number, between?: Relay): Promise<void> {
  kill(pid);
  await until(() => !isThere(pid));
  between?.close();
}

function isThere(pid: number): boolean {
  try {
    return !/ \(.*\) Z /u.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

async function memoryCount(at: Place): Promise<number> {
  return (await read<{ memories: number }>(at, ["memories", "stats"])).memories;
}

/** The command was stopped by Ctrl-C, and said no more than that. */
function expectStopped({ code, signal, stderr }: Ended): void {
  expect(code, `${signal} ${stderr}`).toBe(130);
  expect(stderr).toContain("HAYPILE_ABORTED");
  expect(stderr).not.toMatch(/^ +at /mu);
}

describe("a daemon of another version", () => {
  it("that is older is replaced, and what it stored is there", async () => {
    const at = smallPlace();
    const old = await startOther(at, { ECHO_VERSION: "0.0.9" });
    // A client of the same version as the daemon has it do the work.
    await run(at, ["remember", "The ferry leaves at six.", "--here"]);
    const found = await run(at, ["recall", "when does the ferry leave"]);
    expect(found, found.stderr).toMatchObject({ code: 0 });
    expect(found.stdout).toContain("The ferry leaves at six.");
    expect(found.stderr).not.toContain(inThisProcess);
    await until(() => !isThere(old));
    const next = daemonPid(at);
    expect(next).not.toBe(old);
    expect((await run(at, ["remember", "The mill turns at noon."])).code).toBe(0);
    expect(await memoryCount(at)).toBe(2);
    expect(daemonPid(at)).toBe(next);
  });

  it("that is newer serves the command", async () => {
    const at = smallPlace();
    const pid = await startOther(at, { ECHO_VERSION: "99.0.0" });
    const folder = treeOf(3);
    const indexed = await run(at, ["index", folder, "--quiet"]);
    expect(indexed, indexed.stderr).toMatchObject({ code: 0, stderr: "" });
    const found = await run(at, ["search", "lamp", "--path", folder]);
    expect(found.code, found.stderr).toBe(0);
    expect(found.stderr).not.toContain(inThisProcess);
    expect(daemonPid(at)).toBe(pid);
    await untilIdle(at);
  });
});

describe("a daemon that is killed in the middle of a call", () => {
  it("index: says so, and the next run goes on", async () => {
    const at = smallPlace();
    const pid = await startDaemon(at);
    const folder = treeOf(1_500);
    const between = await relay(at, async (line) => {
      if (line.includes("$/progress")) await end(pid);
      return undefined;
    });
    const cut = await run(at, ["index", folder]);
    expect(cut.code, cut.stderr).toBe(7);
    expect(cut.stderr).toContain("ended while this call was in flight");
    expect(cut.stderr).toContain("[HAYPILE_DAEMON]");
    between.close();
    const before = await run(at, ["status", "--path", folder, "--json"]);
    const stored = before.code === 0 ? JSON.parse(before.stdout).index.files : 0;
    const { files } = await read<{ files: { seen: number; new: number } }>(at, ["index", folder]);
    expect(files).toMatchObject({ seen: 1_500, new: 1_500 - stored });
    const status = await read<{ index: { files: number } }>(at, ["status", "--path", folder]);
    expect(status.index.files).toBe(1_500);
  });

  it.each(["search", "recall"])("%s: answered here all the same, and said", async (command) => {
    const at = smallPlace();
    const folder = treeOf(2);
    const pid = await startDaemon(at);
    await run(at, ["index", folder, "--quiet"]);
    await run(at, ["remember", "The lamp is lit at dusk."]);
    const between = await relay(at, async (line) => {
      if (!/"(?:engine.search|memories.recall)"/u.test(line)) return undefined;
      await end(pid, between);
      return "lost";
    });
    const args = command === "search" ? ["lamp", "--path", folder] : ["lamp"];
    const found = await run(at, [command, ...args]);
    expect(found.code, found.stderr).toBe(0);
    expect(found.stderr).toContain(`the daemon has ended; the ${inThisProcess}`);
    const here = await run(at, [command, ...args, "--here"]);
    expect(found.stdout).toBe(here.stdout);
  });

  it.each([
    ["before it has it", "client", 0],
    ["when it has stored it", "daemon", 1],
  ] as const)("remember, %s: never twice, and said", async (_, from, stored) => {
    const at = smallPlace();
    const pid = await startDaemon(at);
    const between = await relay(at, async (line, sender) => {
      const isIt =
        from === "client" ? line.includes('"memories.remember"') : line.includes("stored");
      if (sender !== from || !isIt) return undefined;
      await end(pid, between);
      return "lost";
    });
    const cut = await run(at, ["remember", "The ferry leaves at six."]);
    expect(cut, cut.stderr).toMatchObject({ code: 7, stdout: "" });
    expect(cut.stderr).toContain("it may or may not have been carried out");
    expect(await memoryCount(at)).toBe(stored);
    // Said again, it is there once.
    expect((await run(at, ["remember", "The ferry leaves at six."])).code).toBe(0);
    expect(await memoryCount(at)).toBe(1);
  });

  it("import: says so, and run again it takes nothing twice", async () => {
    const at = smallPlace();
    const pid = await startDaemon(at);
    const file = join(tempFolder(), "lines.jsonl");
    const texts = Array.from({ length: 600 }, (_, i) => JSON.stringify({ text: `Note ${i}.` }));
    writeFileSync(file, texts.join("\n"));
    const between = await relay(at, async (line) => {
      if (!line.includes('"memories.importEnd"')) return undefined;
      await end(pid, between);
      return "lost";
    });
    const cut = await run(at, ["memories", "import", file]);
    expect(cut, cut.stderr).toMatchObject({ code: 7, stdout: "" });
    expect(cut.stderr).toContain("[HAYPILE_DAEMON]");
    expect((await run(at, ["memories", "import", file])).code).toBe(0);
    expect(await memoryCount(at)).toBe(600);
  });
});

describe("a socket that is there and answers nothing", () => {
  it("of a daemon that was stopped: the work is done here, and said", async () => {
    const at = smallPlace();
    const folder = treeOf(2);
    const pid = await startDaemon(at);
    await run(at, ["index", folder, "--quiet"]);
    process.kill(pid, "SIGSTOP");
    const commands = [
      ["search", "lamp", "--path", folder],
      ["remember", "The lamp is lit at dusk."],
      ["recall", "lamp"],
      ["index", folder, "--quiet"],
    ];
    for (const ended of await Promise.all(commands.map((args) => run(at, args)))) {
      expect(ended.code, ended.stderr).toBe(0);
      expect(ended.stderr).toContain(`process ${pid}) is stopped`);
      expect(ended.stderr).toContain(inThisProcess);
    }
    process.kill(pid, "SIGCONT");
    const later = await run(at, ["recall", "lamp"]);
    expect(later.stdout).toContain("The lamp is lit at dusk.");
    expect(later.stderr).not.toContain(inThisProcess);
  });

  it.each(["is there", "has gone"])("of a stranger, in a note whose process %s", async (which) => {
    const at = smallPlace();
    const { pid = 0 } = which === "is there" ? sleeper() : {};
    const asked = await stranger(at, pid === 0 ? 2 ** 22 - 7 : pid);
    const ended = await run(at, ["remember", "The lamp is lit at dusk."]);
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stderr).toContain(inThisProcess);
    expect(asked()).toBeGreaterThan(0);
  });

  it("of a stranger that speaks otherwise", async () => {
    const at = smallPlace();
    await stranger(at, sleeper().pid as number, "220 mail.example ready\n");
    const ended = await run(at, ["recall", "lamp"]);
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stderr).toContain("is no Haypile daemon");
  });

  it("of a stranger that hangs up", async () => {
    const at = smallPlace();
    const asked = await stranger(at, sleeper().pid as number, null);
    const ended = await run(at, ["recall", "lamp"]);
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stderr).toContain("does not answer");
    expect(asked()).toBeGreaterThan(1);
  });

  it("in the note of one that was killed, nobody is asked and nothing is said", async () => {
    const at = smallPlace();
    await end(await startDaemon(at));
    const ended = await run(at, ["recall", "lamp"]);
    expect(ended).toMatchObject({ code: 0, stderr: "haypile: 0 memories of 0.\n" });
  });
});

describe("twenty commands at once, and no daemon", () => {
  it.each([
    ["without daemon.autostart each works in its own process", undefined, 0],
    ["with daemon.autostart one daemon serves all", "true", 1],
  ])("%s", async (_, autostart, daemons) => {
    const at = smallPlace(autostart === undefined ? {} : { HAYPILE_DAEMON_AUTOSTART: autostart });
    const commands = Array.from({ length: 20 }, (_, i) =>
      i % 2 === 0 ? ["remember", `Lamp ${i} is lit at dusk.`] : ["recall", "lamp"],
    );
    for (const ended of await Promise.all(commands.map((args) => run(at, args)))) {
      expect(ended.code, ended.stderr).toBe(0);
      expect(ended.stderr).not.toContain(inThisProcess);
    }
    expect(await memoryCount(at)).toBe(10);
    await until(() => processesOf(at.folder).length === daemons);
    expect(daemonPid(at) === undefined).toBe(daemons === 0);
  });
});

describe.skipIf(process.getuid?.() !== 0)("a command of another user", () => {
  const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

  it("does not get into a data folder, with its daemon or without", async (test) => {
    const at = smallPlace();
    const pid = await startDaemon(at);
    await run(at, ["remember", "The lamp is lit at dusk."]);
    const own = tempFolder();
    chmodSync(own, 0o777);
    const node = join(own, "node");
    copyFileSync(process.execPath, node);
    chmodSync(node, 0o755);
    const as = (args: string[]): Promise<Ended> =>
      cli(args, {
        data: at.folder,
        env: { ...at.env, HOME: own, HAYPILE_CACHE_DIR: join(own, "cache") },
        before: nobody,
        node,
      });
    test.skip((await as(["--version"])).code !== 0, "that user cannot read this folder");
    for (const args of [
      ["recall", "lamp"],
      ["recall", "lamp", "--here"],
      ["remember", "x"],
    ]) {
      const ended = await as([...args, "--json"]);
      expect(ended, ended.stderr).toMatchObject({ code: 3, stdout: "" });
      expect(JSON.parse(ended.stderr).error.code).toBe("HAYPILE_PERMISSION");
    }
    expect(daemonPid(at)).toBe(pid);
    expect(await memoryCount(at)).toBe(1);
  });

  it("as root: it does not use what belongs to somebody else", async () => {
    const at = smallPlace();
    mkdirSync(join(at.folder, "run"), { mode: 0o700 });
    for (const path of ["run", ""]) chownSync(join(at.folder, path), 65534, 65534);
    const ended = await run(at, ["recall", "lamp"]);
    expect(ended.code).toBe(3);
    expect(ended.stderr).toContain("HAYPILE_PERMISSION");
  });
});

describe("Ctrl-C", () => {
  it("while a stopped daemon is asked for a greeting", async () => {
    const at = smallPlace();
    const pid = await startDaemon(at);
    const between = await relay(at);
    process.kill(pid, "SIGSTOP");
    const { child, ended } = begin(at, ["recall", "lamp"]);
    await until(() => between.seen.some((line) => line.includes('"client":"haypile recall"')));
    child.kill("SIGINT");
    expectStopped(await ended);
    process.kill(pid, "SIGCONT");
  });

  it("while a stranger says nothing", async () => {
    const at = smallPlace();
    const asked = await stranger(at, sleeper().pid as number);
    const { child, ended } = begin(at, ["index", tempFolder()]);
    await until(() => asked() > 0);
    child.kill("SIGINT");
    expectStopped(await ended);
  });

  it("in a search, whose work the daemon stops", async () => {
    const at = smallPlace();
    await startOther(at, {}, homeDaemon);
    const between = await relay(at);
    const { child, ended } = begin(at, ["search", "for ever", "--path", treeOf(1)]);
    await until(() => between.seen.some((line) => line.includes('"engine.search"')));
    child.kill("SIGINT");
    expectStopped(await ended);
    await untilIdle(at);
  });

  it("in an index run, whose work the daemon stops", async () => {
    const at = smallPlace();
    await startDaemon(at);
    const folder = treeOf(1_500);
    const between = await relay(at);
    const { child, ended } = begin(at, ["index", folder]);
    await until(() => between.seen.some((line) => line.includes("$/progress")));
    child.kill("SIGINT");
    expectStopped(await ended);
    await untilIdle(at);
    const { files } = await read<{ files: { seen: number; new: number } }>(at, ["index", folder]);
    expect(files.seen).toBe(1_500);
    // It was stopped, and had not come to its end.
    expect(files.new).toBeGreaterThan(0);
  });

  it.each([[], ["--here"]])("in an import that waits for more %j", async (...flags) => {
    const at = smallPlace();
    await startDaemon(at);
    const between = await relay(at);
    const { child, ended } = begin(at, ["memories", "import", ...flags]);
    const lines = Array.from({ length: 300 }, (_, i) => JSON.stringify({ text: `Note ${i}.` }));
    for (const line of lines) child.stdin?.write(`${line}\n`);
    await until(() => readsInput(child.pid as number));
    const isOpen = () => between.seen.some((line) => line.includes('"memories.importOpen"'));
    if (flags.length === 0) await until(isOpen);
    child.kill("SIGINT");
    expectStopped(await ended);
    await untilIdle(at);
  });

  it.each(["remember", "recall"])("in a %s that waits for its text", async (command) => {
    const at = smallPlace();
    const { child, ended } = begin(at, [command, "-"]);
    await until(() => readsInput(child.pid as number));
    child.kill("SIGINT");
    expectStopped(await ended);
  });

  it("in an export: the page that was asked for is the last", async () => {
    const at = smallPlace();
    await startDaemon(at);
    const texts = Array.from({ length: 900 }, (_, i) => JSON.stringify({ text: `Note ${i}.` }));
    const file = join(tempFolder(), "lines.jsonl");
    writeFileSync(file, texts.join("\n"));
    expect((await run(at, ["memories", "import", file])).code).toBe(0);
    const cancelled = Promise.withResolvers<void>();
    let isAsked = false;
    const between = await relay(at, async (line, from) => {
      if (line.includes("$/cancel")) cancelled.resolve();
      if (line.includes('"memories.exportNext"')) isAsked = true;
      else if (isAsked && from === "daemon") await cancelled.promise;
      return undefined;
    });
    const { child, ended } = begin(at, ["memories", "export"]);
    await until(() => isAsked);
    child.kill("SIGINT");
    const stopped = await ended;
    expectStopped(stopped);
    expect(stopped.stdout.split("\n").length).toBeLessThan(900);
    expect(between.seen.filter((line) => line.includes('"memories.exportNext"'))).toHaveLength(1);
    await untilIdle(at);
  });

  it("twice ends at once, whatever is in flight", async () => {
    const at = smallPlace();
    const pid = await startOther(at, {}, homeDaemon);
    const between = await relay(at);
    const { child, ended } = begin(at, ["search", "for ever", "--path", treeOf(1)]);
    await until(() => between.seen.some((line) => line.includes('"engine.search"')));
    process.kill(pid, "SIGSTOP");
    let said = "";
    child.stderr?.on("data", (data) => {
      said += data;
    });
    child.kill("SIGINT");
    await until(() => said.includes("Press Ctrl-C again"));
    child.kill("SIGINT");
    expect((await ended).code).toBe(130);
    process.kill(pid, "SIGCONT");
    await untilIdle(at);
  });
});

describe("a command that is killed", () => {
  it("leaves no search behind in the daemon", async () => {
    const at = smallPlace();
    await startOther(at, {}, homeDaemon);
    const between = await relay(at);
    const { child, ended } = begin(at, ["search", "for ever", "--path", treeOf(1)]);
    await until(() => between.seen.some((line) => line.includes('"engine.search"')));
    child.kill("SIGKILL");
    await ended;
    await untilIdle(at);
  });

  it("leaves no index run behind in the daemon", async () => {
    const at = smallPlace();
    await startDaemon(at);
    const folder = treeOf(1_500);
    const between = await relay(at);
    const { child, ended } = begin(at, ["index", folder]);
    await until(() => between.seen.some((line) => line.includes("$/progress")));
    child.kill("SIGKILL");
    await ended;
    await untilIdle(at);
    const { files } = await read<{ files: { seen: number; new: number } }>(at, ["index", folder]);
    expect(files.new).toBeGreaterThan(0);
    expect(files.seen).toBe(1_500);
  });
});

describe("a reader that closes early", () => {
  it("ends the command without a word, and the daemon goes on", async () => {
    const at = smallPlace();
    const pid = await startDaemon(at);
    const folder = treeOf(300);
    await run(at, ["index", folder, "--quiet"]);
    const file = join(tempFolder(), "lines.jsonl");
    const texts = Array.from({ length: 3_000 }, (_, i) => JSON.stringify({ text: `Note ${i}.` }));
    writeFileSync(file, texts.join("\n"));
    expect((await run(at, ["memories", "import", file])).code).toBe(0);
    for (const args of [
      ["memories", "export"],
      ["search", "lamp", "-k", "300", "--lines", "20", "--path", folder],
      ["search", "lamp", "-k", "300", "--json", "--path", folder],
      ["memories", "list", "-k", "1000", "--json"],
    ]) {
      const piped = spawn(
        "bash",
        // The exit code is that of the command.
        ["-o", "pipefail", "-c", '"$@" | head -n 1', "bash", process.execPath, bin, ...args],
        {
          env: { ...at.env, NO_COLOR: "1" },
          stdio: ["ignore", "pipe", "pipe"],
        },
      );
      let [stdout, stderr] = ["", ""];
      piped.stdout.on("data", (data) => {
        stdout += data;
      });
      piped.stderr.on("data", (data) => {
        stderr += data;
      });
      const [code] = await once(piped, "close");
      expect(code, `${args.join(" ")}: ${stderr}`).toBe(0);
      expect(stdout.trim().split("\n")).toHaveLength(1);
      expect(stderr).not.toMatch(/^ +at |EPIPE|HAYPILE_/mu);
    }
    await untilIdle(at);
    expect(daemonPid(at)).toBe(pid);
  });
});

/** A process that is no daemon. */
function sleeper() {
  const child = spawn("sleep", ["600"], { stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** A note that names a socket at which somebody else listens; gives how often that one was asked. @param says null: it hangs up */
async function stranger(at: Place, pid: number, says: string | null = ""): Promise<() => number> {
  let asked = 0;
  const server = createServer((socket) => {
    socket
      .on("error", () => undefined)
      .once("data", () => {
        asked += 1;
        if (says === null) socket.destroy();
        else socket.write(says);
      });
    onTestFinished(() => void socket.destroy());
  });
  const socket = join(at.folder, "stranger.sock");
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  onTestFinished(() => void server.close());
  mkdirSync(join(at.folder, "run"), { recursive: true, mode: 0o700 });
  const note = { pid, version: "0.1.0", since: "", protocol: 1, host: "", socket };
  writeFileSync(at.endpoint.owner, JSON.stringify(note));
  return () => asked;
}

/** The process waits for its stdin: that is among what its event loop looks at. */
function readsInput(pid: number): boolean {
  return readdirSync(`/proc/${pid}/fdinfo`).some((file) => {
    try {
      return /^tfd: +0 /mu.test(readFileSync(`/proc/${pid}/fdinfo/${file}`, "latin1"));
    } catch {
      return false;
    }
  });
}
