/*
 * Several servers behind one address: processes of the built program over one store, a proxy that gives each request to the
 * next, and clients that know of neither. One is told to end while all work.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { bin, cli, graphs } from "../../helpers/cli.ts";
import { eras, httpTransport, newClient } from "../../helpers/mcp-clients.ts";
import { type TestDatabase, testDatabase, whyNoPostgres } from "../../helpers/postgres.ts";
import { tempFolder } from "../../helpers/temp-tree.ts";
import { bearer, json } from "../asking.ts";
import { startProxy } from "./proxy.ts";

interface Running {
  child: ChildProcess;
  port: number;
}

/** Where servers of a test keep what they have: a data folder of one store, or each its own before a server of PostgreSQL. */
interface Stored {
  folders: readonly [string, string];
  clients: string;
  token: string;
  env: NodeJS.ProcessEnv;
  database: TestDatabase | undefined;
}

const stores = ["sqlite", ...(whyNoPostgres === undefined ? ["postgres"] : [])];

async function storedIn(store: string): Promise<Stored> {
  const data = tempFolder();
  const clients = join(data, "clients.json");
  const words = ["tokens", "add", "crew", "--write", "team", "--clients", clients, "--json"];
  const { token } = JSON.parse((await cli(words, { data })).stdout) as { token: string };
  const env = { HAYPILE_MODEL: "static-code-256" };
  if (store === "sqlite")
    return { folders: [data, data], clients, token, env, database: undefined };
  const database = await testDatabase();
  onTestFinished(() => database.close());
  const folders = [data, tempFolder()] as const;
  return { folders, clients, token, env: { ...env, HAYPILE_STORE: database.url }, database };
}

async function start(at: Stored, server: 0 | 1, delay = 0): Promise<Running> {
  const port = ["--listen", "127.0.0.1:0", "--drain-delay", String(delay)];
  const words = ["serve", ...port, "--clients", at.clients, "--rate", "1000000", "--json"];
  const data = at.folders[server];
  const child = spawn(process.execPath, [bin, ...words], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      ...at.env,
      HAYPILE_DATA_DIR: data,
      HAYPILE_CACHE_DIR: graphs,
      HAYPILE_CONFIG_DIR: join(data, "config"),
    },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const out = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const [line] = (await once(out, "line")) as [string];
  return { child, port: Number(new URL((JSON.parse(line) as { url: string }).url).port) };
}

async function untilReady(port: number): Promise<void> {
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => undefined);
    if (answer?.status === 200) return;
    await wait(50);
  }
}

it.each(stores)(
  "answers every request while one of two servers is told to end, over %s",
  async (store) => {
    const at = await storedIn(store);
    const { token } = at;
    const [one, two] = [await start(at, 0, 2), await start(at, 1, 2)];
    await Promise.all([one, two].map(({ port }) => untilReady(port)));
    const proxy = await startProxy([one.port, two.port]);
    onTestFinished(() => proxy.close());

    let isOver = false;
    const kept = new Set<string>();
    const overRest = async (worker: number): Promise<void> => {
      for (let at = 0; !isOver; at += 1) {
        const text = `Worker ${worker} noted number ${at}.`;
        const answer = await fetch(`${proxy.url}/api/v1/memories/remember`, {
          method: "POST",
          headers: { ...json, ...bearer(token) },
          body: JSON.stringify({ text, onDuplicate: "keep" }),
        });
        expect(answer.status, await answer.clone().text()).toBe(200);
        const { id } = (await answer.json()) as { id: string };
        kept.add(id);
        // What one server has written the other has, from the next request on.
        const read = await fetch(`${proxy.url}/api/v1/memories/get?id=${id}`, {
          headers: bearer(token),
        });
        expect(((await read.json()) as { text: string }).text).toBe(text);
      }
    };
    const overMcp = async (era: (typeof eras)[number]): Promise<void> => {
      const client = newClient(era);
      await client.connect(httpTransport(`${proxy.url}/mcp`, token));
      for (let at = 0; !isOver; at += 1) {
        const { content, isError } = (await client.callTool({
          name: "recall",
          arguments: { query: `number ${at}` },
        })) as { content: { text: string }[]; isError?: boolean };
        expect(isError, content[0]?.text).not.toBe(true);
      }
      await client.close();
    };
    const work = Promise.all([overRest(1), overRest(2), overRest(3), ...eras.map(overMcp)]);
    const failed = work.catch((error: unknown) => {
      isOver = true;
      throw error;
    });
    const both = (): boolean => [one, two].every(({ port }) => (proxy.given.get(port) ?? 0) > 20);
    while (!both() && !isOver) await wait(20);

    one.child.kill("SIGTERM");
    expect(await once(one.child, "exit")).toEqual([0, null]);
    const before = proxy.given.get(two.port) ?? 0;
    while ((proxy.given.get(two.port) ?? 0) < before + 40 && !isOver) await wait(20);
    isOver = true;
    await failed;
    expect(proxy.failed).toEqual([]);

    expect(kept.size).toBeGreaterThan(10);
    const words = ["memories", "list", "--namespace", "team", "--limit", "1000", "--json"];
    const listed = await cli(words, { data: at.folders[1], env: at.env });
    const { memories, total } = JSON.parse(listed.stdout) as {
      memories: { id: string }[];
      total: number;
    };
    expect(total).toBe(kept.size);
    for (const { id } of memories) expect(kept.has(id)).toBe(true);
    // PostgreSQL keeps account of who wrote, by what the servers say of their clients.
    const said = await at.database?.ask<{ said: string }>(
      `SELECT DISTINCT said FROM ${at.database.schema}.audit WHERE what = 'wrote'`,
    );
    if (said !== undefined) expect(said).toEqual([{ said: "crew" }]);
  },
);

it.each(stores)(
  "says by the confirm token of one server what the other deletes, over %s",
  async (store) => {
    const stored = await storedIn(store);
    const { token } = stored;
    const [one, two] = [await start(stored, 0), await start(stored, 1)];
    const ask = async (
      port: number,
      name: string,
      body: object,
    ): Promise<Record<string, unknown>> => {
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/memories/${name}`, {
        method: "POST",
        headers: { ...json, ...bearer(token) },
        body: JSON.stringify(body),
      });
      return (await answer.json()) as Record<string, unknown>;
    };
    for (const text of ["The first.", "The second.", "The third."])
      await ask(one.port, "remember", { text });
    const first = (await ask(one.port, "list", { limit: 2 })) as { nextCursor: string };
    const rest = (await ask(two.port, "list", { limit: 2, cursor: first.nextCursor })) as {
      memories: object[];
    };
    expect(rest.memories).toHaveLength(1);
    const { confirm } = await ask(one.port, "forgetWhere", { namespace: "team" });
    expect(await ask(two.port, "forgetWhere", { namespace: "team", confirm })).toMatchObject({
      deleted: 3,
    });
    expect(await ask(one.port, "list", {})).toMatchObject({ total: 0 });
    for (const { child } of [one, two]) {
      child.kill("SIGTERM");
      expect(await once(child, "exit")).toEqual([0, null]);
    }
  },
);
