/*
 * Several servers behind one address: processes of the built program over one store, a proxy that gives each request to the
 * next, and clients that know of neither. One is told to end while all work.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { bin, cli, graphs } from "../../helpers/cli.ts";
import { eras, httpTransport, newClient } from "../../helpers/mcp-clients.ts";
import { tempFolder } from "../../helpers/temp-tree.ts";
import { bearer, json } from "../asking.ts";
import { startProxy } from "./proxy.ts";

const env = { HAYPILE_MODEL: "static-code-256" };

interface Running {
  child: ChildProcess;
  port: number;
}

async function start(data: string, delay = 0): Promise<Running> {
  const words = [
    "serve",
    "--listen",
    "127.0.0.1:0",
    "--drain-delay",
    String(delay),
    "--rate",
    "1000000",
    "--json",
  ];
  const child = spawn(process.execPath, [bin, ...words], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      ...env,
      HAYPILE_DATA_DIR: data,
      HAYPILE_CACHE_DIR: graphs,
      HAYPILE_CONFIG_DIR: `${data}/config`,
    },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [line] = (await once(
    createInterface({ input: child.stdout as NodeJS.ReadableStream }),
    "line",
  )) as [string];
  return { child, port: Number(new URL((JSON.parse(line) as { url: string }).url).port) };
}

async function untilReady(port: number): Promise<void> {
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => undefined);
    if (answer?.status === 200) return;
    await wait(50);
  }
}

it("answers every request while one of two servers is told to end", async () => {
  const data = tempFolder();
  const made = await cli(["tokens", "add", "crew", "--write", "team", "--json"], { data });
  const { token } = JSON.parse(made.stdout) as { token: string };
  const [one, two] = [await start(data, 2), await start(data, 2)];
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
  const listed = await cli(
    ["memories", "list", "--namespace", "team", "--limit", "1000", "--json"],
    { data, env },
  );
  const { memories, total } = JSON.parse(listed.stdout) as {
    memories: { id: string }[];
    total: number;
  };
  expect(total).toBe(kept.size);
  for (const { id } of memories) expect(kept.has(id)).toBe(true);
});

it("says by the confirm token of one server what the other deletes", async () => {
  const data = tempFolder();
  const made = await cli(["tokens", "add", "crew", "--write", "team", "--json"], { data });
  const { token } = JSON.parse(made.stdout) as { token: string };
  const [one, two] = [await start(data), await start(data)];
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
});
