/* Answers that go on: progress of a run, happenings, lines out and in; and what becomes of them when a client goes or does not read. */
import { createConnection, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { HaypileError } from "../../../src/base/errors.ts";
import { Hub } from "../../../src/haypile/hub.ts";
import { type ApiParts, apiRoutes } from "../../../src/http/api/api.ts";
import { Streams } from "../../../src/http/streams.ts";
import { codeTree } from "../../contract/haypile-contract.ts";
import { tempFolder, writeTree } from "../../helpers/temp-tree.ts";
import { type RestDaemon, restDaemon } from "./daemon.ts";
import { type Event, eventsIn, headersOf, post, type RestPlace } from "./rest-client.ts";

vi.setConfig({ testTimeout: 300_000 });

/** A folder that takes a moment to index. */
function manyFiles(count: number): string {
  const folder = tempFolder();
  const files = Array.from({ length: count }, (_, at): [string, string] => [
    `src/file${at}.ts`,
    Array.from(
      { length: 30 },
      (_, n) =>
        `export function of${at}x${n}(given: number): number {\n  return given + ${n};\n}\n`,
    ).join("\n"),
  ]);
  writeTree(folder, Object.fromEntries(files));
  return folder;
}

async function stream(
  at: RestPlace,
  path: string,
  said?: unknown,
): Promise<{
  events: AsyncGenerator<Event>;
  stop: AbortController;
  status: number;
}> {
  const stop = new AbortController();
  const answer = await fetch(`${at.base}/${path}`, {
    method: said === undefined ? "GET" : "POST",
    headers: headersOf(at, { Accept: "text/event-stream" }),
    ...(said !== undefined && { body: JSON.stringify(said) }),
    signal: stop.signal,
  });
  onTestFinished(() => stop.abort());
  return { events: eventsIn(answer), stop, status: answer.status };
}

/** Holds, in the end. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await wait(20);
}

describe("a long call as a stream", () => {
  it("tells how far it is, and then the result; an error is told as one", async () => {
    const daemon = await restDaemon();
    const folder = codeTree();
    const { events } = await stream(daemon, "code/index", { folder, nearest: false });
    const seen: Event[] = [];
    for await (const event of events) seen.push(event);
    const kinds = seen.map(({ event }) => event);
    expect(kinds.at(-1)).toBe("result");
    expect(kinds.slice(0, -1).every((kind) => kind === "progress")).toBe(true);
    expect(kinds.length).toBeGreaterThan(2);
    expect(seen.at(-1)?.data).toMatchObject({ root: folder, files: { new: 2 } });
    const failed = await stream(daemon, "code/index", { folder, since: "no-such-commit" });
    let last: Event | undefined;
    for await (const event of failed.events) last = event;
    expect(last).toMatchObject({ event: "error", data: { error: { code: "HAYPILE_USAGE" } } });
    // What can be refused before it begins is no stream.
    const refused = await stream(daemon, "code/index", { folder, sinse: "x" });
    expect(refused.status).toBe(400);
  });

  it("is stopped when the client goes away, unless somebody else waits for it", async () => {
    const daemon = await restDaemon();
    const folder = manyFiles(400);
    const said = { folder, nearest: false };
    const happenings = await stream(daemon, "events?kinds=index");
    const states: string[] = [];
    const reading = (async () => {
      for await (const { data } of happenings.events)
        states.push((data as { state: string }).state);
    })().catch(() => undefined);
    const first = await stream(daemon, "code/index", said);
    await first.events.next();
    first.stop.abort();
    await until(() => states.includes("stopped"));
    // Two wait, one goes, and the other has its result.
    const second = await stream(daemon, "code/index", said);
    await second.events.next();
    const third = await stream(daemon, "code/index", said);
    await third.events.next();
    second.stop.abort();
    let last: Event | undefined;
    for await (const event of third.events) last = event;
    expect(last?.event).toBe("result");
    await until(() => states.includes("done"));
    expect(states.filter((state) => state === "stopped")).toHaveLength(1);
    happenings.stop.abort();
    await reading;
  });
});

describe("an index run that is to go on", () => {
  it("does so without its client, and is stopped by a call", async () => {
    const daemon = await restDaemon();
    const folder = manyFiles(400);
    const happenings = await stream(daemon, "events?kinds=index");
    const states: string[] = [];
    const reading = (async () => {
      for await (const { data } of happenings.events)
        states.push((data as { state: string }).state);
    })().catch(() => undefined);
    const begin = async (prefer: string, signal?: AbortSignal): Promise<Response> =>
      await fetch(`${daemon.base}/code/index`, {
        method: "POST",
        headers: headersOf(daemon, { Prefer: prefer }),
        body: JSON.stringify({ folder, nearest: false }),
        ...(signal !== undefined && { signal }),
      });
    const first = await begin("respond-async");
    expect({ status: first.status, body: await first.json() }).toEqual({ status: 202, body: null });
    expect(first.headers.get("preference-applied")).toBe("respond-async");
    await until(() => states.includes("running"));
    const said = { folder, nearest: false };
    expect((await post(daemon, "code/stopIndexing", said)).body).toEqual({ stopped: 1 });
    await until(() => states.includes("stopped"));
    // A page waits for it and is closed.
    const closed = new AbortController();
    const second = begin("respond-async, wait=3600", closed.signal).catch(() => "closed");
    const from = states.length;
    await until(() => states.slice(from).includes("running"));
    closed.abort();
    expect(await second).toBe("closed");
    await until(() => states.slice(from).includes("done"));
    expect(states.slice(from)).not.toContain("stopped");
    const third = await begin("respond-async, wait=3600");
    expect(third.status).toBe(200);
    expect(await third.json()).toMatchObject({ files: { unchanged: 400 } });
    happenings.stop.abort();
    await reading;
  });
});

describe("happenings", () => {
  it("tell of runs and memories, whoever's they are, each with an id, and by kind", async () => {
    const daemon = await restDaemon();
    const folder = codeTree();
    const { events } = await stream(daemon, "events?kinds=memories,index");
    const onlyMemories = await stream(daemon, "events?kinds=memories");
    // Over the socket, as a command would.
    await daemon.socket.code(folder, { nearest: false }).index();
    const { id } = await daemon.socket.memories.remember("The mill turns at noon.");
    const seen: Event[] = [];
    for await (const event of events) {
      seen.push(event);
      if (event.event === "memories") break;
    }
    expect(seen.map((one) => one.id)).toEqual(seen.map((_, at) => at + 1));
    expect(seen[0]).toMatchObject({ event: "index", data: { folder, state: "running" } });
    expect(seen.at(-2)).toMatchObject({ event: "index", data: { folder, state: "done" } });
    expect(seen.at(-1)?.data).toMatchObject({ call: "remember", ids: [id], count: 1 });
    const phases = seen.flatMap(({ data }) => (data as { phase?: string }).phase ?? []);
    expect(phases).toContain("embed");
    const other = await onlyMemories.events.next();
    expect(other.value).toMatchObject({ event: "memories", id: 1 });
    const unknown = await fetch(`${daemon.base}/events?kinds=memoris`, {
      headers: headersOf(daemon),
    });
    expect(unknown.status).toBe(400);
    expect(await unknown.text()).toContain("Did you mean memories?");
  });

  it("end when the daemon leaves", async () => {
    const daemon = await restDaemon();
    const { events } = await stream(daemon, "events");
    const ended = (async () => {
      for await (const event of events) void event;
    })().catch(() => undefined);
    await daemon.socket.stop();
    await ended;
  });
});

/** The routes alone, over a real server, with a hub and streams that the test holds. */
async function ownListener(more: Partial<ApiParts> = {}) {
  const hub = new Hub();
  const streams = new Streams();
  const nothing = {} as ApiParts["haypile"];
  const daemon = {} as ApiParts["daemon"];
  const app = new Hono().route(
    "/api/v1",
    apiRoutes({ haypile: nothing, daemon, hub, streams, isReadOnly: false, ...more }),
  );
  const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => {
    streams.close();
    (server as unknown as { closeAllConnections(): void }).closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return { hub, streams, port, base: `http://127.0.0.1:${port}/api/v1` };
}

async function rawGet(port: number, path: string): Promise<Socket> {
  const socket = createConnection(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => undefined);
  await new Promise((resolve) => socket.once("connect", resolve));
  socket.write(`GET /api/v1/${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  return socket;
}

describe("bounds", () => {
  it("tell a client that does not read how many it missed, and hold no more for it", async () => {
    const { hub, streams, port } = await ownListener();
    const socket = await rawGet(port, "events?kinds=sample");
    await until(() => streams.count === 1);
    socket.pause();
    const text = "x".repeat(10_000);
    const before = process.memoryUsage();
    for (let at = 0; at < 20_000; at += 1) {
      hub.tell("sample", () => ({ at, text }));
      if (at % 200 === 0) await wait(0);
    }
    // 200 MB were told; what was held is a small part of that.
    const after = process.memoryUsage();
    expect(
      after.arrayBuffers + after.external - before.arrayBuffers - before.external,
    ).toBeLessThan(60_000_000);
    let seen = "";
    socket.on("data", (data: Buffer) => {
      seen += data.toString("latin1");
    });
    socket.resume();
    const told = (): number => [...seen.matchAll(/event: sample\n/gu)].length;
    const dropped = (): number =>
      [...seen.matchAll(/event: dropped\ndata: \{"count":(\d+)\}/gu)].reduce(
        (sum, [, count]) => sum + Number(count),
        0,
      );
    await until(() => told() + dropped() === 20_000);
    expect(dropped()).toBeGreaterThan(10_000);
    // After that it is told again, and the gap shows in the ids.
    hub.tell("sample", () => "now");
    await until(() => seen.includes('id: 20001\nevent: sample\ndata: "now"'));
  });

  it("are 64 streams, and a place is free again when a client goes", async () => {
    const { base, streams, hub } = await ownListener();
    const stops = await Promise.all(
      Array.from({ length: 64 }, async () => {
        const stop = new AbortController();
        const answer = await fetch(`${base}/events`, { signal: stop.signal });
        expect(answer.status).toBe(200);
        return stop;
      }),
    );
    const refused = await fetch(`${base}/events`);
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(await refused.text()).toContain("HAYPILE_OVERLOADED");
    stops[0]?.abort();
    await until(() => streams.count === 63);
    const again = await fetch(`${base}/events`);
    expect(again.status).toBe(200);
    await again.body?.cancel();
    for (const stop of stops) stop.abort();
    await until(() => streams.count === 0);
    // Nobody listens: a value is not even made.
    expect(hub.isHeard).toBe(false);
  });

  it("end an export where its reader stops, and go no further ahead of it", async () => {
    let made = 0;
    let returned = false;
    async function* lines(): AsyncGenerator<string> {
      try {
        for (; made < 100_000; made += 1) yield `{"n":${made},"text":"${"y".repeat(1_000)}"}`;
      } finally {
        returned = true;
      }
    }
    const memories = { export: lines } as unknown as ApiParts["haypile"]["memories"];
    const { port } = await ownListener({ haypile: { memories } as ApiParts["haypile"] });
    const socket = await rawGet(port, "memories/export");
    await until(() => made > 100);
    socket.pause();
    let last = -1;
    // What the system takes by itself has an end.
    await until(async () => {
      const isSame = made === last;
      last = made;
      await wait(200);
      return isSame;
    });
    expect(made).toBeLessThan(50_000);
    socket.destroy();
    await until(() => returned);
  });

  it("take an import no faster than it is written", async () => {
    let pushed = 0;
    const gate = Promise.withResolvers<void>();
    const memories = {
      openImport: async () => ({
        push: async (pieces: string[]) => {
          pushed += pieces.join("").length;
          await gate.promise;
        },
        end: async () => ({ stored: pushed, merged: 0, refused: [], refusedCount: 0 }),
      }),
    } as unknown as ApiParts["haypile"]["memories"];
    const { base } = await ownListener({ haypile: { memories } as ApiParts["haypile"] });
    let sent = 0;
    const body = new ReadableStream({
      pull: (controller) => {
        if (sent >= 80_000_000) return controller.close();
        sent += 100_000;
        controller.enqueue(new Uint8Array(100_000).fill(0x20));
      },
    });
    const answer = fetch(`${base}/memories/import`, {
      method: "POST",
      headers: { "Content-Type": "application/x-ndjson" },
      body,
      duplex: "half",
    } as RequestInit);
    await until(() => pushed > 0);
    let last = -1;
    await until(async () => {
      const isSame = sent === last;
      last = sent;
      await wait(200);
      return isSame;
    });
    // The client could not send on: nobody took it.
    expect(sent).toBeLessThan(80_000_000);
    gate.resolve();
    expect(await (await answer).json()).toMatchObject({ stored: 80_000_000 });
  });
});

describe("a plain call", () => {
  it("is stopped when its client goes away", async () => {
    let stopped = false;
    const memories = {
      recall: (_query: string, { signal }: { signal: AbortSignal }) =>
        new Promise((_resolve, reject) => {
          asked.resolve();
          signal.addEventListener("abort", () => {
            stopped = true;
            reject(new HaypileError("HAYPILE_ABORTED", "Stopped."));
          });
        }),
    } as unknown as ApiParts["haypile"]["memories"];
    const asked = Promise.withResolvers<void>();
    const { base } = await ownListener({ haypile: { memories } as ApiParts["haypile"] });
    const stop = new AbortController();
    const answer = post({ base }, "memories/recall", { query: "x" }, { signal: stop.signal });
    await asked.promise;
    stop.abort();
    await expect(answer).rejects.toThrow();
    await until(() => stopped);
  });

  it("is counted among the measures by the name it has on the wire", async () => {
    const daemon = await restDaemon();
    for (let at = 0; at < 3; at += 1) await post(daemon, "memories/stats", {});
    expect(await daemon.socket.metrics()).toMatch(/method="memories\.stats"[^\n]* 3\n/u);
  });
});

describe("who may what", () => {
  const write = async (daemon: RestDaemon, path: string, said: object) =>
    await post(daemon, path, said);

  it("without a token reads, and only what is indexed", async () => {
    const daemon = await restDaemon(false);
    expect(daemon.token).toBeUndefined();
    const folder = codeTree();
    await daemon.socket.code(folder, { nearest: false }).index();
    const found = await post(daemon, "code/search", { folder: join(folder, "src"), query: "lamp" });
    expect(found.status).toBe(200);
    const outside = await post(daemon, "code/facts", { folder: tempFolder() });
    expect(outside).toMatchObject({
      status: 403,
      body: { error: { code: "HAYPILE_PATH_REFUSED" } },
    });
    for (const [path, said] of [
      ["memories/remember", { text: "x" }],
      ["code/index", { folder }],
      ["daemon/stop", {}],
      ["daemon/listen", {}],
    ] as const) {
      const { status, body } = await write(daemon, path, said);
      expect({ path, status, body }).toMatchObject({
        status: 403,
        body: {
          error: { code: "HAYPILE_UNAUTHORIZED", message: expect.stringContaining("no token") },
        },
      });
    }
    const lines = await fetch(`${daemon.base}/memories/import`, {
      method: "POST",
      headers: { "Content-Type": "application/x-ndjson" },
      body: '{"text":"x"}',
    });
    expect(lines.status).toBe(403);
    expect((await daemon.socket.memories.stats()).memories).toBe(0);
  });

  it("with a token has to show it", async () => {
    const daemon = await restDaemon();
    for (const token of [undefined, "x", `${daemon.token}x`]) {
      const { status, body } = await post({ base: daemon.base, token }, "memories/stats", {});
      expect({ status, body }).toMatchObject({
        status: 401,
        body: { error: { code: "HAYPILE_UNAUTHORIZED" } },
      });
    }
    const relative = await post(daemon, "code/status", { folder: "src" });
    expect(relative).toMatchObject({ status: 400, body: { error: { code: "HAYPILE_USAGE" } } });
  });

  it("tells what failed unforeseen in the log only", async () => {
    const memories = {
      stats: () => {
        throw new TypeError("secret words of the inside");
      },
      get: () => {
        throw new HaypileError("HAYPILE_DISK_FULL", "The disk is full.", { data: { path: "/x" } });
      },
    } as unknown as ApiParts["haypile"]["memories"];
    const { base } = await ownListener({ haypile: { memories } as ApiParts["haypile"] });
    const failed = await post({ base }, "memories/stats", {});
    expect(failed).toMatchObject({ status: 500, body: { error: { code: "HAYPILE_INTERNAL" } } });
    expect(JSON.stringify(failed.body)).not.toContain("secret words");
    const full = await post({ base }, "memories/get", { id: "x" });
    expect(full).toMatchObject({
      status: 507,
      body: { error: { code: "HAYPILE_DISK_FULL", data: { path: "/x" } } },
    });
  });
});
