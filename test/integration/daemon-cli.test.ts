/* The commands of the daemon and of clients, as they are built. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
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

it("tell clients of Haypile, and take it out again", async () => {
  const at = place();
  const home = { HOME: at.folder, XDG_CONFIG_HOME: join(at.folder, "xdg") };
  const none = await run(at, ["install"], home);
  expect(none.code).toBe(2);
  expect((await run(at, ["install", "--client", "emacs"], home)).code).toBe(2);
  mkdirSync(join(at.folder, ".cursor"));
  const dry = await run(at, ["install", "--dry-run"], home);
  expect(dry.stdout).toMatch(/^Cursor: would be added /);
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
