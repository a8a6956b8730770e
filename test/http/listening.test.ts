/* Where the daemon listens and for how long, by commands as they are built and daemons as they run. */
import { readFileSync, rmSync, statSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, it, onTestFinished, vi } from "vitest";
import { processesOf } from "../daemon/helpers.ts";
import type { Ended } from "../helpers/cli.ts";
import { World } from "../page/world.ts";
import { ask, bearer, codeOf, json } from "./asking.ts";

vi.setConfig({ testTimeout: 300_000 });

interface Started {
  pid: number;
  page?: string;
  http: { url: string; page?: string; tokenPath?: string } | null;
}

/** A data folder whose daemon ends with the test. @param env of its commands */
function place(env: NodeJS.ProcessEnv = { HAYPILE_PAGE_PORT: "" }): World {
  const world = new World();
  world.env = env;
  onTestFinished(async () => await world.end());
  return world;
}

async function start(world: World, ...flags: string[]): Promise<Started & { stderr: string }> {
  const ended = await world.cli(["start", ...flags, "--json"]);
  if (ended.code !== 0) throw new Error(ended.stderr);
  return { ...(JSON.parse(ended.stdout) as Started), stderr: ended.stderr };
}

function portOf(url: string | undefined): number {
  return Number(new URL(url ?? "").port);
}

/** Somebody else, who listens. */
async function other(): Promise<number> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

function errorOf(ended: Ended): string {
  return (JSON.parse(ended.stderr) as { error: { code: string } }).error.code;
}

it("start serves the page at the usual port or the next, twice the same, and says so", async () => {
  const world = place();
  const first = await start(world);
  const port = portOf(first.http?.page);
  // Other tests may have 3030 at this moment.
  if (port === 3030) expect(first.stderr).toBe("");
  else
    expect(first.stderr).toContain(
      `port 3030 is taken by another program, so the daemon listens at ${port}`,
    );
  expect((await ask(port, "/")).status).toBe(200);
  const second = await start(world);
  expect([second.pid, second.http]).toEqual([first.pid, first.http]);
  expect(second.stderr).toBe("");
  const words = await world.run(["start"]);
  expect(words).toContain(`The page: http://127.0.0.1:${port}/`);
  expect(words).toContain("haypile open");
  expect(await world.run(["status", "--daemon"])).toContain(`http://127.0.0.1:${port}/`);
  const status = JSON.parse(await world.run(["status", "--daemon", "--json"]));
  expect(status.page).toBe(`http://127.0.0.1:${port}/`);
  const health = JSON.parse((await ask(port, "/health")).body);
  expect(health.page).toBe(status.page);
});

it("two daemons find two ports", async () => {
  const [one, two] = [place(), place()];
  const [first, second] = await Promise.all([start(one), start(two)]);
  expect(portOf(first.http?.url)).not.toBe(portOf(second.http?.url));
  expect(second.pid).not.toBe(first.pid);
});

it("a port that was said by number is that port or none", async () => {
  const taken = String(await other());
  const byOption = place({ HAYPILE_PAGE_PORT: taken });
  const refused = await byOption.cli(["start", "--json"]);
  expect([refused.code, errorOf(refused)]).toEqual([3, "HAYPILE_PORT_TAKEN"]);
  expect(processesOf(byOption.data)).toEqual([]);
  const byFlag = place();
  expect(errorOf(await byFlag.cli(["start", "--http", taken, "--json"]))).toBe(
    "HAYPILE_PORT_TAKEN",
  );
  expect(errorOf(await byOption.cli(["open", "--print", "--json"]))).toBe("HAYPILE_PORT_TAKEN");
});

it("page.port 0 is no page: start listens nowhere, open says how, and --http serves the rest", async () => {
  const world = place({ HAYPILE_PAGE_PORT: "0" });
  expect((await start(world)).http).toBeNull();
  const open = await world.cli(["open"]);
  expect(open.code).toBe(2);
  expect(open.stderr).toContain("page.port");
  const { http } = await start(world, "--http", "0");
  expect(http?.page).toBeUndefined();
  const port = portOf(http?.url);
  expect((await ask(port, "/")).status).toBe(404);
  expect((await ask(port, "/page.js")).status).toBe(404);
  const token = readFileSync(http?.tokenPath ?? "", "utf8").trim();
  expect((await ask(port, "/api/v1/haypile/indexes", { headers: bearer(token) })).status).toBe(200);
  // With another setting, a daemon that starts anew where it listened serves the page.
  world.env = { HAYPILE_PAGE_PORT: "" };
  const link = await world.cli(["open", "--print"]);
  expect([link.code, link.stderr.includes("restart")]).toEqual([2, true]);
  await world.run(["restart"]);
  expect((await ask(port, "/")).status).toBe(200);
});

it("a daemon that a client started does not listen until somebody asks", async () => {
  const world = place({ HAYPILE_PAGE_PORT: "", HAYPILE_DAEMON_AUTOSTART: "true" });
  await world.run(["remember", "the lamp is lit"]);
  const before = JSON.parse(await world.run(["status", "--daemon", "--json"]));
  expect(before.page).toBeUndefined();
  expect(await world.run(["status", "--daemon"])).toContain("haypile open");
  const link = (await world.run(["open", "--print"])).trim();
  expect((await ask(portOf(link), "/")).status).toBe(200);
  const after = JSON.parse(await world.run(["status", "--daemon", "--json"]));
  expect([after.pid, after.page]).toEqual([before.pid, new URL("/", link).href]);
});

it("a daemon that listens stays, whatever its idle time", async () => {
  const world = place({ HAYPILE_DAEMON_IDLE: "5s" });
  await world.start();
  const [pid] = processesOf(world.data);
  await wait(7_000);
  expect((await fetch(`${world.origin}/health`)).ok).toBe(true);
  expect(processesOf(world.data)).toEqual([pid]);
});

it("restart goes on where it listened, and sessions with it, but for those that were ended", async () => {
  const world = place();
  const { http } = await start(world, "--http", "0");
  const port = portOf(http?.url);
  const sign = async (): Promise<string> => {
    const code = codeOf((await world.run(["open", "--print"])).trim());
    const body = JSON.stringify({ code });
    const answer = await ask(port, "/api/v1/session", { method: "POST", headers: json, body });
    return (JSON.parse(answer.body) as { token: string }).token;
  };
  const [kept, ended] = [await sign(), await sign()];
  await ask(port, "/api/v1/session", { method: "DELETE", headers: bearer(ended) });
  const again = JSON.parse(await world.run(["restart", "--json"])) as Started;
  expect(again.http?.url).toBe(http?.url);
  const path = "/api/v1/haypile/indexes";
  expect((await ask(port, path, { headers: bearer(kept) })).status).toBe(200);
  expect((await ask(port, path, { headers: bearer(ended) })).status).toBe(401);
  // Without the file, no session is one, and the daemon makes another token.
  rmSync(join(world.data, "http-token"));
  expect((await ask(port, path, { headers: bearer(kept) })).status).toBe(401);
});

it("restart of one that did not listen leaves it so, and keeps that there is no token", async () => {
  const world = place({ HAYPILE_PAGE_PORT: "0" });
  await start(world);
  world.env = { HAYPILE_PAGE_PORT: "" };
  expect((JSON.parse(await world.run(["restart", "--json"])) as Started).http).toBeNull();
  const { http } = await start(world, "--no-token");
  expect(http?.tokenPath).toBeUndefined();
  const again = JSON.parse(await world.run(["restart", "--json"])) as Started;
  expect(again.http).toEqual(http);
});

it("a second start that asks for something else says what there is", async () => {
  const world = place();
  await start(world, "--http", "0");
  const second = await world.cli(["start", "--http", String(await other()), "--no-token"]);
  expect(second.code).toBe(0);
  expect(second.stderr).toMatch(/listens at 127\.0\.0\.1:\d+ already, with a token/u);
  expect(second.stderr).toContain("haypile stop");
});

it("without a token all read and nobody writes, and the link needs no code", async () => {
  const world = place();
  const { http } = await start(world, "--http", "0", "--no-token");
  const port = portOf(http?.url);
  const link = (await world.run(["open", "--print"])).trim();
  expect(link).toBe(`http://127.0.0.1:${port}/`);
  const state = JSON.parse((await ask(port, "/api/v1/session")).body);
  expect(state).toMatchObject({ signedIn: true, readOnly: true });
  expect((await ask(port, "/api/v1/memories/list")).status).toBe(200);
  const body = JSON.stringify({ text: "written without a token" });
  for (const path of ["memories/remember", "daemon/stop", "code/index", "memories/forget"]) {
    const answer = await ask(port, `/api/v1/${path}`, { method: "POST", headers: json, body });
    expect([path, answer.status]).toEqual([path, 403]);
  }
  const guess = JSON.stringify({ code: "a".repeat(22) });
  const given = await ask(port, "/api/v1/session", { method: "POST", headers: json, body: guess });
  expect(given.status).toBe(401);
  for (const headers of [{ Host: "evil.example" }, { Origin: "https://evil.example" }]) {
    expect((await ask(port, "/api/v1/memories/list", { headers })).status).toBe(403);
  }
});

it("an address of IPv6 is one like others", async () => {
  const world = place();
  const { http } = await start(world, "--http", "0", "--host", "::1");
  expect(http?.page).toMatch(/^http:\/\/\[::1\]:\d+\/$/u);
  const port = portOf(http?.url);
  const link = (await world.run(["open", "--print"])).trim();
  expect(link.startsWith(`${http?.page}#code=`)).toBe(true);
  const Host = `[::1]:${port}`;
  expect((await ask(port, "/", { host: "::1", headers: { Host } })).status).toBe(200);
  const origin = { Host, Origin: `http://${Host}` };
  const body = JSON.stringify({ code: codeOf(link) });
  const headers = { ...origin, ...json };
  const given = await ask(port, "/api/v1/session", { host: "::1", method: "POST", headers, body });
  expect(given.status).toBe(200);
  const evil = { Host: "[::2]" };
  expect((await ask(port, "/", { host: "::1", headers: evil })).status).toBe(403);
});

it("an address that others reach is not served without a token", async () => {
  const world = place();
  const refused = await world.cli(["start", "--host", "0.0.0.0", "--no-token", "--json"]);
  expect([refused.code, errorOf(refused)]).toEqual([2, "HAYPILE_USAGE"]);
  expect(processesOf(world.data)).toEqual([]);
});

it("a daemon that leaves ends what is open, and takes its link files with it", async () => {
  const world = place({});
  await world.start();
  const token = await world.token();
  const streams = await Promise.all(
    Array.from({ length: 3 }, async () => {
      const answer = await fetch(`${world.origin}/api/v1/events`, { headers: bearer(token) });
      expect(answer.status).toBe(200);
      const reader = answer.body?.getReader();
      expect((await reader?.read())?.done).toBe(false);
      return reader;
    }),
  );
  const began = performance.now();
  await world.run(["stop"]);
  for (const reader of streams) {
    let isDone = false;
    while (!isDone) isDone = (await reader?.read())?.done ?? true;
  }
  // Those that drain have ten seconds; an open stream is not waited for so long.
  expect(performance.now() - began).toBeLessThan(60_000);
  expect(processesOf(world.data)).toEqual([]);
  expect(statSync(join(world.data, "http-token")).mode & 0o777).toBe(0o600);
});
