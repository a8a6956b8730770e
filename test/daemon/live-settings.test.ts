/* "haypile config set" reaches a daemon that runs: what is in force at once, at the next call, and after a start. Runs dist. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import "../helpers/as-installed.ts";
import { readEnvironment } from "../../src/config/environment/env.ts";
import { connect, type DaemonClient } from "../../src/haypile/there.ts";
import type { RamOverTime } from "../../src/ports/answers/daemon/ram.ts";
import { RpcClient } from "../../src/wire/client.ts";
import { cli, type Ended, graphs } from "../helpers/cli.ts";
import { writeTree } from "../helpers/temp-tree.ts";
import { daemonPid, type Place, place, until } from "./helpers.ts";

const environmentOf = (at: Place) => readEnvironment(at.env as Record<string, string | undefined>);

async function start(env: NodeJS.ProcessEnv = {}): Promise<{ at: Place; client: DaemonClient }> {
  const at = place({ ...env, HAYPILE_CACHE_DIR: graphs, XDG_RUNTIME_DIR: "" });
  const client = await connect({ environment: environmentOf(at), client: "test" });
  onTestFinished(() => client.close());
  return { at, client };
}

async function run(at: Place, ...args: string[]): Promise<Ended> {
  return await cli(args, { data: at.folder, env: { XDG_RUNTIME_DIR: "" } });
}

async function marksOf(at: Place): Promise<RamOverTime["marks"]> {
  const rpc = new RpcClient({ environment: environmentOf(at), client: "marks" });
  try {
    return ((await rpc.call("daemon.ram", { args: [{ points: 1 }] })) as RamOverTime).marks;
  } finally {
    await rpc.close();
  }
}

it("marks, interval, clean-up and limit hold at once, and command and daemon agree", async () => {
  const { at, client } = await start();
  writeTree(join(at.folder, "config"), { "haypile.toml": '[memory]\nmax = "600MB"\n' });
  await client.stop();
  await until(() => daemonPid(at) === undefined);
  const again = await connect({ environment: environmentOf(at), client: "test" });
  onTestFinished(() => again.close());
  const tree = join(at.folder, "tree");
  writeTree(tree, { "kettle.md": "# Kettle\n\nIt boils at noon.\n" });
  const code = again.code(tree);
  await code.index();
  expect(await code.memoryPressure()).toMatchObject({ limitBytes: 600e6, level: "calm" });
  expect(await marksOf(at)).toEqual({ warning: 0.85, critical: 0.94 });

  for (const [name, value] of [
    ["memory.target", "2%"],
    ["memory.warning", "3%"],
    ["memory.critical", "590MB"],
    ["memory.check-interval", "50ms"],
    ["memory.cleanup", "aggressive"],
    ["model.pool", "1"],
    ["index.open", "4"],
  ] as const) {
    const set = await run(at, "config", "set", name, value);
    expect(set).toMatchObject({ code: 0, stdout: expect.stringContaining(`${name} = ${value}`) });
    expect(set.stderr).toMatch(/^haypile: the daemon \(process \d+\) goes by it from now on\n$/);
    const [here, there] = await Promise.all([
      run(at, "config", "get", name),
      run(at, "config", "get", name, "--daemon"),
    ]);
    expect(there.stdout).toBe(here.stdout);
    expect(there.stdout.trim()).toBe(value);
  }
  const { warning, critical } = await marksOf(at);
  expect(warning).toBeCloseTo(0.03);
  expect(critical).toBeCloseTo(590 / 600);
  // The daemon uses more than 18 MB, so by the new marks memory is short, and an eager clean-up gives things up.
  await expect.poll(async () => (await code.memoryPressure()).steps.length).toBeGreaterThan(0);
  expect(await code.memoryPressure()).toMatchObject({ level: "warning" });

  const json = await run(at, "config", "set", "memory.max", "700MB", "--json");
  expect(JSON.parse(json.stdout)).toMatchObject({
    option: "memory.max",
    daemon: { pid: daemonPid(at), when: "now", value: 700e6 },
  });
  expect((await code.memoryPressure()).limitBytes).toBe(700e6);
  // All of the file is in force, so a command goes to the daemon and not past it.
  const found = await run(at, "search", "when does it boil", "--path", tree);
  expect(found).toMatchObject({ code: 0, stdout: expect.stringContaining("kettle.md") });
  expect(found.stderr).not.toContain("in this process");
  // By hand, and nobody new connects: it looks by itself.
  const path = join(at.folder, "config", "haypile.toml");
  writeFileSync(path, readFileSync(path, "utf8").replace("700MB", "650MB"));
  await expect
    .poll(async () => (await code.memoryPressure()).limitBytes, { timeout: 60_000 })
    .toBe(650e6);
});

it("the heap waits for a start, and it is said until then", async () => {
  const { at } = await start();
  const set = await run(at, "config", "set", "memory.heap", "300MB");
  expect(set.stderr).toMatch(
    /goes by it when it is started again \("haypile restart"\); until then/,
  );
  expect((await run(at, "config", "get", "memory.heap")).stdout.trim()).toBe("300MB");
  expect((await run(at, "config", "get", "memory.heap", "--daemon")).stdout.trim()).toBe("");
  const list = await run(at, "config", "list", "--daemon", "--json");
  const { options } = JSON.parse(list.stdout) as {
    options: Record<string, { value: unknown; waits: boolean }>;
  };
  const waiting = Object.keys(options).filter((name) => options[name]?.waits === true);
  expect(waiting).toEqual(["memory.heap"]);
  expect((await run(at, "config", "list", "--daemon")).stdout).toMatch(
    /memory\.heap .*until it is started again/,
  );
  const before = daemonPid(at);
  expect((await run(at, "restart")).code).toBe(0);
  expect(daemonPid(at)).not.toBe(before);
  expect((await run(at, "config", "get", "memory.heap", "--daemon")).stdout.trim()).toBe("300MB");
  const words = readFileSync(`/proc/${daemonPid(at)}/cmdline`, "utf8").split("\0");
  expect(words).toContain(`--max-old-space-size=${Math.floor(300e6 / 2 ** 20)}`);
});

it("an index is opened anew for the next call when its options change by hand", async () => {
  const { at, client } = await start();
  const tree = join(at.folder, "tree");
  const text = (i: number): string => `# Kettle ${i}\n\nKettle ${i} boils at noon.\n`;
  writeTree(tree, Object.fromEntries([1, 2, 3, 4].map((i) => [`kettle${i}.md`, text(i)])));
  const code = client.code(tree);
  await code.index();
  await code.settled();
  expect((await code.search("which kettle boils")).hits).toHaveLength(4);
  writeTree(join(at.folder, "config"), { "haypile.toml": "[search]\nlimit = 2\n" });
  // Whoever asks for the options makes it read the file.
  expect((await run(at, "config", "get", "search.limit", "--daemon")).stdout.trim()).toBe("2");
  // A first limit lays work out another way, which only a start does.
  const limit = await run(at, "config", "set", "memory.max", "900MB");
  expect(limit.stderr).toContain("when it is started again");
  expect((await code.memoryPressure()).limitBytes).toBeUndefined();
  expect((await code.search("which kettle boils")).hits).toHaveLength(2);
  const lines = await run(at, "config", "set", "search.limit", "3");
  expect(lines.stderr).toMatch(/goes by it from the next call on\n$/);
  expect((await code.search("which kettle boils")).hits).toHaveLength(3);
  const pages = await run(at, "config", "set", "storage.page-cache", "8MB");
  expect(pages.stderr).toMatch(/from the next call on, where an index is not in use then\n$/);
  // The project's own file, which the daemon looks at before each call.
  const inProject = ["--project", "--path", tree];
  const one = await run(at, "config", "set", "search.limit", "1", ...inProject);
  expect(one.stderr).toMatch(/goes by it from the next call in this project on\n$/);
  expect((await code.search("which kettle boils")).hits).toHaveLength(1);
  await run(at, "config", "set", "search.rerank", "off", ...inProject);
  await run(at, "config", "set", "search.limit", "4", ...inProject);
  expect((await code.search("which kettle boils")).hits).toHaveLength(4);
  const most = await run(at, "config", "set", "memory.max", "500MB", ...inProject);
  expect(most.stderr).toMatch(/one for all projects and goes by your own file in memory\.max; /);
  expect((await code.memoryPressure()).limitBytes).toBeUndefined();
  rmSync(join(tree, "haypile.toml"));
  expect((await code.search("which kettle boils")).hits).toHaveLength(3);
  // What JSON has no word for is named before it travels.
  await expect(code.untilCalm({ timeoutMs: Number.NaN })).rejects.toThrow(
    /Expected a finite number for timeoutMs of untilCalm\(\), but got NaN/,
  );
});

it("a variable of the daemon's goes before the file, and a broken file changes nothing", async () => {
  const { at } = await start({ HAYPILE_MEMORY_CHECK_INTERVAL: "200ms" });
  const set = await run(at, "config", "set", "memory.check-interval", "300ms");
  expect(set.stderr).toContain(
    "goes by memory.check-interval = 200ms, since HAYPILE_MEMORY_CHECK_INTERVAL of its environment goes before the file",
  );
  await run(at, "config", "set", "index.open", "5");
  writeFileSync(join(at.folder, "config", "haypile.toml"), "[index]\nopen = 0\n");
  const asked = await run(at, "config", "get", "index.open", "--daemon");
  expect(asked).toMatchObject({ code: 0, stdout: "5\n" });
  expect(asked.stderr).toContain("for index.open in");
});

it("without a daemon nothing is said, and --daemon is refused with what to do", async () => {
  const at = place({ XDG_RUNTIME_DIR: "" });
  const set = await run(at, "config", "set", "memory.warning", "80%");
  expect(set).toMatchObject({ code: 0, stderr: "" });
  const asked = await run(at, "config", "get", "memory.warning", "--daemon");
  expect(asked.code).not.toBe(0);
  expect(asked.stderr).toMatch(/there is none.*haypile start/);
});
