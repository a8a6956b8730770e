/* The commands of the daemon and of clients, as they are built. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { BridgeClient, type Place, place, processesOf, until } from "../daemon/helpers.ts";
import { bin, cli } from "../helpers/cli.ts";

async function run(at: Place, args: string[], env: NodeJS.ProcessEnv = {}) {
  const environment = { ...env, XDG_RUNTIME_DIR: "" };
  return await cli(args, { data: at.folder, env: environment });
}

it("start, status, restart, logs and stop the daemon", async () => {
  const at = place();
  const started = await run(at, ["start", "--json"]);
  expect(started.code, started.stderr).toBe(0);
  const { pid } = JSON.parse(started.stdout);
  expect(JSON.parse((await run(at, ["start", "--json"])).stdout).pid).toBe(pid);
  expect((await run(at, ["status", "--daemon"])).stdout).toContain(`process ${pid}`);
  const restarted = JSON.parse((await run(at, ["restart", "--json"])).stdout);
  expect(restarted.pid).not.toBe(pid);
  const logs = await run(at, ["logs", "-n", "100"]);
  expect(logs.stdout).toContain('leaving reason="stopped"');
  expect((await run(at, ["stop"])).stdout).toBe(`Stopped process ${restarted.pid}.\n`);
  expect(processesOf(at.folder)).toEqual([]);
  expect(existsSync(at.socket)).toBe(false);
  expect((await run(at, ["stop"])).stdout).toBe("No daemon was running.\n");
  const none = await run(at, ["status", "--daemon"]);
  expect(none.code).toBe(7);
  expect(none.stderr).toContain("HAYPILE_DAEMON");
});

it("serve an MCP client, native and in Node, and end with it", async () => {
  const at = place();
  const params = {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "t", version: "1" },
  };
  for (const words of [[], ["--no-native"], ["--client", "test", "--root", at.folder]]) {
    const client = new BridgeClient(at, [process.execPath, bin, "mcp", ...words]);
    expect((await client.request("initialize", params)).result?.serverInfo).toBeDefined();
    client.send("notifications/initialized");
    const { tools } = (await client.request("tools/list")).result as { tools: object[] };
    expect(tools.length).toBeGreaterThan(8);
    const exe = readFileSync(`/proc/${client.child.pid}/cmdline`, "utf8").split("\0")[0];
    expect(exe?.endsWith("haypile-bridge")).toBe(words[0] !== "--no-native");
    const call = {
      name: "remember",
      arguments: { text: `The lamp of the ${words.length}th room.` },
    };
    const { result } = await client.request("tools/call", call);
    expect(result?.isError, JSON.stringify(result)).not.toBe(true);
    client.child.stdin?.end();
    expect(await client.ended).toBe(0);
    expect(client.stderr).toBe("");
  }
  await until(() => processesOf(at.folder).length === 1);
});

it("leave no daemon behind when the port is taken, and none less that ran before", async () => {
  const at = place();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void other.close());
  const taken = String((other.address() as AddressInfo).port);
  const refused = await run(at, ["start", "--http", taken, "--json"]);
  expect(refused.code).toBe(3);
  expect(JSON.parse(refused.stderr).error.code).toBe("HAYPILE_PORT_TAKEN");
  expect(processesOf(at.folder)).toEqual([]);
  const { pid } = JSON.parse((await run(at, ["start", "--json"])).stdout);
  expect((await run(at, ["start", "--http", taken])).code).toBe(3);
  // An address that needs a token, without one.
  const open = await run(at, ["start", "--http", "0", "--host", "0.0.0.0", "--no-token"]);
  expect(open.code).toBe(2);
  expect(processesOf(at.folder)).toEqual([pid]);
  expect((await run(at, ["start", "--http", "0"])).stdout).toContain("MCP over HTTP: http://127.");
});

it("say that the daemon hangs, end by one Ctrl-C, and end it by force", {
  timeout: 180_000,
}, async () => {
  const at = place();
  const { pid } = JSON.parse((await run(at, ["start", "--json"])).stdout);
  process.kill(pid, "SIGSTOP");
  for (const words of [["status", "--daemon"], ["start"], ["stop"], ["restart"]]) {
    const told = await run(at, words);
    expect(told.code, words[0]).toBe(7);
    expect(told.stderr).toMatch(
      new RegExp(`process ${pid}\\).*haypile stop --force.*HAYPILE_DAEMON`),
    );
    const interrupted = await cli(words, {
      data: at.folder,
      env: { XDG_RUNTIME_DIR: "" },
      // Once, when the command line has been loaded.
      onStart: (child) => void setTimeout(() => child.kill("SIGINT"), 2_000).unref(),
    });
    // Told already, or given up: nobody waits on.
    expect([7, 130], words[0]).toContain(interrupted.code);
  }
  expect(processesOf(at.folder)).toEqual([pid]);
  const ended = await run(at, ["stop", "--force", "--json"]);
  expect(JSON.parse(ended.stdout)).toEqual({ stopped: pid, byForce: true });
  expect(processesOf(at.folder)).toEqual([]);
  expect(JSON.parse((await run(at, ["stop", "--force", "--json"])).stdout)).toEqual({
    stopped: null,
    byForce: false,
  });
});

// modelcontextprotocol/python-sdk#2678, modelcontextprotocol/go-sdk#1061
it("answer all of a pipe that says everything at once, also cold and beside other work", {
  timeout: 240_000,
}, async () => {
  const at = place();
  const asked = [
    {
      id: 1,
      method: "initialize",
      params: {
        protocolVersion: "2025-06-18",
        capabilities: {},
        clientInfo: { name: "p", version: "0" },
      },
    },
    { method: "notifications/initialized" },
    {
      id: 2,
      method: "tools/call",
      params: { name: "remember", arguments: { text: "Tea is at four." } },
    },
    {
      id: 3,
      method: "tools/call",
      params: { name: "recall", arguments: { query: "when is tea" } },
    },
    { id: 4, method: "tools/list" },
  ];
  const input = asked.map((line) => JSON.stringify({ jsonrpc: "2.0", ...line })).join("\n");
  const hogs = Array.from({ length: 4 }, () => spawn("sh", ["-c", "while :; do :; done"]));
  onTestFinished(() => {
    for (const hog of hogs) hog.kill("SIGKILL");
  });
  let last = "";
  for (const words of [[], ["--no-native"], ["--no-daemon"], []]) {
    await run(at, ["stop"]);
    const { stdout, status } = spawnSync(process.execPath, [bin, "mcp", ...words], {
      env: at.env,
      input,
      encoding: "utf8",
    });
    expect(status).toBe(0);
    const answers = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(answers.map(({ id }) => id).sort(), words[0]).toEqual([1, 2, 3, 4]);
    for (const { result } of answers) expect(result?.isError).not.toBe(true);
    last = stdout;
  }
  // The first round has stored it, whatever the order of its two calls.
  expect(last).toContain("Tea is at four.");
});

it("tell clients of Haypile, and take it out again", async () => {
  const at = place();
  const home = { HOME: at.folder, XDG_CONFIG_HOME: join(at.folder, "xdg") };
  const none = await run(at, ["install"], home);
  expect(none.code).toBe(2);
  expect((await run(at, ["install", "--client", "emacs"], home)).code).toBe(2);
  mkdirSync(join(at.folder, ".cursor"));
  const dry = await run(at, ["install", "--dry-run"], home);
  expect(dry.stdout).toMatch(/^Cursor: would be added /m);
  expect(existsSync(join(at.folder, ".cursor", "mcp.json"))).toBe(false);
  expect((await run(at, ["install", "--print", "--client", "codex"], home)).stdout).toContain(
    "[mcp_servers.haypile]",
  );
  const done = await run(
    at,
    ["install", "--client", "cursor", "--client", "codex", "--json"],
    home,
  );
  expect(
    JSON.parse(done.stdout).clients.map(({ outcome }: { outcome: string }) => outcome),
  ).toEqual(["added", "added"]);
  const { mcpServers } = JSON.parse(readFileSync(join(at.folder, ".cursor", "mcp.json"), "utf8"));
  expect(existsSync(mcpServers.haypile.command)).toBe(true);
  const removed = await run(at, ["uninstall", "--client", "all"], home);
  expect(removed.stdout.match(/removed/g)).toHaveLength(2);
});
