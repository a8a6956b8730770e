/*
 * All of it as a user has it: the built command, its daemon, a real client, over the bridge, over HTTP and in one
 * process; what one of them stores the others find.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readEnvironment } from "../../src/config/environment/env.ts";
import { connect, openHome } from "../../src/index.ts";
import { bridgePath } from "../daemon/paths.ts";
import { bin, cli } from "../helpers/cli.ts";
import { type Era, eras, httpTransport, newClient } from "../helpers/mcp-clients.ts";
import { makeFolder } from "../helpers/sqlite-files.ts";

const { folder, remove } = makeFolder();
const project = join(folder, "project");
const data = join(folder, "data");
const run = (...args: string[]) => cli(args, { data, cwd: project });

async function overStdio(era: Era, ...more: string[]): Promise<Client> {
  const client = newClient(era);
  const env = { ...(process.env as Record<string, string>), HAYPILE_DATA_DIR: data };
  const args = [bin, "mcp", "--root", project, ...more];
  const transport = new StdioClientTransport({
    command: process.execPath,
    args,
    env,
    stderr: "pipe",
  });
  await client.connect(transport);
  return client;
}

async function text(client: Client, name: string, given: object): Promise<string> {
  const result = await client.callTool({ name, arguments: { ...given } });
  const [first] = result.content as { text: string }[];
  return first?.text ?? "";
}

beforeAll(() => {
  mkdirSync(project);
  writeFileSync(
    join(project, "retry.ts"),
    "/** Waits longer after every failure. */\nexport function backoff(n: number): number {\n  return 100 * 2 ** n;\n}\n",
  );
});

afterAll(async () => {
  await run("stop");
  remove();
});

describe("a user with several clients", () => {
  it.each(eras)("remembers and searches through the daemon (%s era)", async (era) => {
    const client = await overStdio(era);
    try {
      expect(await text(client, "index_path", { path: project, wait_seconds: 40 })).toContain(
        "done",
      );
      expect(await text(client, "find_code", { query: "delay after errors" })).toContain(
        "retry.ts",
      );
      const said = `In the ${era} era the harbour office closes at noon.`;
      expect(await text(client, "remember", { text: said })).toMatch(/Saved|known/);
      expect(await text(client, "recall", { query: "when does the harbour close" })).toContain(
        said,
      );
    } finally {
      await client.close();
    }
    const found = await run("recall", "harbour office", "--json");
    expect(found.code, found.stderr).toBe(0);
    expect(found.stdout).toContain(`In the ${era} era`);
  });

  it("serves fifty clients at once, and loses nothing of any", async () => {
    const clients = await Promise.all(
      Array.from({ length: 50 }, async (_, at) => {
        const client = newClient(at % 2 === 0 ? "legacy" : "modern");
        const env = { ...(process.env as Record<string, string>), HAYPILE_DATA_DIR: data };
        const args = ["--node", process.execPath, "--script", bin, "--root", project];
        await client.connect(new StdioClientTransport({ command: bridgePath, args, env }));
        return client;
      }),
    );
    try {
      const saved = await Promise.all(
        clients.map((client, at) =>
          text(client, "remember", {
            text: `Buoy ${at} lies ${at + 3} miles off the cape.`,
            namespace: "buoys",
          }),
        ),
      );
      expect(saved.filter((answer) => answer.includes("in namespace buoys"))).toHaveLength(50);
      const found = await Promise.all(
        clients.map((client, at) =>
          text(client, "recall", {
            query: `where does buoy ${at} lie`,
            namespace: "buoys",
            limit: 50,
            max_tokens: 8000,
          }),
        ),
      );
      for (const [at, answer] of found.entries()) expect(answer).toContain(`Buoy ${at} lies`);
    } finally {
      await Promise.all(clients.map((client) => client.close()));
    }
    const listed = await run(
      "memories",
      "list",
      "--namespace",
      "buoys",
      "--limit",
      "100",
      "--json",
    );
    expect(JSON.parse(listed.stdout).total).toBe(50);
  });

  it("gives a program the same answers at home and from the daemon", async () => {
    const environment = readEnvironment({ ...process.env, HAYPILE_DATA_DIR: data });
    const client = await connect({ environment, client: "test" });
    const before = process.env.HAYPILE_DATA_DIR;
    process.env.HAYPILE_DATA_DIR = data;
    const home = await openHome();
    try {
      const engine = await home.engine(project);
      const query = "delay after errors";
      const there = await client.engine(project).search(query);
      const here = await engine.search(query);
      const places = (hits: typeof here.hits) => hits.map(({ path, score }) => [path, score]);
      expect(places(there.hits)).toEqual(places(here.hits));
      expect(await client.engine(project).findSymbol("backoff")).toEqual(
        engine.findSymbol("backoff"),
      );
      const kept = await client.memories.remember("The pier was painted in May.");
      const found = await home.memories.get(kept.id);
      expect(found).toEqual(await client.memories.get(kept.id));
      expect(found?.text).toBe("The pier was painted in May.");
      const missing = { code: "HAYPILE_MEMORY_MISSING" };
      await expect(client.memories.forget("none")).rejects.toMatchObject(missing);
      await expect(home.memories.forget("none")).rejects.toMatchObject(missing);
    } finally {
      await home.close();
      await client.close();
      process.env.HAYPILE_DATA_DIR = before;
      if (before === undefined) delete process.env.HAYPILE_DATA_DIR;
    }
  });

  it("serves HTTP when asked, with the token of the data folder", async () => {
    const started = await run("start", "--http", "0", "--json");
    expect(started.code, started.stderr).toBe(0);
    const { http } = JSON.parse(started.stdout) as { http: { url: string; tokenPath: string } };
    expect(new URL(http.url).hostname).toBe("127.0.0.1");
    const refused = await fetch(http.url, { method: "POST", body: "{}" });
    expect(refused.status).toBe(401);
    const { readFileSync } = await import("node:fs");
    const client = newClient("modern");
    await client.connect(httpTransport(http.url, readFileSync(http.tokenPath, "utf8").trim()));
    try {
      // An HTTP client says no folder: it asks in all namespaces.
      const answer = await text(client, "recall", { query: "harbour office", namespace: "*" });
      expect(answer).toContain("closes at noon");
      expect(await text(client, "status", {})).toContain("healthy");
    } finally {
      await client.close();
    }
  });

  it("says which port is taken, and leaves running what ran before", async () => {
    await run("stop");
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    const started = await run("start", "--http", String(port));
    expect(started.code).toBe(3);
    expect(started.stderr).toContain("HAYPILE_PORT_TAKEN");
    expect((await run("status", "--daemon")).stderr).toContain("No Haypile daemon is running");
    expect((await run("start")).code).toBe(0);
    expect((await run("start", "--http", String(port))).code).toBe(3);
    expect((await run("status", "--daemon")).code).toBe(0);
    await new Promise((resolve) => other.close(resolve));
    expect((await run("start", "--http", String(port))).code).toBe(0);
  });

  it("serves one client in one process, where no daemon may stay, and only with tools that read", async () => {
    await run("stop");
    const client = await overStdio("legacy", "--no-daemon", "--read-only");
    try {
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name)).not.toContain("remember");
      expect(await text(client, "recall", { query: "harbour office" })).toContain("closes at noon");
      expect((await run("status", "--daemon")).stderr).toContain("HAYPILE_DAEMON");
    } finally {
      await client.close();
    }
  });
});
